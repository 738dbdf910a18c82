"""Write a data set in any format."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from simpsons_play.core.errors import DataError, SinkError
from simpsons_play.core.escaping import csv_row, file_name
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.names import slug
from simpsons_play.sinks.partial import make_folder
from simpsons_training.dataset import read_picture, split_listing
from simpsons_training.detection.head_table import TABLE_NAME as HEADS_NAME
from simpsons_training.formats import boxed
from simpsons_training.formats.config import ConvertConfig, Format
from simpsons_training.formats.items import Item, Labelled
from simpsons_training.formats.label_studio import write_label_studio
from simpsons_training.listing import Listing
from simpsons_training.table import OTHERS, TABLE_NAME, Picture

_HEADS = "heads"
"""Folder of pictures with several characters."""

_SIDES = ("x_min", "y_min", "x_max", "y_max")


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        pictures: Number of pictures.
        labels: Number of labels.
        left_out: Reason -> the pictures that were left out for it.
    """

    pictures: int
    labels: int
    left_out: dict[str, list[Path]]


def convert(
    items: Sequence[Item],
    output: Path,
    *,
    config: ConvertConfig,
    on_picture: Callable[[], object] = lambda: None,
) -> Converted:
    """Write a data set, which appears when it is complete.

    Pictures are left out if they are missing, cannot be read or have no label.

    Args:
        items: Pictures and their labels, from `read.read`.
        output: Folder to create; it may exist if it is empty.
        config: Formats and options.
        on_picture: Called for each picture.

    Raises:
        DataError: No picture is left, or the folder contains something.
        SinkError: The folder cannot be written.
    """
    if os.path.lexists(output) and not (output.is_dir() and not any(output.iterdir())):
        raise DataError(f"{output} exists already; give the name of a new folder")
    left_out: dict[str, list[Path]] = {}
    chosen = list(_usable(items, left_out, on_picture))
    if not chosen:
        reasons = [f"{len(paths):,} {reason}, such as {paths[0]}" for reason, paths in left_out.items()]
        raise DataError(f"there are no pictures to convert{': ' if reasons else ''}{'; '.join(reasons)}")
    chosen = _with_splits(chosen)
    with _new_folder(output) as folder:
        placed = list(_place(chosen, folder, config))
        if config.to == "folders":
            _write_folders(placed, folder, heads=config.heads)
        elif config.to == "label-studio":
            write_label_studio(placed, folder, name=output.name, predictions=config.predictions)
        else:
            write = {"coco": boxed.write_coco, "yolo": boxed.write_yolo, "voc": boxed.write_voc}[config.to]
            write([_boxed(item) for item in placed], folder)
    return Converted(len(chosen), sum(len(item.labels) for item in chosen), left_out)


def _usable(
    items: Iterable[Item], left_out: dict[str, list[Path]], on_picture: Callable[[], object]
) -> Iterator[Item]:
    """Items that can be written, with their boxes inside the picture."""
    seen: set[Path] = set()
    for item in items:
        on_picture()
        reason = "missing"
        if os.path.isfile(item.path):
            if item.path.resolve() in seen:
                continue
            seen.add(item.path.resolve())
            try:
                height, width = read_picture(item.path).shape[:2]
            except DataError:
                reason = "not readable"
            else:
                named = [label for label in item.labels if label.character]
                inside = (label.within(width, height) for label in named)
                if labels := tuple(label for label in inside if label is not None):
                    yield replace(item, labels=labels)
                    continue
                reason = "outside of the picture" if named else "without a label"
        left_out.setdefault(reason, []).append(item.path)


def _with_splits(items: Sequence[Item]) -> list[Item]:
    """Draw the split of those that have none, by scenes."""
    pictures = [
        Picture(item.path, item.labels[0].character, item.labels[0].known, item.scene, item.split)
        for item in items
    ]
    if all(item.split for item in items):
        return list(items)
    defaults = ConvertConfig("folders")
    found = split_listing(
        Listing((), tuple(pictures)), split="given", val_share=defaults.val_share, seed=defaults.seed
    )
    return [replace(i, split=p.split, scene=p.scene) for i, p in zip(items, found.pictures, strict=True)]


@contextmanager
def _new_folder(output: Path) -> Iterator[Path]:
    """A temporary folder that gets its name at the end, and is removed after an error."""
    target = output.resolve()  # a link to an empty folder stays
    make_folder(target.parent)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise SinkError(f"{output} cannot be created: {clause_of(error)}; choose another folder") from error
    try:
        folder.chmod(0o755)
        yield folder
        if target.is_dir():
            target.rmdir()  # it is empty
        folder.rename(target)
    except OSError as error:
        raise SinkError(f"{output} cannot be written: {clause_of(error)}; choose another folder") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(items: Sequence[Item], folder: Path, config: ConvertConfig) -> Iterator[Item]:
    """Copy or link the pictures into the folder; yields the items with their new paths."""
    taken: set[Path] = set()
    for item in items:
        to = folder / _folder_of(item, config.to)
        to.mkdir(parents=True, exist_ok=True)
        stem = slug(item.path.stem, fallback="picture")
        if config.to != "folders":  # the names of labels there have no suffix, and must differ, too
            stem = slug(f"{item.labels[0].character}-{item.path.stem}", fallback="picture")
        path = to / f"{stem}{item.path.suffix.lower()}"
        number = 1
        while path.with_suffix("") in taken:
            number += 1
            path = to / f"{stem}-{number}{item.path.suffix.lower()}"
        taken.add(path.with_suffix(""))
        if config.link:
            os.link(item.path.resolve(), path)
        else:
            shutil.copyfile(item.path, path)
        yield replace(item, path=path)


def _folder_of(item: Item, to: Format) -> Path:
    if to == "voc":
        return Path("JPEGImages")
    if to in ("coco", "yolo"):
        return Path("images") / item.split
    if to == "label-studio":
        return Path("images")
    if len(item.labels) > 1:
        return Path(_HEADS)
    label = item.labels[0]
    return Path("characters" if label.known else OTHERS) / file_name(label.character)


def _boxed(item: Item) -> Item:
    """The item with a box around the whole picture for labels without one."""
    height, width = read_picture(item.path).shape[:2]
    whole = (0.0, 0.0, float(width), float(height))
    return replace(item, labels=tuple(replace(label, box=label.box or whole) for label in item.labels))


def _write_folders(items: Sequence[Item], folder: Path, *, heads: bool) -> None:
    """Write `pictures.csv` of pictures with one character, and `heads.csv` of all others or of all heads."""
    picture_rows: list[tuple[object, ...]] = []
    head_rows: list[tuple[object, ...]] = []
    for item in items:
        file = item.path.relative_to(folder).as_posix()
        alone = len(item.labels) == 1
        if alone:
            label = item.labels[0]
            box = ("",) * 4 if heads or label.box is None else tuple(map(round, label.box))
            picture_rows.append((file, label.character, item.scene, item.split, *box))
        if heads or not alone:
            boxed_labels = (label for label in item.labels if label.box is not None)
            head_rows += [(file, label.character, *_numbers(label)) for label in boxed_labels]
    header = ("file", "character", "scene", "split", *_SIDES)
    _write_table(folder / TABLE_NAME, [header, *picture_rows])
    if head_rows:
        _write_table(folder / HEADS_NAME, [("file", "character", *_SIDES), *head_rows])


def _numbers(label: Labelled) -> list[str]:
    return [f"{side:g}" for side in label.box or ()]


def _write_table(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    path.write_text("".join(csv_row(*row, line_end="\r\n") for row in rows), encoding="utf-8", newline="")
