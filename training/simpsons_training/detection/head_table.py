"""`heads.csv`: pictures in which every head of certain people is marked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_text
from simpsons_play.core.foreign_files import read_bounded
from simpsons_training.dataset import read_picture
from simpsons_training.duplicates import fingerprint, near_pairs
from simpsons_training.table import MOST_BYTES, MOST_PX, Picture

TABLE_NAME = "heads.csv"
_COLUMNS = ("file", "character", "x_min", "y_min", "x_max", "y_max")
_TRAIN, _VAL = "train", "val"


@dataclass(frozen=True, slots=True)
class MarkedHead:
    """A head that somebody marked: whose it is, and its sides in pixels of the file."""

    character: str
    x_min: float
    y_min: float
    x_max: float
    y_max: float


@dataclass(frozen=True, slots=True)
class HeadPicture:
    """A picture with its marked heads.

    Attributes:
        path: where it lies.
        heads: at least one.
    """

    path: Path
    heads: tuple[MarkedHead, ...]


def read_head_table(table: Path) -> list[HeadPicture]:
    """Read a table with the columns `file` (beside the table or below), `character` and the four sides.

    Raises:
        DataError: it cannot be read, lacks a column, or a row is broken; the message says which line.
    """
    found: dict[Path, list[MarkedHead]] = {}
    try:
        text = read_bounded(table, max_bytes=MOST_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
        if missing := sorted(set(_COLUMNS) - set(reader.fieldnames or ())):
            raise DataError(f"{table}, line 1: lacks the columns {', '.join(missing)}")
        for row in reader:
            head = _head(row, table, reader.line_num)
            found.setdefault(table.parent / csv_text(row["file"]), []).append(head)
    except FileNotFoundError as error:
        raise DataError(
            f"{table} is missing; a detector needs heads that are marked there: {', '.join(_COLUMNS)}"
        ) from error
    except OSError as error:
        raise DataError(f"{table} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} is no table in UTF-8 with commas: {error}") from error
    return [HeadPicture(path, tuple(heads)) for path, heads in found.items()]


def split_heads(
    marked: list[HeadPicture],
    pictures: tuple[Picture, ...],
    *,
    val_share: float,
    on_picture: Callable[[], object] = lambda: None,
) -> tuple[list[HeadPicture], list[HeadPicture]]:
    """Part marked pictures so that no near duplicate of a training picture is validated on.

    Of the public tables many pictures are the same. A marked picture that repeats a validation picture is
    validated on, one that repeats a training picture is trained on; the others are drawn, near duplicates
    together, and always the same: a later round of a training must not learn from what an earlier one or its
    judge kept aside.

    Args:
        marked: from `read_head_table`.
        pictures: of the other table, with their split.
        val_share: share of those that are drawn to validate on; 0-1.
        on_picture: called after each that is read.

    Returns:
        Those to train on and those to validate on.

    Raises:
        DataError: a picture cannot be read.
    """
    count = len(marked)
    paths = [*(m.path for m in marked), *(p.path for p in pictures)]
    prints = []
    for path in paths:
        prints.append(fingerprint(read_picture(path)))
        on_picture()
    pairs = near_pairs(prints)
    pairs = pairs.select(pairs.first < count)
    split: dict[int, str] = {}
    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        if second >= count and split.get(first) != _VAL:
            split[first] = pictures[second - count].split
    random = np.random.default_rng(0)
    drawn = random.random(count) < val_share
    for index in range(count):
        split.setdefault(index, _VAL if drawn[index] else _TRAIN)
    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        if second < count and split[first] != split[second]:
            split[first] = split[second] = _TRAIN
    parts = {part: [m for i, m in enumerate(marked) if split[i] == part] for part in (_TRAIN, _VAL)}
    return parts[_TRAIN], parts[_VAL]


def _head(row: dict[str, str], table: Path, line: int) -> MarkedHead:
    if not (row["file"] and row["character"]):
        raise DataError(f"{table}, line {line}: file or character is empty; fill it in or take the line out")
    try:
        head = MarkedHead(csv_text(row["character"]), *(float(row[side]) for side in _COLUMNS[2:]))
        if not (
            -MOST_PX < head.x_min < head.x_max < MOST_PX and -MOST_PX < head.y_min < head.y_max < MOST_PX
        ):
            raise ValueError
    except ValueError as error:
        raise DataError(f"{table}, line {line}: no box; give x_min, y_min, x_max, y_max in pixels") from error
    return head
