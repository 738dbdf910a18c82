"""Pictures, shown one after the other."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.access import check_file
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.endings import PICTURES, is_hidden
from simpsons_play.sources.file_type import HEAD_BYTES, describe
from simpsons_play.sources.images import letterbox, pages_of, read_image
from simpsons_play.sources.time_range import seconds

_KNOWN = "JPEG, PNG, BMP, WebP or TIFF"


class Pictures(BaseSource):
    """Pictures in the size of the first; others are scaled to fit and centred on black.

    A picture that cannot be read is left out, with one line in `warnings`; `info.frames` still counts it.

    Args:
        name: what the user called them.
        each: how long one is shown, in seconds.
        stills: they have nothing to do with each other.
        start_s: first moment to give, in seconds, as if the pictures were a video.
        duration_s: how much of it, in seconds; None for all.
    """

    def __init__(
        self, name: str, each: Fraction, *, stills: bool, start_s: float, duration_s: float | None
    ) -> None:
        super().__init__(start_s, duration_s)
        self._name, self._each, self._stills = name, each, stills

    def files(self) -> list[Path]:
        """The pictures to try, in order.

        Raises:
            SourceError: there are none, or the folder cannot be read.
        """
        raise NotImplementedError

    def __enter__(self) -> Self:
        files = self.files()
        total = len(files) * self._each
        count = self._range.frames(len(files), 1 / self._each, constant=True)
        if not count:
            raise SourceError(
                f"{self._name} lasts {seconds(total)} s: no picture begins at "
                f"{seconds(self._range.start)} s or later; start earlier"
            )
        self._shown = self._readable(files)
        # Only after the first readable picture is the size known; it waits to be the first frame.
        self._first = next(self._shown, None)
        if self._first is None:
            what = f"none of its {len(files)} can be decoded"
            if len(files) == 1:
                what = self._warnings[0].partition(" was left out: ")[2]
            raise SourceError(f"{self._name} holds no picture: {what}; give {_KNOWN}")
        length = self._range.length(total)
        height, width = self._first[2].shape[:2]
        self._info = SourceInfo(
            name=self._name,
            width=width,
            height=height,
            rate=1 / self._each,
            time_base=self._each,
            frames=count,
            duration_s=None if length is None else float(length),
            stills=self._stills,
        )
        return self

    def _close(self) -> None:
        self._first = None

    def _frames(self) -> Iterator[Frame]:
        index = passed = 0
        current = self._first
        while current is not None:
            place, path, image = current
            time = (passed if self._stills else place) * self._each
            if self._range.ends_before(time):
                return
            if self._range.begins_by(time):
                name = path.name if self._stills else ""
                yield Frame(letterbox(image, self.info.width, self.info.height), index, time, name)
                index += 1
            passed += 1
            current = next(self._shown, None)
        if not index:
            raise SourceError(f"{self._name}: nothing could be read from {seconds(self._range.start)} s on")

    def _readable(self, files: list[Path]) -> Iterator[tuple[int, Path, Image]]:
        # A frame has its place in the sequence; which pictures can be read is known only by reading them.
        first = 0 if self._stills else max(0, math.ceil(self._range.start / self._each) - 1)
        for place, path in enumerate(files[first:], first):
            try:
                image = read_image(path)
                pages = 1 if image is None or not self._stills else pages_of(path)
            except OSError as error:
                self._warnings.append(f"{path} was left out: {clause_of(error)}")
                continue
            if image is None:
                why = _reason(path) or "damaged or no picture"
                self._warnings.append(f"{path} was left out: it is {why}")
                continue
            if pages > 1:
                self._warnings.append(f"{path} holds {pages} pictures, of which the first is shown")
            yield place, path, image


class PictureFolder(Pictures):
    """The pictures of a folder, or a single picture, each for a while: a `Source`.

    They come in the order a reader expects (`pic_2` before `pic_10`), in the size of the first; others are
    scaled to fit and centred on black. Folders inside the folder are not looked into. A picture that cannot
    be read is left out, with one line in `warnings`; `info.frames` still counts it.

    Args:
        path: the folder or the picture.
        start_s: first moment to give, in seconds, as if the pictures were a video.
        duration_s: how much of it, in seconds; None for all.
        picture_s: how long each is shown, in seconds, to the millisecond.

    Raises:
        ValueError: a time is negative, or a length not positive.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        picture_s: float = 1.0,
    ) -> None:
        if not 0.001 <= picture_s < 1e6:
            raise ValueError(f"picture_s is {picture_s}, but must be at least 0.001 seconds")
        each = Fraction(round(picture_s * 1000), 1000)
        super().__init__(str(path), each, stills=True, start_s=start_s, duration_s=duration_s)
        self._path = Path(path)

    @property
    def path(self) -> Path:
        """The folder or the picture."""
        return self._path

    def files(self) -> list[Path]:
        """The pictures of the folder, or the picture."""
        if os.path.isdir(self._path):
            return pictures_in(self._path)
        check_file(str(self._path))
        return [self._path]


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder in the order a reader expects.

    Raises:
        SourceError: there are none, or it cannot be read.
    """
    try:
        inside = [
            file
            for file in folder.iterdir()
            if file.suffix.lower() in PICTURES and not is_hidden(file) and file.is_file()
        ]
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {clause_of(error)}") from error
    if not inside:
        raise SourceError(f"{folder} holds no pictures; give a folder with {_KNOWN} files")
    return sorted(inside, key=natural)


def _reason(path: Path) -> str | None:
    """What a file is that holds no picture; None where nobody knows."""
    try:
        with path.open("rb") as file:
            return describe(file.read(HEAD_BYTES), path.name)
    except OSError:
        return None


def natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """A key for sorting that sorts runs of digits by their value, ties by the name itself."""
    runs = re.findall(r"[0-9]+|[^0-9]+", path.name.casefold())
    return [(0, int(run), "") if run.isascii() and run.isdigit() else (1, 0, run) for run in runs], path.name
