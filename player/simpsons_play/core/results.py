"""Results of models for frames, and the captions that the player shows. Times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.escaping import readable
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box, Boxes

Probabilities = npt.NDArray[np.float32]
"""(N, K) float32: N pictures, K labels; each value 0-1."""

PREDICTIONS_VERSION = 1
"""Version of the format of predictions; readers reject versions they do not know."""

HEAD = "head-"
"""Prefix of the names of head regions; the track's number follows."""


@dataclass(frozen=True, slots=True)
class Region:
    """A named part of the frame: a crop (`full`, `left` or `right`) or a head (`head-1` and so on).

    Attributes:
        name: name of the crop, or `head-` and the number of the track in its shot.
        box: rectangle in pixels of the frame.
    """

    name: str
    box: Box

    @property
    def is_head(self) -> bool:
        """Whether it is a detected head rather than a crop; captions of heads are drawn outside the box."""
        return self.name.startswith(HEAD)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One detected head.

    Attributes:
        box: (4,) float32: x_min, y_min, x_max, y_max in pixels of the frame.
        score: objectness, 0-1.
        probabilities: (K,) float32: class probabilities; see `Detections`.
        embedding: (D,) float16: see `Detections`; None if the embedder did not run for it.
    """

    box: npt.NDArray[np.float32]
    score: float
    probabilities: npt.NDArray[np.float32]
    embedding: npt.NDArray[np.float16] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The models' results for one frame: M detected heads, highest score first, or M crops.

    Attributes:
        boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the frame.
        scores: (M,) float32: objectness, the probability that the box contains a head, 0-1; 1 for crops.
        probabilities: (M, K) float32: class probabilities given that there is a head; the rest to 1 is the
            probability of an unknown character.
        crop_probabilities: (C, K) float32: class probabilities of the crops from the fallback classifier, in
            the order of `crops.CROPS`; None without a fallback.
        embeddings: (M, D) float16: unit vectors of the heads that the embedder ran for, zeros for the others;
            None if it ran for none of them.
    """

    boxes: Boxes
    scores: npt.NDArray[np.float32]
    probabilities: Probabilities
    crop_probabilities: Probabilities | None = None
    embeddings: npt.NDArray[np.float16] | None = None

    def __len__(self) -> int:
        """The number of detections, M."""
        return len(self.scores)

    def __repr__(self) -> str:
        return f"<Detections: {len(self)}, {self.probabilities.shape[1]} labels>"

    def __getitem__(self, index: int) -> Detection:
        """One detection; raises IndexError."""
        embedding = None if self.embeddings is None else self.embeddings[index]
        if embedding is not None and not embedding.any():
            embedding = None
        return Detection(self.boxes[index], float(self.scores[index]), self.probabilities[index], embedding)


NO_DETECTIONS = Detections(
    np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
)
"""The detections of a frame in which nothing was detected."""


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
        detections: the models' results.
        sampled: whether the detections belong to this frame. Otherwise they are those of the last sampled
            frame, and the captions are interpolated.
    """

    index: int
    time_s: float
    size_px: tuple[int, int]
    cut: bool
    repeated: bool
    detections: Detections
    sampled: bool = True


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's result for one region of one frame, before smoothing.

    Attributes:
        region: a crop or a head.
        label: the most probable label if it reaches the threshold; None for an unknown character.
        probability: probability of the most probable label, 0-1, even if it is below the threshold.
        top: the most probable labels with their probabilities, highest first; none with probability 0.
    """

    region: Region
    label: str | None
    probability: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """A name as the player shows it: a region, a label and its smoothed probability, 0-1."""

    region: Region
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class FrameResult:
    """The settled result for one frame.

    Attributes:
        index: frame index.
        time_s: frame time in seconds.
        cut: whether a new shot begins with this frame.
        predictions: the model's result for each region, before smoothing.
        captions: the names to show, after tracking and smoothing; at most one for each region.
        repeated: whether detections of an earlier frame were reused; see `FrameDetections`.
        detections: the models' raw results for the frame.
    """

    index: int
    time_s: float
    cut: bool
    predictions: tuple[Prediction, ...]
    captions: tuple[Caption, ...]
    repeated: bool = False
    detections: Detections = field(default=NO_DETECTIONS, compare=False, repr=False)


def only_labels(
    result: FrameResult, labels: frozenset[str] | None, *, predictions: bool = False
) -> FrameResult:
    """The same result without the captions of other labels.

    Apply it to settled results: what tracking and smoothing make of a head depends on all labels, so that a
    name does not move to the head of somebody else.

    Args:
        result: a settled result.
        labels: labels of the captions to keep; None keeps all.
        predictions: also leave out other labels in `predictions`, and regions that show other characters,
            for drawing and listing. Otherwise, `predictions` stay what the model returned.

    Example:
        >>> region = Region("full", Box(0, 0, 160, 90))
        >>> captions = (Caption(region, "bart_simpson", 0.9), Caption(region, "lisa_simpson", 0.8))
        >>> result = FrameResult(0, 0.0, True, (), captions)
        >>> [caption.label for caption in only_labels(result, frozenset({"lisa_simpson"})).captions]
        ['lisa_simpson']
    """
    if labels is None:
        return result
    captions = tuple(caption for caption in result.captions if caption.label in labels)
    kept = result.predictions
    if predictions:
        named = {caption.region.name for caption in captions}
        kept = tuple(
            replace(
                prediction,
                label=prediction.label if prediction.label in labels else None,
                top=tuple(guess for guess in prediction.top if guess[0] in labels),
            )
            for prediction in result.predictions
            if prediction.region.name in named or (prediction.top and prediction.top[0][0] in labels)
        )
    return replace(result, captions=captions, predictions=kept)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Where results come from; the header of every predictions file.

    Attributes:
        source: properties of the source.
        model: names of the model files.
        provider: execution provider that the session actually uses.
        labels: labels of the model, in the order of its outputs.
        threshold: probability below which no name is shown, 0-1.
        only: the labels that captions may have; None for all.
    """

    source: SourceInfo
    model: str
    provider: str
    labels: tuple[str, ...]
    threshold: float
    only: frozenset[str] | None = None

    def header(self) -> dict[str, Any]:
        """The header of predictions, as a JSON object."""
        return {
            "type": "header",
            "version": PREDICTIONS_VERSION,
            "source": readable(self.source.name),
            "model": readable(self.model),
            "provider": self.provider,
            "labels": list(self.labels),
            "width": self.source.width,
            "height": self.source.height,
            "rate": f"{self.source.rate.numerator}/{self.source.rate.denominator}",
            "threshold": self.threshold,
            **({} if self.only is None else {"only": [label for label in self.labels if label in self.only]}),
        }


class Sink(Protocol):
    """Receives frames with their results: a context manager.

    Entering opens the output and may raise `SinkError`. Leaving without an error completes it; leaving with
    an error keeps a valid, shorter file that is marked as incomplete.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Write the next frame; may raise `SinkError`."""
        ...
