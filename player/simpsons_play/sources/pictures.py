"""Pictures shown one after the other."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Self

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.access import check_file, read_head
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.endings import PICTURES, is_hidden
from simpsons_play.sources.file_type import describe
from simpsons_play.sources.images import letterbox, page_count, read_image
from simpsons_play.sources.time_range import seconds

_FORMATS = "JPEG, PNG, BMP, WebP or TIFF"
_SKIPPED = " was skipped: "


class Pictures(BaseSource):
    """Pictures in the size of the first one; others are scaled to fit and centred on black.

    A picture that cannot be read is skipped, with one line in `warnings`; `info.frames` still counts it.

    Args:
        name: name from the user.
        duration: how long each picture is shown, in seconds.
        stills: the pictures are unrelated, not frames of a video.
        start_s: first time wanted, in seconds, as if the pictures were a video.
        duration_s: length wanted, in seconds; None for the rest.
    """

    def __init__(
        self, name: str, duration: Fraction, *, stills: bool, start_s: float, duration_s: float | None
    ) -> None:
        super().__init__(start_s, duration_s)
        self._name, self._duration, self._stills = name, duration, stills

    def files(self) -> list[Path]:
        """The files to read, in order.

        Raises:
            SourceError: there are none, or the folder cannot be read.
        """
        raise NotImplementedError

    def __enter__(self) -> Self:
        files = self.files()
        total = len(files) * self._duration
        count = self._range.frames(len(files), 1 / self._duration, constant=True)
        if not count:
            if self._range.start >= total:
                raise SourceError(f"{self._name} {self._range.past_end(total)}")
            before = self._range.start // self._duration * self._duration
            raise SourceError(f"{self._name}: {self._range.empty(before)}")
        start = max(0, math.ceil(self._range.start / self._duration) - 1)
        self._shown = self._readable(files, start)
        self._first = next(self._shown, None)
        if self._first is None:
            if len(files) == 1:
                why = self._warnings[0].partition(_SKIPPED)[2]
                raise SourceError(f"{self._name} cannot be read: {why}; give a {_FORMATS} file")
            if start:
                raise self._nothing_in_range()
            raise SourceError(f"{self._name}: none of its {len(files)} pictures can be read; give {_FORMATS}")
        length = self._range.length(total)
        # The first readable picture sets the size, wherever reading starts.
        height, width = (self._first[2] if not start else _first_image(files)).shape[:2]
        self._info = SourceInfo(
            name=self._name,
            width=width,
            height=height,
            rate=1 / self._duration,
            time_base=self._duration,
            frames=count,
            duration_s=None if length is None else float(length),
            stills=self._stills,
        )
        return self

    def _close(self) -> None:
        self._first = None

    def _frames(self) -> Iterator[Frame]:
        index = 0
        current = self._first
        while current is not None:
            number, path, image = current
            time = number * self._duration
            if self._range.has_ended(time):
                break
            if self._range.has_started(time):
                name = path.name if self._stills else ""
                yield Frame(letterbox(image, self.info.width, self.info.height), index, time, name)
                index += 1
            current = next(self._shown, None)
        if not index:
            raise self._nothing_in_range()

    def _nothing_in_range(self) -> SourceError:
        if self._warnings:
            return SourceError(f"{self._name}: {self._warnings[0]}; there is nothing else in this range")
        return SourceError(f"{self._name}: nothing could be read from {seconds(self._range.start)} s on")

    def _warn(self, number: int, line: str) -> None:
        """Report a problem with a picture, unless it is outside the range."""
        time = number * self._duration
        if self._range.has_started(time) and not self._range.has_ended(time):
            self._warnings.append(line)

    def _readable(self, files: list[Path], first: int) -> Iterator[tuple[int, Path, Image]]:
        """The pictures that can be read from a number on, each with its number and its path."""
        for number, path in enumerate(files[first:], first):
            try:
                image = read_image(path)
                pages = 1 if image is None or not self._stills else page_count(path)
            except OSError as error:
                self._warn(number, f"{path}{_SKIPPED}{clause_of(error)}")
                continue
            if image is None:
                what = _describe(path) or "damaged or not a picture"
                self._warn(number, f"{path}{_SKIPPED}it is {what}")
                continue
            if pages > 1:
                self._warn(number, f"{path} contains {pages} pictures; only the first one is shown")
            yield number, path, image


class PictureFolder(Pictures):
    """The pictures of a folder, or a single picture: a `Source`.

    They are sorted naturally (`pic_2` before `pic_10`) and have the size of the first one; others are scaled
    to fit and centred on black. Subfolders are ignored. A picture that cannot be read is skipped, with one
    line in `warnings`; `info.frames` still counts it.

    Args:
        path: the folder or the picture.
        start_s: first time wanted, in seconds, as if the pictures were a video.
        duration_s: length wanted, in seconds; None for the rest.
        picture_s: how long each picture is shown, in seconds; rounded to milliseconds.

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
        duration = Fraction(round(picture_s * 1000), 1000)
        super().__init__(str(path), duration, stills=True, start_s=start_s, duration_s=duration_s)
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
    """The pictures of a folder, sorted naturally.

    Raises:
        SourceError: there are none, or the folder cannot be read.
    """
    try:
        pictures = [
            file
            for file in folder.iterdir()
            if file.suffix.lower() in PICTURES and not is_hidden(file) and file.is_file()
        ]
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {clause_of(error)}") from error
    if not pictures:
        raise SourceError(f"{folder} contains no pictures or videos; pictures are {_FORMATS} files")
    return sorted(pictures, key=natural_key)


def _first_image(files: Iterable[Path]) -> Image:
    """The first picture that can be read; at least one can."""
    for path in files:
        with suppress(OSError):
            if (image := read_image(path)) is not None:
                return image
    raise SourceError("none of the pictures can be read any more")


def _describe(path: Path) -> str | None:
    """What a file is that is not a picture, such as `a text file`; None if unknown."""
    try:
        what = describe(read_head(str(path)), path.name)
    except OSError:
        return None
    return what and what.partition(", not a video")[0]


def natural_key(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that compares runs of digits by value, and ties by the name itself."""
    runs = re.findall(r"[0-9]+|[^0-9]+", path.name.casefold())
    return [(0, int(run), "") if run.isascii() and run.isdigit() else (1, 0, run) for run in runs], path.name
