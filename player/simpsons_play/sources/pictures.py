"""Pictures, shown one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

from simpsons_play.errors import SourceError
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.images import EXTENSIONS, is_picture, letterbox, read_image
from simpsons_play.sources.range import seconds
from simpsons_play.types import Frame, Image, SourceInfo

__all__ = ["PictureFolder", "is_picture"]


class PictureFolder(BaseSource):
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
        super().__init__(start_s, duration_s)
        self._path = Path(path)
        self._each = Fraction(round(picture_s * 1000), 1000)

    @property
    def path(self) -> Path:
        """The folder or the picture."""
        return self._path

    def __enter__(self) -> Self:
        files = _files(self._path)
        self._shown = self._readable(files)
        # Only after the first readable picture is the size known; it waits to be the first frame.
        self._first = next(self._shown, None)
        if self._first is None:
            why = self._warnings[0].partition(" was left out: ")[2]
            what = (
                f"it cannot be decoded: {why}"
                if len(files) == 1
                else f"none of its {len(files)} can be decoded"
            )
            raise SourceError(f"{self._path} holds no picture: {what}; give JPEG, PNG, BMP, WebP or TIFF")
        rate = 1 / self._each
        total = len(files) * self._each
        count = self._range.frames(len(files), rate, constant=True)
        if not count:
            raise SourceError(
                f"{self._path} lasts {seconds(total)} s: no picture begins at "
                f"{seconds(self._range.start)} s or later; start earlier"
            )
        length = self._range.length(total)
        height, width = self._first[1].shape[:2]
        self._info = SourceInfo(
            name=str(self._path),
            width=width,
            height=height,
            rate=rate,
            time_base=self._each,
            frames=count,
            duration_s=None if length is None else float(length),
            stills=True,
        )
        return self

    def _close(self) -> None:
        self._first = None

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        place = 0
        current = self._first
        while current is not None:
            path, image = current
            time = place * self._each
            if self._range.ends_before(time):
                return
            if self._range.begins_by(time):
                name = path.name
                yield Frame(letterbox(image, self.info.width, self.info.height), index, time, name)
                index += 1
            place += 1
            current = next(self._shown, None)
        if not index:
            raise SourceError(f"{self._path}: nothing could be read from {seconds(self._range.start)} s on")

    def _readable(self, files: list[Path]) -> Iterator[tuple[Path, Image]]:
        for path in files:
            try:
                image = read_image(path)
            except OSError as error:
                self._warnings.append(f"{path} was left out: {(error.strerror or str(error)).lower()}")
                continue
            if image is None:
                self._warnings.append(f"{path} was left out: it is damaged or no picture")
                continue
            yield path, image


def _files(path: Path) -> list[Path]:
    """The pictures to try, in order.

    Raises:
        SourceError: there are none, or the folder cannot be read.
    """
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; check the spelling")
    if not path.is_dir():
        return [path]
    try:
        inside = [file for file in path.iterdir() if file.suffix.lower() in EXTENSIONS and file.is_file()]
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not inside:
        raise SourceError(f"{path} holds no pictures; give a folder with JPEG, PNG, BMP, WebP or TIFF files")
    return sorted(inside, key=natural)


def natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """A key for sorting that sorts runs of digits by their value, ties by the name itself."""
    runs = re.findall(r"[0-9]+|[^0-9]+", path.name.casefold())
    return [(0, int(run), "") if run.isascii() and run.isdigit() else (1, 0, run) for run in runs], path.name
