"""`heads.csv`: annotated pictures in which every head of certain people has a box."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_text
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_training.dataset import read_picture
from simpsons_training.duplicates import fingerprint, near_pairs
from simpsons_training.table import MAX_BYTES, MAX_PX, Picture

TABLE_NAME = "heads.csv"
_COLUMNS = ("file", "character", "x_min", "y_min", "x_max", "y_max")
_TRAIN, _VAL = "train", "val"


@dataclass(frozen=True, slots=True)
class AnnotatedHead:
    """An annotated head: the character and the sides of its box in pixels of the file."""

    character: str
    x_min: float
    y_min: float
    x_max: float
    y_max: float


@dataclass(frozen=True, slots=True)
class AnnotatedPicture:
    """A picture with its annotated heads.

    Attributes:
        path: File of the picture.
        heads: At least one head.
    """

    path: Path
    heads: tuple[AnnotatedHead, ...]


def read_head_table(table: Path) -> list[AnnotatedPicture]:
    """Read a table with the columns `file` (relative to the table), `character` and the four sides.

    Raises:
        DataError: The table cannot be read, lacks a column, or a row is invalid; the message names the line.
    """
    found: dict[Path, list[AnnotatedHead]] = {}
    try:
        text = read_bounded(table, max_bytes=MAX_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
        if missing := sorted(set(_COLUMNS) - set(reader.fieldnames or ())):
            raise DataError(f"{table}, line 1: missing columns {', '.join(missing)}")
        for row in reader:
            head = _parse_head(row, table, reader.line_num)
            found.setdefault(table.parent / csv_text(row["file"]), []).append(head)
    except FileNotFoundError as error:
        raise DataError(
            f"{table} is missing; a detector is trained on annotated heads with the columns "
            f"{', '.join(_COLUMNS)}"
        ) from error
    except OSError as error:
        raise DataError(f"{table}: {clause_of(error)}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} is not a comma-separated table in UTF-8: {error}") from error
    return [AnnotatedPicture(path, tuple(heads)) for path, heads in found.items()]


def read_head_tables(folders: Sequence[Path]) -> list[AnnotatedPicture]:
    """Read the `heads.csv` of each folder that has one; see `read_head_table`.

    Raises:
        DataError: No folder has one, or one is invalid.
    """
    tables = [folder / TABLE_NAME for folder in folders]
    tables = [table for table in tables if table.is_file()] or tables[:1]
    return [picture for table in tables for picture in read_head_table(table)]


def split_heads(
    annotated: list[AnnotatedPicture],
    pictures: tuple[Picture, ...],
    *,
    val_share: float,
    on_picture: Callable[[], object] = lambda: None,
) -> tuple[list[AnnotatedPicture], list[AnnotatedPicture]]:
    """Split annotated pictures so that no validation picture has a near duplicate to train on.

    The public tables share many pictures. An annotated picture that repeats a picture of the other table goes
    to the same side of the split. The rest is drawn at random with a fixed seed, near duplicates together, so
    that later trainings and evaluations use the same validation pictures.

    Args:
        annotated: Pictures from `read_head_table`.
        pictures: Pictures of the other table, with their split.
        val_share: Share of the drawn pictures to validate on; 0-1.
        on_picture: Called after each picture that is read.

    Returns:
        Pictures to train on and pictures to validate on.

    Raises:
        DataError: A picture cannot be read.
    """
    count = len(annotated)
    paths = [*(a.path for a in annotated), *(p.path for p in pictures)]
    fingerprints = []
    for path in paths:
        fingerprints.append(fingerprint(read_picture(path)))
        on_picture()
    pairs = near_pairs(fingerprints)
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
    parts = {part: [a for i, a in enumerate(annotated) if split[i] == part] for part in (_TRAIN, _VAL)}
    return parts[_TRAIN], parts[_VAL]


def _parse_head(row: dict[str, str], table: Path, line: int) -> AnnotatedHead:
    if not (row["file"] and row["character"]):
        raise DataError(f"{table}, line {line}: file or character is empty; fill it in or remove the line")
    try:
        head = AnnotatedHead(csv_text(row["character"]), *(float(row[side]) for side in _COLUMNS[2:]))
        if not (-MAX_PX < head.x_min < head.x_max < MAX_PX and -MAX_PX < head.y_min < head.y_max < MAX_PX):
            raise ValueError
    except ValueError as error:
        raise DataError(
            f"{table}, line {line}: invalid box; give x_min, y_min, x_max, y_max in pixels"
        ) from error
    return head
