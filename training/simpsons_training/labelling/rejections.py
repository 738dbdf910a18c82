"""`rejected.csv`: proposals that a person has rejected, so that they are not proposed again."""

from __future__ import annotations

from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.geometry import Box
from simpsons_training.duplicates import Fingerprint, has_near_duplicate
from simpsons_training.labelling.lock import locked
from simpsons_training.labelling.picture_folder import SavedPicture
from simpsons_training.labelling.table_file import TableFile

TABLE_NAME = "rejected.csv"
_BOX = ("x_min", "y_min", "x_max", "y_max")
_COLUMNS = ("character", "episode", "time_s", "crop", *_BOX, "fingerprint")

Identity = tuple[str, str, str, Box | None]
"""Episode, time, crop and box: what tells a picture from all others, whatever name it has."""


def identity_of(picture: SavedPicture) -> Identity:
    """The identity of a picture."""
    time = "" if picture.time_s is None else f"{picture.time_s:.3f}"
    return picture.episode, time, picture.crop, picture.box


class Rejections:
    """The table `rejected.csv` in a folder of proposals.

    Args:
        folder: folder of the proposals; created by the first rejection.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._table = TableFile(folder / TABLE_NAME, _COLUMNS)
        self._looks: dict[str, list[Fingerprint]] = {}

    def read(self) -> set[Identity]:
        """Read the table, for `has`; returns the pictures in it.

        Raises:
            DataError: it cannot be read.
            SinkError: the folder cannot be locked.
        """
        found: set[Identity] = set()
        self._looks = {}
        if not self._folder.is_dir():
            return found
        with locked(self._folder):
            rows = self._table.read()
        with guarded(DataError, f"{self._table.path} cannot be read", "repair or remove it"):
            for row in rows:
                found.add(_row_identity(row))
                looks = Fingerprint.from_text(row["fingerprint"])
                self._looks.setdefault(row["character"], []).append(looks)
        return found

    def has(self, character: str, looks: Fingerprint) -> bool:
        """Whether this picture, or a near duplicate, was rejected under this name when the table was read."""
        return has_near_duplicate(looks, self._looks.get(character, []))

    def add(self, picture: SavedPicture, looks: Fingerprint) -> None:
        """Remember a rejected picture.

        Args:
            picture: the picture, under the rejected name.
            looks: its fingerprint.

        Raises:
            SinkError: it cannot be written.
        """
        episode, time, crop, box = identity_of(picture)
        row: dict[str, object] = {
            "character": picture.character,
            "episode": episode,
            "time_s": time,
            "crop": crop,
            "fingerprint": looks.to_text(),
        }
        if box is not None:
            row |= dict(zip(_BOX, (box.x_min, box.y_min, box.x_max, box.y_max), strict=True))
        with locked(self._folder):
            self._table.append(row)

    def remove(self, picture: SavedPicture) -> None:
        """Forget a rejected picture.

        Raises:
            SinkError: it cannot be written.
        """
        identity = identity_of(picture)
        with locked(self._folder):
            self._table.remove(lambda row: _row_identity(row) == identity)


def _row_identity(row: dict[str, str]) -> Identity:
    box = Box(*(int(row[side]) for side in _BOX)) if row[_BOX[0]] else None
    return row["episode"], row["time_s"], row["crop"], box
