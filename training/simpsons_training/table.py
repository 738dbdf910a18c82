"""`pictures.csv`: which pictures there are, and what is known of each. Light: reads no picture."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_text
from simpsons_play.core.foreign_files import read_bounded
from simpsons_play.core.geometry import Box

TABLE_NAME = "pictures.csv"
OTHERS = "others"
"""The folder of people who are not to be named."""

_COLUMNS = ("file", "character", "scene", "split")
_BOX = ("x_min", "y_min", "x_max", "y_max")
MOST_BYTES = 1 << 28
"""Longer tables are not read."""

MOST_PX = 1_000_000
"""No picture that can be read is so wide."""

_SPLITS = ("train", "val")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what is known of it.

    Attributes:
        path: where it lies.
        character: who is on it.
        known: the character is one the network learns to name; else it is somebody it must not name.
        scene: pictures of one scene share it; scenes never straddle a split.
        split: `train` or `val`.
        box: where the character is, in pixels of the file, where somebody has marked it.
        crop: the part of the file that is meant; None is all of it.
        beside: where `crop` is what was left beside a character, which one.
    """

    path: Path
    character: str
    known: bool
    scene: str
    split: str
    box: Box | None = None
    crop: Box | None = None
    beside: str | None = None


def read_table(table: Path) -> list[Picture]:
    """Read a table with the columns `file` (beside the table or below), `character`, `scene` and `split`.

    UTF-8, with or without the mark that spreadsheets put first. The columns `x_min, y_min, x_max, y_max`
    may say where the character is; others are passed over. Files in the folder `others` are of people who
    are not to be named.

    Raises:
        DataError: it cannot be read, is no UTF-8, lacks a column, or a row lacks its file or character or has
            another split than `train` or `val` or a box that is none; the message says which line.
    """
    try:
        content = read_bounded(table, max_bytes=MOST_BYTES)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{table} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        # The codec counts from behind the mark.
        before = error.object[: error.start]
        raise DataError(
            f"{table}, line {_line_of(before)}: not UTF-8; save the table as CSV in UTF-8"
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
    try:
        if missing := sorted(set(_COLUMNS) - set(reader.fieldnames or ())):
            raise DataError(
                f"{table}, line 1: lacks the columns {', '.join(missing)}; it needs {', '.join(_COLUMNS)}, "
                "between commas"
            )
        return [_read_row(row, table, reader.line_num) for row in reader]
    except csv.Error as error:
        # The count is of lines read well; the row that is not begins on the next.
        raise DataError(f"{table}, line {reader.line_num + 1}: {error}; mend that line") from error


def _line_of(before: bytes) -> int:
    """The line, counted from 1, on which the byte after these stands."""
    return len((before + b"x").splitlines())


def _read_row(row: dict[str, str], table: Path, line: int) -> Picture:
    for column in ("file", "character"):
        if not row[column]:
            raise DataError(f"{table}, line {line}: {column} is empty; fill it in or take the line out")
    if row["split"] not in _SPLITS:
        raise DataError(f"{table}, line {line}: split must be {' or '.join(_SPLITS)}, not {row['split']!r}")
    row = {column: csv_text(row[column]) for column in _COLUMNS} | {c: row.get(c, "") for c in _BOX}
    file = Path(row["file"])
    known = file.parts[:1] != (OTHERS,)
    box = _read_box([row[column] for column in _BOX], table, line)
    return Picture(table.parent / file, row["character"], known, row["scene"], row["split"], box)


def _read_box(corners: list[str], table: Path, line: int) -> Box | None:
    if not any(corners):
        return None
    try:
        x_min, y_min, x_max, y_max = (round(float(corner)) for corner in corners)
        if not (0 <= x_min < x_max <= MOST_PX and 0 <= y_min < y_max <= MOST_PX):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{table}, line {line}: {', '.join(corners)} is no box; give {', '.join(_BOX)} in pixels or none"
        ) from error
    return Box(x_min, y_min, x_max, y_max)
