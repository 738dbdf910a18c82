"""A folder of labelled pictures that training reads; several processes may write to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import cv2

from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_training.labelling.label_folders import folder_of, label_of
from simpsons_training.labelling.lock import locked
from simpsons_training.labelling.picture_files import PictureFiles
from simpsons_training.labelling.table_file import TableFile
from simpsons_training.picture_folders import pictures_of
from simpsons_training.table import TABLE_NAME

Crop = Literal["full", "left", "right", "box"]
"""Part of the frame that a picture shows: all of it, a half, or a box around somebody."""

By = Literal["hand", "model"]
"""Who said who it is."""

_BOX = ("x_min", "y_min", "x_max", "y_max")
_COLUMNS = (
    *("file", "character", "scene", "split", *_BOX),
    *("episode", "time_s", "crop", "by", "probability"),
)
_QUALITY = 95
_VAL_SHARE = 8
"""One scene in this many is for validation."""


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """A picture in the folder, and its row in the table.

    Attributes:
        path: The picture file.
        character: Label of the character, or `NOBODY`.
        scene: Its scene; a scene is never on both sides of the split.
        split: `train` or `val`.
        box: Box of the character in pixels of the file, if it is known.
        episode: Episode that it is from; empty if unknown.
        time_s: Time of its frame in the episode, in seconds; None if unknown.
        crop: Part of the frame, see `Crop`; empty if unknown.
        by: Who said who it is, see `By`; empty if unknown.
        probability: What the model gave the label, 0-1; None if no model was asked.
    """

    path: Path
    character: str
    scene: str
    split: str
    box: Box | None = None
    episode: str = ""
    time_s: float | None = None
    crop: str = ""
    by: str = ""
    probability: float | None = None


class PictureFolder:
    """A data set that grows picture by picture: `CHARACTER/pic_0000.jpg`, and `pictures.csv` with their rows.

    `simpsons train` reads it. Nobody we know is in `others/nobody_we_know`. Whole scenes are for validation,
    one in eight, chosen by a hash of their names. No picture is ever overwritten, also if several processes
    save into the folder. A process that is killed leaves nothing behind: the next one finishes what it began.

    Args:
        folder: Created by the first `save`. A data set that already has a `pictures.csv` is continued.

    Raises:
        DataError: The folder has pictures but no table, or its table cannot be read.
        SinkError: The folder cannot be written to.

    Example:
        >>> import numpy as np
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as name:
        ...     pictures = PictureFolder(Path(name))
        ...     saved = pictures.save(
        ...         np.zeros((96, 128, 3), np.uint8), "Otto Mann",
        ...         episode="s01/e01.avi", time_s=62.5, crop="full", scene="e01-61.0", by="hand",
        ...     )
        ...     saved.path.relative_to(name).as_posix()
        'otto_mann/pic_0000.jpg'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._table = TableFile(folder / TABLE_NAME, _COLUMNS)
        self._files = PictureFiles(folder, self._table)
        if not folder.is_dir():
            return
        self.rows()
        if not self._table.path.exists() and pictures_of(folder).pictures:
            raise DataError(
                f"{folder} has pictures but no {TABLE_NAME}, and training would not find them any more "
                "beside a new table; choose another folder"
            )

    def save(
        self,
        image: Image | bytes,
        label: str,
        *,
        episode: str,
        time_s: float,
        crop: Crop,
        scene: str,
        by: By,
        box: Box | None = None,
        probability: float | None = None,
    ) -> SavedPicture:
        """Save a picture under a label.

        Args:
            image: The part of the frame to save: (H, W, 3) uint8 BGR, or the content of a JPEG file.
            label: A label or a name; `Otto Mann` is `otto_mann`, as is another spelling of a character that
                the folder has. `NOBODY` is for those who are not to be named.
            episode: Name of the episode.
            time_s: Time of the frame in the episode, in seconds.
            crop: Which part of the frame the image is.
            scene: Name of the scene; all pictures of a scene are on the same side of the split.
            by: Whether a person or a model gave the label.
            box: Box of the character in pixels of the image, if it is known.
            probability: What the model gave the label, 0-1.

        Raises:
            DataError: The label has no letters or digits.
            SinkError: The picture cannot be written; nothing of it is left.
        """
        data = image if isinstance(image, bytes) else _encoded(image)
        with self._changing():
            rows = self._table.read()
            character = label_of(label, {row["character"] for row in rows})
            folder = folder_of(character, ((row["character"], row["file"]) for row in rows))
            row: dict[str, object] = {
                "character": character,
                "scene": scene,
                "split": split_of(scene),
                "episode": episode,
                "time_s": f"{time_s:.3f}",
                "crop": crop,
                "by": by,
            }
            if box is not None:
                row |= dict(zip(_BOX, (box.x_min, box.y_min, box.x_max, box.y_max), strict=True))
            if probability is not None:
                row["probability"] = f"{probability:.4f}"
            row["file"] = self._files.add(data, folder, row)
        return _saved(self.folder, {column: str(row.get(column, "")) for column in _COLUMNS})

    def remove(self, *saved: SavedPicture) -> None:
        """Remove pictures and their rows; many at once take hardly longer than one.

        One that another process has removed is ignored, even if its file name is in use again.

        Raises:
            DataError: A picture is outside of the folder.
            SinkError: The folder cannot be written to; nothing has changed.
        """
        wanted = {self.file_of(picture): picture for picture in saved}
        with self._changing():
            rows = [_saved(self.folder, row) for row in self._table.read() if row["file"] in wanted]
            found = {self.file_of(row): row for row in rows}
            self._files.remove([f for f in wanted if f in found and _place(wanted[f]) == _place(found[f])])

    def file_of(self, saved: SavedPicture) -> str:
        """The file of a picture, relative to the folder.

        Raises:
            DataError: It is outside of the folder, as a table may say that somebody else wrote.
        """
        path = saved.path
        if not path.is_relative_to(self.folder) or ".." in path.relative_to(self.folder).parts:
            raise DataError(f"{path} is outside of {self.folder}; remove it by hand")
        return path.relative_to(self.folder).as_posix()

    def rows(self) -> list[SavedPicture]:
        """Read the table: the pictures of the folder, oldest first; none if it does not exist.

        Raises:
            DataError: The table cannot be read, or a cell is invalid.
            SinkError: The folder cannot be written to.
        """
        if not self.folder.is_dir():
            return []
        try:
            with self._changing():
                return [_saved(self.folder, row) for row in self._table.read()]
        except (KeyError, ValueError, OverflowError) as error:
            raise DataError(f"{self._table.path}: invalid row ({error}); repair or move it") from error

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock, and finish what a killed process began.

        Raises:
            SinkError: The folder cannot be written to.
        """
        with locked(self.folder):
            self._files.finish()
            yield


def _encoded(image: Image) -> bytes:
    return cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes()


def split_of(scene: str) -> str:
    """The side of the split that a scene is on, `train` or `val`: the same every time."""
    number = int.from_bytes(sha256(scene.encode("utf-8", "replace")).digest()[:4])
    return "val" if number % _VAL_SHARE == 0 else "train"


def _place(picture: SavedPicture) -> tuple[str, float | None, str]:
    """Where a picture is from."""
    return picture.episode, picture.time_s, picture.crop


def _saved(folder: Path, row: dict[str, str]) -> SavedPicture:
    """Parse a row.

    Raises:
        KeyError: A column is missing.
        ValueError: A number is invalid.
    """
    if not row["file"]:
        raise ValueError("file is empty")
    box = Box(*(round(float(row[corner])) for corner in _BOX)) if row[_BOX[0]] else None
    if box is not None and not (0 <= box.x_min < box.x_max and 0 <= box.y_min < box.y_max):
        raise ValueError("a box is empty or outside of its picture")
    return SavedPicture(
        folder / row["file"],
        row["character"],
        row["scene"],
        row["split"],
        box=box,
        episode=row["episode"],
        time_s=_number(row["time_s"]),
        crop=row["crop"],
        by=row["by"],
        probability=_number(row["probability"]),
    )


def _number(cell: str) -> float | None:
    if cell and not math.isfinite(float(cell)):
        raise ValueError(f"{cell} is not a number")
    return float(cell) if cell else None
