"""The HTML report and table of a box check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.core.escaping import csv_row
from simpsons_play.core.frames import Image
from simpsons_play.render.html import Block, Picture, Section, Table
from simpsons_training.dataset import read_picture
from simpsons_training.files import write_atomic, write_page
from simpsons_training.study.boxes import CheckedBox, Verdict
from simpsons_training.study.contact_sheet import jpeg

_COLUMNS, _ROWS, _SIDE_PX = 8, 4, 160
_DRAWN_BGR, _CORRECTED_BGR, _HEAD_BGR = (0, 94, 213), (115, 158, 0), (233, 180, 86)
_CAPTION = "Vermilion: the original box. Green: the corrected box. Blue: the detected head."


@dataclass(frozen=True, slots=True)
class BoxFiles:
    """Output files of a box check."""

    page: Path
    table: Path


def count_verdicts(checked: Sequence[CheckedBox]) -> dict[str, int]:
    """Number of boxes per verdict, in the order of `Verdict`."""
    counts = Counter(row.verdict for row in checked)
    return {verdict.value: counts[verdict] for verdict in Verdict}


def write_boxes(checked: Sequence[CheckedBox], output: Path, *, folder: Path) -> BoxFiles:
    """Write `report.html` and `boxes.csv` into an existing folder.

    Args:
        checked: All checked boxes.
        output: Output folder.
        folder: Folder that file names in the table are relative to.

    Raises:
        DataError: A picture can no longer be read.
    """
    rows = [(name, count, count / max(1, len(checked))) for name, count in count_verdicts(checked).items()]
    sections = [Section("Verdicts", [Table(("verdict", "boxes", "share"), rows)])]
    for verdict in Verdict:
        chosen = [row for row in checked if row.verdict is verdict]
        if chosen:
            blocks: list[Block] = [Picture(jpeg(_sheet(chosen)), _CAPTION)]
            sections.append(Section(verdict.value.capitalize(), blocks))
    usable = sum(row.box is not None for row in checked)
    lead = f"{usable:,} of {len(checked):,} boxes are usable, including corrected ones."
    return BoxFiles(
        write_page(output / "report.html", "Box check", lead, sections),
        write_atomic(output / "boxes.csv", _table(checked, folder)),
    )


def _table(checked: Sequence[CheckedBox], folder: Path) -> str:
    sides = ("x_min", "y_min", "x_max", "y_max")
    header = ("file", "character", "verdict", "scale", *sides, *(f"head_{side}" for side in sides))
    lines = [csv_row(*header, line_end="\r\n")]
    for row in checked:
        box = [getattr(row.box, side) for side in sides] if row.box else [""] * 4
        head = [round(getattr(row.head, side), 1) for side in sides] if row.head else [""] * 4
        path = row.picture.path
        file = path.relative_to(folder) if path.is_relative_to(folder) else path
        scale = "" if row.scale is None else round(row.scale, 2)
        cells = (file.as_posix(), row.picture.character, row.verdict.value, scale, *box, *head)
        lines.append(csv_row(*cells, line_end="\r\n"))
    return "".join(lines)


def _sheet(checked: Sequence[CheckedBox]) -> Image:
    """A contact sheet of evenly spaced boxes."""
    count = min(_COLUMNS * _ROWS, len(checked))
    tiles = [_tile(checked[i]) for i in np.linspace(0, len(checked) - 1, count).round().astype(int)]
    columns = min(_COLUMNS, count)
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def _tile(row: CheckedBox) -> Image:
    image = read_picture(row.picture.path).copy()
    for box, colour in ((row.head, _HEAD_BGR), (row.box, _CORRECTED_BGR), (row.picture.box, _DRAWN_BGR)):
        if box is not None and not (colour == _CORRECTED_BGR and row.verdict is Verdict.GOOD):
            corners = (round(box.x_min), round(box.y_min)), (round(box.x_max), round(box.y_max))
            cv2.rectangle(image, *corners, colour, 2)
    ratio = (_SIDE_PX - 4) / max(image.shape[:2])
    image = np.asarray(cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.uint8)
    tile = np.full((_SIDE_PX, _SIDE_PX, 3), 255, np.uint8)
    tile[: image.shape[0], : image.shape[1]] = image
    return tile
