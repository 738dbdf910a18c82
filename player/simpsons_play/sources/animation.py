"""Animated pictures: which move, and those that only OpenCV decodes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from simpsons_play.errors import SourceError
from simpsons_play.foreign_files import read_bounded, size_words
from simpsons_play.sources.access import check_file
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.images import MOST_BYTES, on_background
from simpsons_play.sources.quiet import quiet
from simpsons_play.sources.range import seconds
from simpsons_play.types import Frame, SourceInfo

_TIME_BASE = Fraction(1, 1000)
_SHORTEST_MS = 11
"""Frames that are to be shown for 10 ms or less are shown for 100 ms, as browsers do."""
_USUAL_MS = 100
_LOOKED_AT_BYTES = 1 << 26
_MOST_PICTURES = 100_000
_MOST_DECODED_BYTES = 1 << 31
"""All pictures are in memory at once."""
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

    Transparent places are white, but black in WebP: OpenCV does not tell which are. It is played once,
    however often it asks to be.

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
            data = np.frombuffer(read_bounded(self._path, most_bytes=MOST_BYTES), dtype=np.uint8)
            with quiet():
                _, first = cv2.imdecodeanimation(data, start=0, count=1)
                size = sum(picture.nbytes for picture in first.frames)
                most = min(_MOST_DECODED_BYTES // max(1, size), _MOST_PICTURES)
                good, animation = cv2.imdecodeanimation(data, start=0, count=most + 1)
        except (OSError, cv2.error) as error:
            raise SourceError(f"{self._path} cannot be read: {error}".splitlines()[0]) from error
        if not good or not animation.frames:
            raise SourceError(f"{self._path} cannot be decoded; it is damaged: copy it again")
        if len(animation.frames) > most:
            words = size_words(_MOST_DECODED_BYTES)
            raise SourceError(f"{self._path} has pictures of more than {words} altogether; convert it to MP4")
        self._pictures = animation.frames
        lasts_ms = [int(ms) if ms >= _SHORTEST_MS else _USUAL_MS for ms in animation.durations]
        ends_ms = np.cumsum(lasts_ms).tolist()
        self._begins = [Fraction(ms, 1000) for ms in (0, *ends_ms[:-1])]
        total = Fraction(ends_ms[-1], 1000)
        if self._range.start >= total:
            raise SourceError(
                f"{self._path} lasts {seconds(total)} s: there is nothing from "
                f"{seconds(self._range.start)} s on; start earlier"
            )
        height, width = self._pictures[0].shape[:2]
        length = self._range.length(total)
        wanted = [
            time for time in self._begins if self._range.begins_by(time) and not self._range.ends_before(time)
        ]
        self._info = SourceInfo(
            name=str(self._path),
            width=width,
            height=height,
            rate=(len(self._begins) / total).limit_denominator(1001),
            time_base=_TIME_BASE,
            frames=len(wanted),
            duration_s=None if length is None else float(length),
        )
        return self

    def _close(self) -> None:
        self._pictures = []

    def _frames(self) -> Iterator[Frame]:
        index = 0
        for time, picture in zip(self._begins, self._pictures, strict=False):
            if self._range.ends_before(time):
                break
            if self._range.begins_by(time):
                yield Frame(on_background(np.asarray(picture)), index, time)
                index += 1
        if not index:
            raise SourceError(f"{self._path}: nothing could be read from {seconds(self._range.start)} s on")


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
