"""Which pictures a network was trained and validated on, so that they are recognised in any folder."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Self

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded, read_entry
from simpsons_play.inference.model_card import ModelCard
from simpsons_training import keras_file
from simpsons_training.storage import RunFolder, append_entry
from simpsons_training.table import Picture

_ENTRY = "simpsons_pictures.json"
"""Entry of a `.keras` file that contains the record."""

_MAX_BYTES = 1 << 28
_SIDES = ("train", "val")
_DIGITS = 16
"""64 bits: two of a million different pictures share a hash with a probability of 3e-8."""


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """The pictures of a training and their sides of the split.

    Attributes:
        sides: Hash of a picture's file, wherever it is -> `train` or `val`.
        complete: Whether these are all; False after fine-tuning a network without a record.
    """

    sides: Mapping[str, str]
    complete: bool = True

    @classmethod
    def of(cls, pictures: Iterable[Picture]) -> Self:
        """Record pictures that are split, without unreadable ones. A file on both sides was trained on."""
        sides: dict[str, str] = {}
        for picture in pictures:
            if key := _hash(picture.path):
                sides[key] = "train" if "train" in (picture.split, sides.get(key)) else picture.split
        return cls(sides)

    def join(self, earlier: PictureRecord | None) -> PictureRecord:
        """Add the pictures of an earlier training of the same network; None if they are unknown."""
        if earlier is None:
            return PictureRecord(self.sides, complete=False)
        train = {key: "train" for key, side in earlier.sides.items() if side == "train"}
        return PictureRecord({**earlier.sides, **self.sides, **train}, earlier.complete)

    def side_of(self, picture: Path) -> str | None:
        """`train` or `val`; None if the picture is not from the training."""
        return self.sides.get(_hash(picture))


def _hash(path: Path) -> str:
    """The first 64 bits of the SHA-256 of a file, in hexadecimal digits; empty if it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()[:_DIGITS]
    except OSError:
        return ""


def append_record(part: Path, record: PictureRecord) -> None:
    """Add the record to a `.keras` file that has none."""
    keys = {side: sorted(key for key, value in record.sides.items() if value == side) for side in _SIDES}
    append_entry(part, _ENTRY, json.dumps({**keys, "complete": record.complete}))


def find_record(model: Path, card: ModelCard) -> PictureRecord | None:
    """The record of a network: in its `.keras` file, or in one next to it that it was exported from.

    An exported network is recognised by the split on its card.

    Returns:
        None if there is none, as with networks of earlier versions, or if the file next to it is broken.

    Raises:
        ModelError: The `.keras` file is broken.
    """
    if model.suffix.lower() == ".keras":
        return read_record(model) if model.is_file() else None
    run = RunFolder(model.parent)
    for source in (model.with_suffix(".keras"), run.last, run.best):
        with suppress(ModelError):
            trained = keras_file.read_card(source) if source.is_file() else None
            if trained is not None and trained.split is not None and trained.split == card.split:
                return read_record(source)
    return None


def read_record(path: Path) -> PictureRecord | None:
    """Read the record of a `.keras` file; None if it has none.

    Raises:
        ModelError: The file or its record is broken.
    """
    with guarded(ModelError, f"{path} is not a readable Keras file", "train it again"):
        with zipfile.ZipFile(path) as archive:
            if _ENTRY not in archive.namelist():
                return None
            values = json.loads(read_entry(archive, _ENTRY, max_bytes=_MAX_BYTES))
        return PictureRecord(
            {str(key): side for side in _SIDES for key in values[side]}, bool(values["complete"])
        )
