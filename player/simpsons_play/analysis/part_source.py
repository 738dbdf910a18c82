"""The frames of one part of a long video: whole shots, whatever the key frame at which the part starts."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from types import TracebackType
from typing import Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.inference.shot_boundaries import ShotBoundaryDetector
from simpsons_play.sources import VideoFile
from simpsons_play.sources.timestamps import TOLERANCE


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a video.

    Attributes:
        start_s: time of the key frame at which it starts, in seconds from the start of the video.
        end_s: the start of the next part; None for the last one.
    """

    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Frames that two neighbouring parts both read.

    Attributes:
        times_s: (N,) float64: frame times in seconds.
        checksums: (N,) uint32: CRC-32 of the images.
    """

    times_s: npt.NDArray[np.float64]
    checksums: npt.NDArray[np.uint32]


class PartSource:
    """The frames of a part of a video: a `Source`.

    A part has whole shots only, because the analysis of a shot depends on nothing outside it. Its first frame
    is at the first cut after the start of the part; it ends before the first cut after the start of the next
    one. Cuts are found by comparing neighbouring frames, so both parts find the same. A part in which no shot
    begins has no frames: those before it go on until one does.

    Frames have the times that they have in the video, but their own numbers, which do not start at 0.

    Args:
        video: the video from the start of the part on, not yet entered.
        part: the part.
        thumbnail: makes the thumbnail of a frame that cuts are found by; see `Analyser.thumbnail`.

    Attributes:
        video: as given.
        ends_at_cut: whether a cut ended the part, and not the end of the file.
    """

    def __init__(self, video: VideoFile, part: Part, *, thumbnail: Callable[[Frame], Image]) -> None:
        self.video, self._part, self._thumbnail = video, part, thumbnail
        self._head, self._tail = _Marks(), _Marks()
        self._end = None if part.end_s is None else Fraction(part.end_s) - TOLERANCE
        self.ends_at_cut = False

    @property
    def info(self) -> SourceInfo:
        """Properties of the video; available once it is entered."""
        return self.video.info

    @property
    def warnings(self) -> list[str]:
        """As those of the video, of which the last part alone reads the end."""
        return self.video.warnings

    @property
    def opens_quickly(self) -> bool:
        """As that of the video."""
        return self.video.opens_quickly

    @property
    def head(self) -> Overlap:
        """The frames from the start of the part to its first cut, which is included."""
        return self._head.overlap()

    @property
    def tail(self) -> Overlap:
        """The frames from the start of the next part to the first cut after it, which is included."""
        return self._tail.overlap()

    def defer_images(self) -> None:
        """As that of the video."""
        self.video.defer_images()

    def interrupt(self) -> None:
        """As that of the video."""
        self.video.interrupt()

    def __enter__(self) -> Self:
        self.video.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.video.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Frame]:
        frames = iter(self.video)
        first = self._first(frames)
        if first is None:
            return
        cuts: ShotBoundaryDetector | None = None
        for frame in chain((first,), frames):
            if cuts is None and self._has_reached_end(frame):
                cuts = ShotBoundaryDetector()
                cuts.update(self._thumbnail(frame))  # of the first frame, nothing is known
                self._tail.add(frame)
            elif cuts is not None:
                is_cut = cuts.update(self._thumbnail(frame))
                self._tail.add(frame)
                if is_cut:
                    self.ends_at_cut = True
                    return
            yield frame

    def _first(self, frames: Iterator[Frame]) -> Frame | None:
        """The first frame of the part; None if no shot begins in it."""
        if self._part.start_s == 0:
            return next(frames, None)
        cuts, is_start = ShotBoundaryDetector(), True
        for frame in frames:
            is_cut = cuts.update(self._thumbnail(frame)) and not is_start
            self._head.add(frame)
            if is_cut:
                return frame
            if self._has_reached_end(frame):
                return None
            is_start = False
        return None

    def _has_reached_end(self, frame: Frame) -> bool:
        return self._end is not None and frame.time >= self._end


class _Marks:
    """What is kept of frames, to compare them."""

    def __init__(self) -> None:
        self._times_s, self._checksums = array("d"), array("L")

    def add(self, frame: Frame) -> None:
        self._times_s.append(frame.time_s)
        self._checksums.append(crc32(np.ascontiguousarray(frame.image).data))
        frame.release()

    def overlap(self) -> Overlap:
        return Overlap(np.array(self._times_s), np.array(self._checksums, np.uint32))
