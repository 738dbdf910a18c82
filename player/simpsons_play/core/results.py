"""What models see in frames and what the player shows of it. All types are frozen; times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box, Boxes

Probabilities = npt.NDArray[np.float32]
"""(N, K) float32: N pictures, K labels; each value 0-1."""

HEAD = "head-"
"""Prefix of the names of head regions; the track's number follows."""


@dataclass(frozen=True, slots=True)
class Region:
    """A named part of the frame: a crop (`full`, `left` or `right`) or a head (`head-1` and so on).

    Attributes:
        name: of the crop, or `head-` and the number of the track in its shot.
        box: in pixels of the frame.
    """

    name: str
    box: Box

    @property
    def is_head(self) -> bool:
        """Whether it is a detected head rather than a crop; captions of heads stand outside the box."""
        return self.name.startswith(HEAD)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One detected head.

    Attributes:
        box: (4,) float32: x_min, y_min, x_max, y_max in pixels of the frame.
        score: objectness, 0-1.
        probabilities: (K,) float32: class probabilities; see `Detections`.
    """

    box: npt.NDArray[np.float32]
    score: float
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What models return for one frame: M detected heads, highest score first, or M crops in their order.

    Attributes:
        boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the frame.
        scores: (M,) float32: objectness, the probability that there is a head, 0-1; 1 for crops.
        probabilities: (M, K) float32: class probabilities given that there is a head; what is missing from 1
            is the probability of an unknown character.
        crop_probabilities: (C, K) float32: what the fallback classifier returned for the crops, in the order
            of `crops.CROPS`; None without a fallback.
    """

    boxes: Boxes
    scores: npt.NDArray[np.float32]
    probabilities: Probabilities
    crop_probabilities: Probabilities | None = None

    def __len__(self) -> int:
        """How many there are: M."""
        return len(self.scores)

    def __repr__(self) -> str:
        return f"<Detections: {len(self)}, {self.probabilities.shape[1]} labels>"

    def __getitem__(self, index: int) -> Detection:
        """One of them; raises IndexError."""
        return Detection(self.boxes[index], float(self.scores[index]), self.probabilities[index])


NO_DETECTIONS = Detections(
    np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
)
"""Of a frame in which nothing was detected."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameDetections:
    """The detections of one frame, before tracking, smoothing and labelling.

    Attributes:
        index: frame index.
        time_s: frame time in seconds.
        size_px: width and height of the frame.
        cut: whether a new shot begins with this frame.
        repeated: whether the picture hardly differs from the last one that the model ran on, so that its
            detections were reused.
        detections: what the models returned.
    """

    index: int
    time_s: float
    size_px: tuple[int, int]
    cut: bool
    repeated: bool
    detections: Detections


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model returned for one region of one frame.

    Attributes:
        region: a crop or a head.
        label: the most probable label where it reaches the threshold; None for an unknown character.
        probability: of the most probable label, 0-1, whether or not it reaches the threshold.
        top: the most probable labels with their probabilities, best first.
    """

    region: Region
    label: str | None
    probability: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """What the player shows at one region: a label and its smoothed probability, 0-1."""

    region: Region
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What is known of one frame once it is settled.

    Attributes:
        index: frame index.
        time_s: frame time in seconds.
        cut: whether a new shot begins with this frame.
        predictions: one for each region, as the model returned it.
        captions: what is shown after tracking and smoothing; at most one for each region.
        repeated: whether the detections of the frame before were reused; see `FrameDetections`.
        detections: what the models returned for the frame.
    """

    index: int
    time_s: float
    cut: bool
    predictions: tuple[Prediction, ...]
    captions: tuple[Caption, ...]
    repeated: bool = False
    detections: Detections = field(default=NO_DETECTIONS, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Where results come from; the header of every predictions file.

    Attributes:
        source: what is analysed.
        model: names of the model files.
        provider: the execution provider that the session really uses.
        labels: of the model, in the order of its outputs.
        threshold: below this probability no name is shown, 0-1.
    """

    source: SourceInfo
    model: str
    provider: str
    labels: tuple[str, ...]
    threshold: float


class Sink(Protocol):
    """Takes frames with their results: a context manager.

    Entering opens it (raising `SinkError`). Leaving without an error completes it; leaving with one still
    leaves a valid, shorter file that says it is incomplete.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take the next frame; raises `SinkError`."""
        ...
