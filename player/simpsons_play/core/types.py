"""The nouns of the player. All are frozen; times are seconds, taken from presentation time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.escaping import masked

Image = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 in BGR order, 0-255, unless a docstring says otherwise."""

Probabilities = npt.NDArray[np.float32]
"""(N, K) float32: N pictures, K labels, each row in 0-1 and summing to 1."""


HEAD = "head-"
"""What the names of heads begin with; a number follows."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame: `x_min <= x < x_max`, `y_min <= y < y_max`."""

    x_min: int
    y_min: int
    x_max: int
    y_max: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> int:
        """In pixels."""
        return self.y_max - self.y_min


@dataclass(frozen=True, slots=True)
class Region:
    """A named part of the frame: `full`, `left` or `right`, classified as one picture, or `head-1` ..."""

    name: str
    box: Box

    @property
    def is_head(self) -> bool:
        """A detector found it, and a caption belongs beside it rather than in it."""
        return self.name.startswith(HEAD)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What networks say of M places in one frame: heads, the surest first, or regions in their order.

    Attributes:
        boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the frame.
        scores: (M,) float32: probability that a head is there; 0-1; 1 of regions.
        probabilities: (M, K) float32: of each label, if a head is there; what is missing from 1 is the
            probability of somebody else.
        parts: (P, K) float32: what a classifier says of the whole frame and its halves, in the order of
            `regions.PARTS`, where one looks beside a detector; else None.
    """

    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    probabilities: Probabilities
    parts: Probabilities | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture of a source.

    Attributes:
        image: (H, W, 3) uint8 BGR; owned by the frame, never changed in place.
        index: number of the frame in what was asked for, from 0 (the first frame after `start_s` is 0).
        time_s: seconds from the start of the source, from the presentation time stamp. The first frame of a
            file comes later than 0 where its sound begins earlier.
        time: the same, exact, as the stream's own time base gives it.
        name: of the file, where each frame is a picture of its own; else empty.
        arrived_s: when a frame of a live source came, by `time.monotonic()`; None of others.
    """

    image: Image
    index: int
    time: Fraction
    name: str = ""
    arrived_s: float | None = None

    @property
    def time_s(self) -> float:
        """The same as `time`, as a plain number."""
        return float(self.time)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.image.shape[:2]
        return width, height

    def scaled(self, width: int, height: int) -> Image | None:
        """The image in another size, (height, width, 3) uint8 BGR, where that takes one step; else None."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What a network says of one frame, before anything is followed, smoothed or named.

    Attributes:
        index: of the frame.
        time_s: of the frame, in seconds.
        size_px: width and height of the frame.
        cut: a new shot begins with this frame.
        repeated: the picture hardly differs from the one the network saw last, so that it was not run again.
        places: that it looked at, or found.
    """

    index: int
    time_s: float
    size_px: tuple[int, int]
    cut: bool
    repeated: bool
    places: Places


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before its first frame is read.

    Attributes:
        name: what the user called it: a path, an address without its password, or `camera 0`.
        width: of a frame, in pixels, as it is shown (after rotation).
        height: of a frame, in pixels.
        rate: mean frames per second, exact (23.976 is `Fraction(24000, 1001)`).
        time_base: seconds per tick of the stream's clock; frames are multiples of it apart.
        frames: how many frames will come, where the container says so; None for live sources.
        duration_s: how long they last, in seconds; None for live sources.
        pixel_aspect: width of a pixel over its height; 1 for square pixels.
        live: frames come when they come and cannot be asked for again (a camera).
        one_pass: it can only be read from its beginning, once (a pipe).
        has_sound: the source carries sound that can be decoded.
        stills: its frames are pictures that have nothing to do with each other.
    """

    name: str
    width: int
    height: int
    rate: Fraction
    time_base: Fraction
    frames: int | None = None
    duration_s: float | None = None
    pixel_aspect: Fraction = Fraction(1)
    live: bool = False
    one_pass: bool = False
    has_sound: bool = False
    stills: bool = False

    def __post_init__(self) -> None:
        """Forget the password of an address: the name is for people, and nothing is opened by it."""
        object.__setattr__(self, "name", masked(self.name))

    @property
    def can_seek(self) -> bool:
        """Whether it can be read from any moment on."""
        return not (self.live or self.one_pass)


class Source(Protocol):
    """Anything that gives frames: a context manager to iterate over once.

    Entering opens it (raising `SourceError`), leaving closes it. `warnings` grows while it is read: one line
    for each thing the user should know (a truncated file, a picture that could not be read).
    """

    @property
    def info(self) -> SourceInfo:
        """What is known of it; once it is entered."""
        ...

    @property
    def warnings(self) -> list[str]:
        """What the user should know, one line each; grows while it is read."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def interrupt(self) -> None:
        """Let whoever reads it come back soon; from another thread."""
        ...


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the network says of one region of one frame.

    Attributes:
        region: where it looked.
        label: the best label where its probability reaches the threshold, else None: nobody we know.
        probability: of the best label, 0-1, whether or not it reaches the threshold.
        top: the best labels with their probabilities, best first.
    """

    region: Region
    label: str | None
    probability: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """What the player shows for one region after smoothing: a name and its smoothed probability."""

    region: Region
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is known of one frame.

    Attributes:
        index: of the frame.
        time_s: of the frame, in seconds.
        cut: a new shot begins with this frame.
        predictions: one for each region.
        captions: at most one for each region; none where nobody is known.
        repeated: the picture hardly differs from the one the network saw last, so that it was not run again.
    """

    index: int
    time_s: float
    cut: bool
    predictions: tuple[Prediction, ...]
    captions: tuple[Caption, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What the header of every prediction file says: where the predictions come from."""

    source: SourceInfo
    model: str
    provider: str
    labels: tuple[str, ...]
    threshold: float


class Sink(Protocol):
    """Anything that takes analysed frames: a context manager.

    Entering opens it (raising `SinkError`). Leaving without an error completes it; leaving with one still
    leaves a valid, shorter file that says it is not complete.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, frame: Frame, analysis: Analysis) -> None:
        """Take the next frame in; raises `SinkError`."""
        ...
