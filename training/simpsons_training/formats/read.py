"""Read a data set of any format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.names import counted
from simpsons_training.detection.head_table import TABLE_NAME as HEADS_NAME
from simpsons_training.formats import boxed
from simpsons_training.formats.config import Format
from simpsons_training.formats.folders import ANNOTATION_NAME, read_annotation_txt, read_folders
from simpsons_training.formats.items import Item, files_in
from simpsons_training.formats.label_studio import TASKS_NAME, read_label_studio
from simpsons_training.table import TABLE_NAME

_READERS: dict[Format, Callable[[Path], list[Item]]] = {
    "folders": read_folders,
    "annotation-txt": read_annotation_txt,
    "coco": boxed.read_coco,
    "yolo": boxed.read_yolo,
    "voc": boxed.read_voc,
    "label-studio": read_label_studio,
}
_OF_SUFFIX: dict[str, Format] = {".txt": "annotation-txt", ".yaml": "yolo", ".yml": "yolo"}
_SINGLE_FILES: dict[Format, str] = {"annotation-txt": ANNOTATION_NAME, "label-studio": TASKS_NAME}
_FILES = "give a folder, an annotation.txt, a data.yaml or a .json file"


def read(source: Path, source_format: Format | None = None) -> list[Item]:
    """Read a data set.

    Args:
        source: File or folder.
        source_format: Its format; None to find it out.

    Raises:
        DataError: It cannot be read, its format is not clear, or it has no pictures.
    """
    if not source.exists():
        raise DataError(f"{source}: no such file or folder; check the spelling")
    found = source_format or detect(source)
    if found is None:
        remedy = "give the folder that contains the folders of the characters" if source.is_dir() else _FILES
        raise DataError(f"{source} is no data set of a known format; {remedy}")
    file = _file_in(source, found) if source.is_dir() and found in _SINGLE_FILES else source
    items = _READERS[found](file)
    if not items:
        raise DataError(f"{source} contains no pictures in the format {found}; check the folder and --from")
    return items


def detect(source: Path) -> Format | None:
    """Find out the format of a file or folder; None if it is not clear."""
    if source.is_file():
        if source.suffix.lower() == ".json":
            return "coco" if boxed.is_coco(source) else "label-studio"
        return _OF_SUFFIX.get(source.suffix.lower())
    if any((source / name).exists() for name in (TABLE_NAME, HEADS_NAME)):
        return "folders"
    if boxed.yolo_names(source):
        return "yolo"
    if (source / ANNOTATION_NAME).is_file():
        return "annotation-txt"
    if (source / "characters").is_dir():
        return "folders"
    if jsons := files_in(source, ".json"):
        return "coco" if any(map(boxed.is_coco, jsons)) else "label-studio"
    if files_in(source, ".xml"):
        return "voc"
    return "folders" if read_folders(source) else None


def _file_in(folder: Path, source_format: Format) -> Path:
    file = folder / _SINGLE_FILES[source_format]
    files = [file] if file.is_file() else sorted(folder.glob(f"*{file.suffix}"))
    if len(files) != 1:
        raise DataError(f"{folder} has {counted(len(files), f'{file.suffix} file')}; give one of them")
    return files[0]
