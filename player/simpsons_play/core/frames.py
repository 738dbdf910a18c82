"""Frames and their sources. Times are in seconds and come from presentation time stamps."""

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

Planes = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""(H, W) luma, (H/2, W/2) Cb and (H/2, W/2) Cr: limited-range YCbCr 4:2:0 of even width and height."""

SAME_TIME_S = 1e-6
"""Times that differ by less than this, in seconds, count as equal, because stored times are rounded."""

ROUNDED_TIME_S = 0.002
"""The same tolerance for times that were rounded to milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture of a source.

    Attributes:
        image: (H, W, 3) uint8 BGR; owned by the frame, never changed in place.
        index: frame index; the first frame after `start_s` is 0.
        time: exact time in seconds from the start of the source. If the sound of a file begins earlier than
            its pictures, the first frame has a time above 0.
        name: file name if the frame is a picture file; otherwise empty.
        arrived_s: when the frame of a live source arrived, by `time.monotonic()`; otherwise None.
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

    def at(self, index: int, time: Fraction) -> Frame:
        """The same picture with another index and time, as in a video that is cut together."""
        return Frame(self.image, index, time, self.name)

    def scaled(self, width: int, height: int) -> Image | None:
        """The image as (height, width, 3) uint8 BGR if it can be converted directly; otherwise None."""
        return None

    def averaged(self, width: int, height: int) -> Image | None:
        """As `scaled`, but each pixel is the average of an area, as models need it."""
        return None

    def rough(self, width: int, height: int) -> Image | None:
        """As `scaled`, but as quickly as possible, only to compare frames of one source with each other."""
        return None

    def planes(self, *, bt709: bool) -> Planes | None:
        """The image as the file stores it, read-only, if that is YCbCr 4:2:0 with 8 bits in limited range.

        Args:
            bt709: whether the matrix must be that of BT.709 rather than BT.601.

        Returns:
            None if it is stored in any other way, or not upright and in full size.
        """
        return None

    def release(self) -> bool:
        """Free the image if it can be converted again from half as much memory; returns whether it can."""
        return False


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Properties of a source that are known before its first frame is read.

    Attributes:
        name: name for display: a path, a URL without its password, or `camera 0`.
        width: frame width in pixels, after rotation.
        height: frame height in pixels, after rotation.
        rate: mean frames per second, exact (23.976 is `Fraction(24000, 1001)`).
        time_base: seconds per tick of the stream's clock; frame times are multiples of it.
        frames: number of frames if the container states it; None for live sources.
        duration_s: length in seconds; None for live sources.
        pixel_aspect: width of a pixel divided by its height; 1 for square pixels.
        live: whether frames arrive in real time and cannot be read again (a camera).
        one_pass: whether it can only be read once, from its beginning (a pipe).
        has_sound: whether it contains sound that can be decoded.
        stills: whether its frames are unrelated pictures and not a video.
        path: path of a local video file, which can be analysed ahead of playback and cached; None for all
            other sources.
        media: path or URL of a file that can be opened a second time, for its sound and subtitles; None for
            all other sources.
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
        """Mask the password of a URL; the name is only displayed, never opened."""
        object.__setattr__(self, "name", masked(self.name))

    @property
    def can_seek(self) -> bool:
        """Whether reading can start at any time."""
        return not (self.live or self.one_pass)


class Source(Protocol):
    """Provides frames: a context manager that can be iterated over once.

    Entering opens the source and may raise `SourceError`; leaving closes it. While frames are read,
    `warnings` grows by one line for each problem, such as a truncated file or an unreadable picture.
    """

    @property
    def info(self) -> SourceInfo:
        """Properties of the source; available once it is entered."""
        ...

    @property
    def warnings(self) -> list[str]:
        """Warnings for the user, one line each; grows while frames are read."""
        ...

    @property
    def opens_quickly(self) -> bool:
        """Whether it opens without waiting for a device or the network."""
        ...

    def defer_images(self) -> None:
        """Convert images on demand, if the source supports it; call this before entering."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Frame]: ...

    def interrupt(self) -> None:
        """Make a blocked read return soon; called from another thread."""
        ...
