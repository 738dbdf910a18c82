"""COCO, YOLO and Pascal VOC, read and written by supervision's `DetectionDataset`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import supervision as sv
import yaml

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded, read_bounded
from simpsons_play.sources.endings import STILLS, is_hidden
from simpsons_training.dataset import read_picture
from simpsons_training.formats.items import Item, files_in, labelled, split_of
from simpsons_training.table import MAX_BYTES

YOLO_NAMES = ("data.yaml", "data.yml", "dataset.yaml")
_COCO_PREFIX = "instances_"
_IMAGE_SETS = Path("ImageSets/Main")


def read_coco(source: Path) -> list[Item]:
    """Read COCO: a JSON file, or a folder that contains some beside or above their pictures.

    Raises:
        DataError: A file cannot be read.
    """
    files = [source] if source.is_file() else [f for f in files_in(source, ".json") if is_coco(f)]
    return [item for file in files for item in _read_coco_file(file)]


def read_yolo(source: Path) -> list[Item]:
    """Read YOLO: a folder with `data.yaml`, or that file; labels are in `labels/` or beside the pictures.

    Raises:
        DataError: A file cannot be read.
    """
    names = source if source.is_file() else yolo_names(source)
    if names is None:
        raise DataError(f"{source} has no {YOLO_NAMES[0]}, which names the classes of a YOLO data set")
    items: list[Item] = []
    for images in _picture_folders(names.parent):
        labels = _labels_folder(images, names.parent)
        with guarded(DataError, f"{images} is not a readable YOLO data set", "fix it; classes count from 0"):
            items += _items_of(
                images,
                partial(
                    sv.DetectionDataset.from_yolo,
                    annotations_directory_path=str(labels),
                    data_yaml_path=str(names),
                ),
                where=images.relative_to(names.parent),
            )
    return items


def read_voc(source: Path) -> list[Item]:
    """Read Pascal VOC: a folder with XML files in `Annotations/` or beside the pictures.

    Raises:
        DataError: A file cannot be read.
    """
    items: list[Item] = []
    for folder in sorted({file.parent for file in files_in(source, ".xml")}):
        images = next(
            (f for f in (folder.parent / "JPEGImages", folder.parent / "images") if f.is_dir()), folder
        )
        with guarded(DataError, f"{folder} is not a readable Pascal VOC data set", "fix or remove that file"):
            found = _items_of(
                images,
                partial(sv.DetectionDataset.from_pascal_voc, annotations_directory_path=str(folder)),
                where=folder.relative_to(source),
                splits=_image_sets(folder.parent),
            )
        missing = {file.stem for file in files_in(folder, ".xml")} - {item.path.stem for item in found}
        items += [*found, *(Item(images / f"{stem}.jpg", ()) for stem in sorted(missing))]
    return items


def is_coco(file: Path) -> bool:
    """Whether a JSON file is COCO, and not a list of tasks."""
    with guarded(DataError, f"{file} cannot be read", "fix or remove it"):
        content = json.loads(read_bounded(file, max_bytes=MAX_BYTES))
        return isinstance(content, dict) and "images" in content


def yolo_names(folder: Path) -> Path | None:
    """The file with the names of the classes in a folder; None if there is none."""
    return next((folder / name for name in YOLO_NAMES if (folder / name).is_file()), None)


def write_coco(items: Sequence[Item], folder: Path) -> None:
    """Write `annotations/instances_SPLIT.json` for pictures in `images/SPLIT/`."""
    (folder / "annotations").mkdir()
    image_id = annotation_id = 1
    for split, data in _datasets(items):
        path = folder / "annotations" / f"{_COCO_PREFIX}{split}.json"
        image_id, annotation_id = data.as_coco(
            annotations_path=str(path), starting_image_id=image_id, starting_annotation_id=annotation_id
        )


def write_yolo(items: Sequence[Item], folder: Path) -> None:
    """Write `data.yaml` and `labels/SPLIT/` for pictures in `images/SPLIT/`."""
    parts = {}
    for split, data in _datasets(items):
        labels = folder / "labels" / split
        labels.mkdir(parents=True)
        data.as_yolo(annotations_directory_path=str(labels))
        parts[split] = f"images/{split}"
    either = next(iter(parts.values()))  # trainers want both
    names = {"train": parts.get("train", either), "val": parts.get("val", either), "names": _classes(items)}
    with (folder / YOLO_NAMES[0]).open("w", encoding="utf-8") as file:
        yaml.safe_dump({"path": ".", **names}, file, sort_keys=False, allow_unicode=True)


def write_voc(items: Sequence[Item], folder: Path) -> None:
    """Write `Annotations/` and `ImageSets/Main/SPLIT.txt` for pictures in `JPEGImages/`."""
    sets = folder / _IMAGE_SETS
    sets.mkdir(parents=True)
    (folder / "Annotations").mkdir()
    for split, data in _datasets(items):
        data.as_pascal_voc(annotations_directory_path=str(folder / "Annotations"))
        lines = [f"{Path(path).stem}\n" for path in data.image_paths]
        (sets / f"{split}.txt").write_text("".join(lines), encoding="utf-8")


def _datasets(items: Sequence[Item]) -> Iterator[tuple[str, sv.DetectionDataset]]:
    """The data set of each split; every label has a box."""
    classes = _classes(items)
    for split in sorted({item.split for item in items}):
        chosen = {str(item.path): item for item in items if item.split == split}
        annotations = {
            path: sv.Detections(
                xyxy=np.array([label.box for label in item.labels], np.float32),
                class_id=np.array([classes.index(label.name) for label in item.labels], int),
            )
            for path, item in chosen.items()
        }
        yield split, sv.DetectionDataset(classes, list(chosen), annotations)


def _classes(items: Sequence[Item]) -> list[str]:
    return sorted({label.name for item in items for label in item.labels})


def _items_of(
    images: Path,
    load: Callable[[str], sv.DetectionDataset],
    *,
    where: Path,
    splits: dict[str, str] | None = None,
) -> list[Item]:
    """The pictures of a folder with their labels; unreadable ones have none: supervision would stop there.

    Args:
        images: Folder of the pictures.
        load: Reads the labels of a folder of blank pictures with the names and sizes of these.
        where: Path that may name the split.
        splits: Stem of a picture -> its split.
    """
    paths = [p for p in sorted(images.iterdir()) if p.suffix.lower() in STILLS and not is_hidden(p)]
    with tempfile.TemporaryDirectory() as blank:
        for path in paths:
            with suppress(DataError):
                size = read_picture(path).shape[:2]
                Path(blank, path.name).write_bytes(
                    cv2.imencode(".png", np.zeros(size, np.uint8))[1].tobytes()
                )
        try:
            found = {item.path.name: item for item in _items(load(blank), where, splits)}
        except ValueError as error:
            raise ValueError(str(error).replace(blank, str(images))) from error
    return [replace(found.get(path.name, Item(path, ())), path=path) for path in paths]


def _items(found: sv.DetectionDataset, where: Path, splits: dict[str, str] | None = None) -> Iterator[Item]:
    for name in found.image_paths:
        path, detections = Path(name), found.annotations[name]
        indices = detections.class_id.tolist() if len(detections) else ()
        boxes = zip(detections.xyxy.tolist(), indices, strict=True)
        labels = tuple(labelled(str(found.classes[index]), box) for box, index in boxes)
        yield Item(path, labels, (splits or {}).get(path.stem) or split_of(where))


def _read_coco_file(file: Path) -> Iterator[Item]:
    with guarded(DataError, f"{file} is not a readable COCO file", "fix or remove it"):
        content = json.loads(read_bounded(file, max_bytes=MAX_BYTES))
        for image in content["images"]:  # Windows separates folders by backslashes
            image["file_name"] = image["file_name"].replace("\\", "/")
        images = _coco_images(file, [image["file_name"] for image in content["images"]])
        there = [image for image in content["images"] if os.path.isfile(images / image["file_name"])]
        ids = {image["id"] for image in there}
        missing = [image["file_name"] for image in content["images"] if image["id"] not in ids]
        for image in there:
            if not (images / image["file_name"]).resolve().is_relative_to(images.resolve()):
                raise ValueError(f"{Path(image['file_name']).name} is outside of the folder {images.name}")
            if "width" not in image or "height" not in image:
                image["height"], image["width"] = read_picture(images / image["file_name"]).shape[:2]
        content["images"] = there
        content["annotations"] = [a for a in content.get("annotations", []) if a["image_id"] in ids]
        categories = {category["id"] for category in content["categories"]}
        if unknown := {a["category_id"] for a in content["annotations"]} - categories:
            raise ValueError(f"its categories lack {min(unknown)}, which annotations have")
        with tempfile.TemporaryDirectory() as folder:
            complete = Path(folder) / "complete.json"
            complete.write_text(json.dumps(content), encoding="utf-8")
            found = sv.DetectionDataset.from_coco(str(images), str(complete))
    yield from _items(found, Path(file.parent.name) / file.name)
    yield from (Item(images / name, ()) for name in missing)


def _coco_images(file: Path, names: Sequence[str]) -> Path:
    """The folder of a COCO file's pictures: the first that has one of them."""
    part, beside, above = file.stem.removeprefix(_COCO_PREFIX), file.parent, file.parent.parent
    places = (beside, beside / "images", above / "images" / part, above / part, above / "images", above)
    return next((p for name in names for p in places if os.path.isfile(p / name)), beside)


def _picture_folders(folder: Path) -> list[Path]:
    return sorted({path.parent for path in files_in(folder, *STILLS)})


def _labels_folder(images: Path, root: Path) -> Path:
    """The folder of YOLO labels: `labels` in place of `images`, or the folder of the pictures."""
    parts = ["labels" if part == "images" else part for part in images.relative_to(root).parts]
    labels = root.joinpath(*parts)
    return labels if labels.is_dir() else images


def _image_sets(folder: Path) -> dict[str, str]:
    """Stem of a picture -> its split."""
    sets = sorted((folder / _IMAGE_SETS).glob("*.txt"))
    return {
        line.strip(): split_of(Path(file.name))
        for file in sets
        for line in file.read_text(encoding="utf-8").splitlines()
        if split_of(Path(file.name))
    }
