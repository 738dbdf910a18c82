"""Animated pictures: which move, and those that ffmpeg does not decode."""

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
from simpsons_play.sources.images import MOST_BYTES, on_background
from simpsons_play.sources.opencv_log import quiet
from simpsons_play.sources.time_range import seconds
from simpsons_play.sources.webp import AnimatedWebp, parse_webp

_TIME_BASE = Fraction(1, 1000)
_SHORTEST_MS = 11
"""Frames that are to be shown for 10 ms or less are shown for 100 ms, as browsers do."""
_USUAL_MS = 100
_LOOKED_AT_BYTES = 1 << 26
_MOST_PICTURES = 100_000
_MOST_DECODED_BYTES = 1 << 31
"""All pictures of an AVIF are in memory at once."""
_PNG = b"\x89PNG\r\n\x1a\n"


def is_animated(path: Path) -> bool:
    """Whether a picture moves: a GIF, WebP, PNG or AVIF of several frames."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if head.startswith((b"GIF87a", b"GIF89a")):
                file.seek(0)
                return _frames_of_gif(file.read(_LOOKED_AT_BYTES)) > 1
            if head.startswith(_PNG):
                file.seek(0)
                return b"acTL" in file.read(4096).split(b"IDAT")[0]
    except OSError:
        return False
    return _is_webp_or_avif(head)


def needs_opencv(path: Path) -> bool:
    """Whether an animated picture is one that ffmpeg does not decode: WebP or AVIF.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _is_webp_or_avif(file.read(32))


def _is_webp_or_avif(head: bytes) -> bool:
    webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and bool(head[20] & 2)
    return webp or head[4:12] == b"ftypavis"


class Animation(BaseSource):
    """The frames of an animated WebP or AVIF, shown as long as it says: a `Source`.

    Transparent places are white. It is played once, however often it asks to be.

    Args:
        path: the file.
        start_s: first moment to give, in seconds from the start.
        duration_s: how much of it, in seconds; None for all.

    Raises:
        ValueError: a time is negative, or a length not positive.
    """

    def __init__(self, path: str | Path, *, start_s: float = 0.0, duration_s: float | None = None) -> None:
        super().__init__(start_s, duration_s)
        self._path = Path(path)

    def __enter__(self) -> Self:
        check_file(str(self._path))
        try:
            data = read_bounded(self._path, max_bytes=MOST_BYTES)
            moving = parse_webp(data) if data.startswith(b"RIFF") else _avif(data, str(self._path))
        except (OSError, cv2.error) as error:
            raise SourceError(f"{self._path} cannot be read: {error}".splitlines()[0]) from error
        if moving is None or not moving.lasts_ms:
            raise SourceError(f"{self._path} cannot be decoded; it is damaged: copy it again")
        if moving.width * moving.height > MAX_IMAGE_PIXELS:
            raise SourceError(f"{self._path} has more than {MAX_IMAGE_PIXELS:,} pixels; make it smaller")
        self._moving: AnimatedWebp | _Decoded = moving
        ends_ms = np.cumsum([ms if ms >= _SHORTEST_MS else _USUAL_MS for ms in moving.lasts_ms]).tolist()
        self._begins = [Fraction(ms, 1000) for ms in (0, *ends_ms[:-1])]
        total = Fraction(ends_ms[-1], 1000)
        if self._range.start >= total:
            raise SourceError(
                f"{self._path} lasts {seconds(total)} s: there is nothing from "
                f"{seconds(self._range.start)} s on; start earlier"
            )
        length = self._range.length(total)
        wanted = [
            time for time in self._begins if self._range.begins_by(time) and not self._range.ends_before(time)
        ]
        self._info = SourceInfo(
            name=str(self._path),
            width=moving.width,
            height=moving.height,
            rate=(len(self._begins) / total).limit_denominator(1001),
            time_base=_TIME_BASE,
            frames=len(wanted),
            duration_s=None if length is None else float(length),
        )
        return self

    def _close(self) -> None:
        pass

    def _frames(self) -> Iterator[Frame]:
        index = lost = 0
        for time, image in zip(self._begins, self._moving.images(), strict=False):
            if self._range.ends_before(time):
                break
            lost += image is None
            if image is not None and self._range.begins_by(time):
                yield Frame(image, index, time)
                index += 1
        if not index:
            before = [time for time in self._begins if not self._range.begins_by(time)]
            raise SourceError(f"{self._path}: {self._range.empty(before[-1] if before else None)}")
        if lost:
            total = len(self._begins)
            self._warnings.append(f"{self._path} is damaged: {lost} of {total} frames cannot be decoded")


@dataclass(frozen=True, slots=True)
class _Decoded:
    """An animation of which all frames are decoded: the size, how long each is shown, and the pictures."""

    width: int
    height: int
    lasts_ms: list[int]
    pictures: Sequence[npt.NDArray[Any]]

    def images(self) -> Iterator[Image | None]:
        """Each frame, (H, W, 3) uint8 BGR on white."""
        return map(on_background, self.pictures)


def _avif(data: bytes, name: str) -> _Decoded | None:
    """The frames of an animated AVIF; None where they cannot be decoded.

    Raises:
        SourceError: they do not fit into memory.
    """
    encoded = np.frombuffer(data, dtype=np.uint8)
    with quiet():
        _, first = cv2.imdecodeanimation(encoded, start=0, count=1)
        size = sum(picture.nbytes for picture in first.frames)
        most = min(_MOST_DECODED_BYTES // max(1, size), _MOST_PICTURES)
        good, animation = cv2.imdecodeanimation(encoded, start=0, count=most + 1)
    if not good or not animation.frames:
        return None
    if len(animation.frames) > most:
        words = format_size(_MOST_DECODED_BYTES)
        raise SourceError(f"{name} has pictures of more than {words} altogether; convert it to MP4")
    pictures = [np.asarray(picture) for picture in animation.frames]
    height, width = pictures[0].shape[:2]
    return _Decoded(width, height, [int(ms) for ms in animation.durations], pictures)


def _frames_of_gif(data: bytes) -> int:
    """How many pictures a GIF holds, counted up to two (GIF89a, sections 18 to 26)."""
    place, count = 13, 0
    if len(data) > 10 and data[10] & 0x80:
        place += 3 << (data[10] & 7) + 1
    while place < len(data) and count < 2:
        kind = data[place]
        if kind == 0x21:  # an extension
            place += 2
        elif kind == 0x2C and place + 9 < len(data):  # a picture
            count += 1
            table = data[place + 9]
            place += 10 + (3 << (table & 7) + 1 if table & 0x80 else 0) + 1
        else:
            break
        while place < len(data) and data[place]:  # blocks of data, until an empty one
            place += data[place] + 1
        place += 1
    return count
