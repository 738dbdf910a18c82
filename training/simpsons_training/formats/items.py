"""Pictures with what is known of them, between the formats."""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.sources.endings import is_hidden
from simpsons_training.table import OTHERS

_OTHERS_PREFIX = f"{OTHERS}/"
_SPLITS = {"train": "train", "training": "train"} | dict.fromkeys(
    ("val", "valid", "validation", "test"), "val"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A character in a picture.

    Attributes:
        character: The character's name.
        known: Whether the network shall name the character.
        box: x_min, y_min, x_max, y_max in pixels of the picture; None for the whole picture.
    """

    character: str
    known: bool = True
    box: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "character", unicodedata.normalize("NFC", self.character))

    @property
    def name(self) -> str:
        """Name of the class in formats without a folder `others`: `bart_simpson`, `others/otto_mann`."""
        return self.character if self.known else _OTHERS_PREFIX + self.character

    def within(self, width: int, height: int) -> Labelled | None:
        """The same with the box cut at the borders of the picture; None if nothing is left of it.

        A box around the whole picture is none.
        """
        if self.box is None:
            return self
        if not all(map(math.isfinite, self.box)):
            return None
        x_min, x_max = (min(max(x, 0.0), float(width)) for x in self.box[::2])
        y_min, y_max = (min(max(y, 0.0), float(height)) for y in self.box[1::2])
        if x_max - x_min < 1 or y_max - y_min < 1:
            return None
        whole = (x_min, y_min, x_max, y_max) == (0, 0, width, height)
        return Labelled(self.character, self.known, None if whole else (x_min, y_min, x_max, y_max))


@dataclass(frozen=True, slots=True)
class Item:
    """A picture and the characters in it.

    Attributes:
        path: Picture file.
        labels: The characters.
        split: `train` or `val`; empty if unknown.
        scene: Scene of the picture; empty if unknown.
    """

    path: Path
    labels: tuple[Labelled, ...]
    split: str = ""
    scene: str = ""


def labelled(name: str, box: Iterable[float] | None = None) -> Labelled:
    """A character by the name of its class; the corners of the box may be in any order."""
    known = not name.startswith(_OTHERS_PREFIX)
    character = name.removeprefix(_OTHERS_PREFIX).strip()
    if box is None:
        return Labelled(character, known)
    x1, y1, x2, y2 = map(float, box)
    return Labelled(character, known, (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))


def picture_at(folder: Path, name: str) -> Path:
    """The picture with a name relative to a folder, which may have backslashes, as on Windows."""
    path = folder / name
    return path if "\\" not in name or os.path.isfile(path) else folder / name.replace("\\", "/")


def files_in(folder: Path, *suffixes: str) -> list[Path]:
    """The files at and below a folder with these suffixes, sorted; hidden files and folders are left out.

    Links to folders are followed, except those to a folder that they are in.
    """
    return sorted(p for p in _visible_in(folder) if p.suffix.lower() in suffixes and os.path.isfile(p))


def _visible_in(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """All but the folders at and below a folder whose parents are really `above`."""
    real = os.path.realpath(folder)
    if real in above:
        return
    _, folders, files = next(os.walk(folder), ("", [], []))
    yield from (path for path in map(folder.joinpath, files) if not is_hidden(path))
    for path in map(folder.joinpath, folders):
        if not is_hidden(path):
            yield from _visible_in(path, above | {real})


def split_of(path: Path) -> str:
    """The split that a path names, such as `val` for `images/valid`; test pictures are for validation."""
    words = [word for part in reversed(path.parts) for word in re.split(r"[^a-z]+", part.lower())]
    return next((_SPLITS[word] for word in words if word in _SPLITS), "")
