"""Frames and where they come from. All types are frozen; times are seconds from presentation time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.escaping import masked

Image = npt.NDArray[np.uint8]
"""(H, W, 3) uint8 in BGR order, 0-255, unless a docstring says otherwise."""


SAME_TIME_S = 1e-6
"""Times closer than this, in seconds, are the same: they are rounded where they are stored."""

ROUNDED_TIME_S = 0.002
"""The same for times that have gone through a clock of milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture of a source.

    Attributes:
        image: (H, W, 3) uint8 BGR; owned by the frame, never changed in place.
        index: frame index within what was asked for, from 0 (the first frame after `start_s` is 0).
        time: seconds from the start of the source, exact, from the presentation time stamp. The first frame
            of a file comes later than 0 where its sound begins earlier.
        name: file name, where each frame is a picture of its own; else empty.
        arrived_s: when a frame of a live source arrived, by `time.monotonic()`; else None.
    """

    image: Image = field(repr=False)
    index: int
    time: Fraction
    name: str = ""
    arrived_s: float | None = None

    @property
    def time_s(self) -> float:
        """`time` as a float."""
        return float(self.time)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.image.shape[:2]
        return width, height

    def scaled(self, width: int, height: int) -> Image | None:
        """The image in another size, (height, width, 3) uint8 BGR, where that takes one step; else None."""
        return None


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
        duration_s: length in seconds; None for live sources.
        pixel_aspect: width of a pixel over its height; 1 for square pixels.
        live: frames arrive in real time and cannot be read again (a camera).
        one_pass: it can only be read once, from its beginning (a pipe).
        has_sound: it carries sound that can be decoded.
        stills: its frames are unrelated pictures, not a video.
        path: a video file on this machine, which can be analysed ahead of playback and cached; None for all
            other sources.
        media: path or address of a file that can be opened a second time, for its sound and subtitles; None
            for all other sources.
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
    path: Path | None = None
    media: str | None = None

    def __post_init__(self) -> None:
        """Mask the password of an address: the name is for people, and nothing is opened by it."""
        object.__setattr__(self, "name", masked(self.name))

    @property
    def can_seek(self) -> bool:
        """Whether it can be read from any time on."""
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

    @property
    def opens_quickly(self) -> bool:
        """Whether entering it waits neither for a device nor for the network."""
        ...

    def defer_images(self) -> None:
        """Convert images only when they are asked for, where the source can; before it is entered."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def interrupt(self) -> None:
        """Make whoever reads it return soon; called from another thread."""
        ...
