"""Folders of pictures: ours, those of the Kaggle data set, and the `annotation.txt` of the first project."""

from __future__ import annotations

from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_play.core.geometry import Box
from simpsons_training.detection.head_table import TABLE_NAME as HEADS_NAME
from simpsons_training.detection.head_table import read_head_table
from simpsons_training.formats.items import Item, Labelled, labelled, picture_at
from simpsons_training.listing import list_pictures
from simpsons_training.table import MAX_BYTES

ANNOTATION_NAME = "annotation.txt"


def read_folders(folder: Path) -> list[Item]:
    """Read a folder as `simpsons train` does, with the heads of its `heads.csv`.

    Raises:
        DataError: The folder or a table cannot be read.
    """
    items = {
        p.path: Item(p.path, (Labelled(p.character, p.known, _corners(p.box)),), p.split, p.scene)
        for p in list_pictures(folder).pictures
    }
    if (folder / HEADS_NAME).is_file():
        for annotated in read_head_table(folder / HEADS_NAME):
            listed = items.get(annotated.path, Item(annotated.path, ()))
            others = {label.character for label in listed.labels if not label.known}
            heads = (
                Labelled(h.character, h.character not in others, (h.x_min, h.y_min, h.x_max, h.y_max))
                for h in annotated.heads
            )
            items[annotated.path] = Item(annotated.path, tuple(heads), listed.split, listed.scene)
    return list(items.values())


def read_annotation_txt(file: Path) -> list[Item]:
    """Read lines `path,x1,y1,x2,y2,character`; the corners are two mouse clicks in any order.

    Raises:
        DataError: The file cannot be read or a line is invalid; the message names the line.
    """
    try:
        text = read_bounded(file, max_bytes=MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{file}: {clause_of(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8; save it again") from error
    found: dict[Path, list[Labelled]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            name, *corners, character = line.rsplit(",", 5)
            label = labelled(character, map(int, corners))
            if not (name and label.character and label.box):
                raise ValueError
        except (ValueError, OverflowError) as error:
            raise DataError(
                f"{file}, line {number}: not path,x1,y1,x2,y2,character; fix or remove the line"
            ) from error
        found.setdefault(picture_at(file.parent, name), []).append(label)
    return [Item(path, tuple(labels)) for path, labels in found.items()]


def _corners(box: Box | None) -> tuple[float, float, float, float] | None:
    return None if box is None else (box.x_min, box.y_min, box.x_max, box.y_max)
