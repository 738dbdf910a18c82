"""`pictures.csv`: the table of a data set. Reads no pictures."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_text
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_play.core.geometry import Box

TABLE_NAME = "pictures.csv"
OTHERS = "others"
"""Name of the folder of unknown people."""

_COLUMNS = ("file", "character", "scene", "split")
_BOX = ("x_min", "y_min", "x_max", "y_max")
MAX_BYTES = 1 << 28
"""Size limit of a table."""

MAX_PX = 1_000_000
"""Limit of coordinates; no readable picture is that wide."""

_SPLITS = ("train", "val")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a data set.

    Attributes:
        path: Picture file.
        character: Character on the picture.
        known: Whether the network learns to name the character; otherwise it must not name anybody.
        scene: Scene of the picture, which is never on both sides of a split; empty until it is known.
        split: `train` or `val`; empty until it is drawn.
        box: Annotated box of the character in pixels of the file, if any.
        crop: Part of the file to use; None for all of it.
        next_to: Character whose box a background crop was cut next to.
    """

    path: Path
    character: str
    known: bool
    scene: str
    split: str
    box: Box | None = None
    crop: Box | None = None
    next_to: str | None = None


def read_table(table: Path) -> list[Picture]:
    """Read a table with the columns `file` (relative to the table), `character`, `scene` and `split`.

    The encoding is UTF-8 with or without a byte order mark. The columns `x_min, y_min, x_max, y_max` are
    optional; other columns are ignored. Files in the folder `others` show unknown people.

    Raises:
        DataError: The table cannot be read, is not UTF-8, lacks a column, or a row is invalid; the message
            names the line.
    """
    try:
        content = read_bounded(table, max_bytes=MAX_BYTES)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{table}: {clause_of(error)}") from error
    except UnicodeDecodeError as error:
        # The codec counts from after the byte order mark.
        before = error.object[: error.start]
        raise DataError(
            f"{table}, line {_line_of(before)}: not UTF-8; save the table as CSV in UTF-8"
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
    try:
        if missing := sorted(set(_COLUMNS) - set(reader.fieldnames or ())):
            raise DataError(
                f"{table}, line 1: missing columns {', '.join(missing)}; the table needs "
                f"{', '.join(_COLUMNS)}, separated by commas"
            )
        return [_read_row(row, table, reader.line_num) for row in reader]
    except csv.Error as error:
        # `line_num` counts the lines read so far; the invalid row starts on the next.
        raise DataError(f"{table}, line {reader.line_num + 1}: {error}; fix that line") from error


def _line_of(before: bytes) -> int:
    """Line number, from 1, of the byte that follows these."""
    return len((before + b"x").splitlines())


def _read_row(row: dict[str, str], table: Path, line: int) -> Picture:
    for column in ("file", "character"):
        if not row[column]:
            raise DataError(f"{table}, line {line}: {column} is empty; fill it in or remove the line")
    if row["split"] not in _SPLITS:
        raise DataError(f"{table}, line {line}: split must be {' or '.join(_SPLITS)}, not {row['split']!r}")
    row = {column: csv_text(row[column]) for column in _COLUMNS} | {c: row.get(c, "") for c in _BOX}
    file = Path(row["file"])
    known = file.parts[:1] != (OTHERS,)
    box = _read_box([row[column] for column in _BOX], table, line)
    character = unicodedata.normalize("NFC", row["character"])
    return Picture(table.parent / file, character, known, row["scene"], row["split"], box)


def _read_box(corners: list[str], table: Path, line: int) -> Box | None:
    if not any(corners):
        return None
    try:
        x_min, y_min, x_max, y_max = (round(float(corner)) for corner in corners)
        if not (0 <= x_min < x_max <= MAX_PX and 0 <= y_min < y_max <= MAX_PX):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"{table}, line {line}: {', '.join(corners)} is not a box; give "
            f"{', '.join(_BOX)} in pixels, or leave them empty"
        ) from error
    return Box(x_min, y_min, x_max, y_max)
