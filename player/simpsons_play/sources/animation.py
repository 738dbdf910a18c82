"""Animated pictures: how to recognise them, and the formats that ffmpeg does not decode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core import MAX_IMAGE_PIXELS
from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import format_size, read_bounded
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.access import check_file
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.images import MAX_BYTES, on_background
from simpsons_play.sources.opencv_log import quiet
from simpsons_play.sources.webp import AnimatedWebp, parse_webp

_TIME_BASE = Fraction(1, 1000)
_MIN_DURATION_MS = 11
"""As in browsers, frames with a duration of 10 ms or less are shown for 100 ms."""
_DEFAULT_DURATION_MS = 100
_MAX_GIF_BYTES = 1 << 26
"""How much of a GIF is searched for a second frame."""
_MAX_FRAMES = 100_000
_MAX_DECODED_BYTES = 1 << 31
"""All frames of an AVIF are held in memory."""
_PNG = b"\x89PNG\r\n\x1a\n"


def is_animated(path: Path) -> bool:
    """Whether a file is a GIF, WebP, PNG or AVIF with several frames."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if head.startswith((b"GIF87a", b"GIF89a")):
                file.seek(0)
                return _has_second_frame(file.read(_MAX_GIF_BYTES))
            if head.startswith(_PNG):
                file.seek(0)
                return b"acTL" in file.read(4096).split(b"IDAT")[0]
    except OSError:
        return False
    return _is_webp_or_avif(head)


def needs_opencv(path: Path) -> bool:
    """Whether a file is an animated WebP or AVIF, which ffmpeg does not decode."""
    try:
        with path.open("rb") as file:
            return _is_webp_or_avif(file.read(32))
    except OSError:
        return False


def _is_webp_or_avif(head: bytes) -> bool:
    is_webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and bool(head[20] & 2)
    return is_webp or head[4:12] == b"ftypavis"


class Animation(BaseSource):
    """The frames of an animated WebP or AVIF with their own durations: a `Source`.

    Transparent areas are white. The animation is played once; its loop count is ignored.

    Args:
        path: the file.
        start_s: first time wanted, in seconds from the start.
        duration_s: length wanted, in seconds; None for the rest.

    Raises:
        ValueError: a time is negative, or a length not positive.
    """

    def __init__(self, path: str | Path, *, start_s: float = 0.0, duration_s: float | None = None) -> None:
        super().__init__(start_s, duration_s)
        self._path = Path(path)

    def __enter__(self) -> Self:
        check_file(str(self._path))
        try:
            data = read_bounded(self._path, max_bytes=MAX_BYTES)
            animation = parse_webp(data) if data.startswith(b"RIFF") else _avif(data, str(self._path))
        except (OSError, cv2.error) as error:
            raise SourceError(f"{self._path} cannot be read: {error}".splitlines()[0]) from error
        if animation is None or not animation.durations_ms:
            raise SourceError(f"{self._path} cannot be decoded: the file is damaged; copy it again")
        if animation.width * animation.height > MAX_IMAGE_PIXELS:
            raise SourceError(f"{self._path} has more than {MAX_IMAGE_PIXELS:,} pixels; make it smaller")
        self._animation: AnimatedWebp | _DecodedAnimation = animation
        durations_ms = [
            ms if ms >= _MIN_DURATION_MS else _DEFAULT_DURATION_MS for ms in animation.durations_ms
        ]
        ends_ms = np.cumsum(durations_ms).tolist()
        self._times = [Fraction(ms, 1000) for ms in (0, *ends_ms[:-1])]
        total = Fraction(ends_ms[-1], 1000)
        if self._range.start >= total:
            raise SourceError(f"{self._path} {self._range.past_end(total)}")
        length = self._range.length(total)
        wanted = [
            time for time in self._times if self._range.has_started(time) and not self._range.has_ended(time)
        ]
        self._info = SourceInfo(
            name=str(self._path),
            width=animation.width,
            height=animation.height,
            rate=(len(self._times) / total).limit_denominator(1001),
            time_base=_TIME_BASE,
            frames=len(wanted),
            duration_s=None if length is None else float(length),
        )
        return self

    def _close(self) -> None:
        pass

    def _frames(self) -> Iterator[Frame]:
        index = lost = 0
        for time, image in zip(self._times, self._animation.images(), strict=False):
            if self._range.has_ended(time):
                break
            lost += image is None
            if image is not None and self._range.has_started(time):
                yield Frame(image, index, time)
                index += 1
        if not index:
            before = [time for time in self._times if not self._range.has_started(time)]
            raise SourceError(f"{self._path}: {self._range.empty(before[-1] if before else None)}")
        if lost:
            total = len(self._times)
            self._warnings.append(f"{self._path} is damaged: {lost} of {total} frames cannot be decoded")


@dataclass(frozen=True, slots=True)
class _DecodedAnimation:
    """An animation whose frames are all decoded.

    Attributes:
        width, height: in pixels.
        durations_ms: how long each frame is shown, in milliseconds.
        pictures: (H, W, 4) BGRA or (H, W, 3) BGR of any integer depth.
    """

    width: int
    height: int
    durations_ms: list[int]
    pictures: Sequence[npt.NDArray[Any]]

    def images(self) -> Iterator[Image | None]:
        """Each frame, (H, W, 3) uint8 BGR on white."""
        return map(on_background, self.pictures)


def _avif(data: bytes, name: str) -> _DecodedAnimation | None:
    """The frames of an animated AVIF; None if they cannot be decoded.

    Raises:
        SourceError: they take too much memory.
    """
    encoded = np.frombuffer(data, dtype=np.uint8)
    with quiet():
        _, first = cv2.imdecodeanimation(encoded, start=0, count=1)
        size = sum(picture.nbytes for picture in first.frames)
        max_frames = min(_MAX_DECODED_BYTES // max(1, size), _MAX_FRAMES)
        ok, animation = cv2.imdecodeanimation(encoded, start=0, count=max_frames + 1)
    if not ok or not animation.frames:
        return None
    if len(animation.frames) > max_frames:
        limit = format_size(_MAX_DECODED_BYTES)
        raise SourceError(f"{name}: its frames take more than {limit} of memory; convert it to MP4")
    pictures = [np.asarray(picture) for picture in animation.frames]
    height, width = pictures[0].shape[:2]
    return _DecodedAnimation(width, height, [int(ms) for ms in animation.durations], pictures)


def _has_second_frame(data: bytes) -> bool:
    """Whether a GIF contains more than one frame (GIF89a, sections 18 to 26)."""
    i, count = 13, 0
    if len(data) > 10 and data[10] & 0x80:
        i += 3 << (data[10] & 7) + 1
    while i < len(data) and count < 2:
        block = data[i]
        if block == 0x21:  # an extension
            i += 2
        elif block == 0x2C and i + 9 < len(data):  # a frame
            count += 1
            flags = data[i + 9]
            i += 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0) + 1
        else:
            break
        while i < len(data) and data[i]:  # data sub-blocks, up to an empty one
            i += data[i] + 1
        i += 1
    return count > 1
