"""Files of Keras that may be anybody's: their card, and the network, within bounds."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import format_size, guarded, read_entry
from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard
from simpsons_training.hdf5 import MOST_BYTES, check_hdf5

_MOST_CARD_BYTES = 1 << 20


def read_card(path: Path) -> ModelCard | None:
    """The card inside a `.keras` file; None where it holds none.

    Raises:
        ModelError: the file is missing or broken, or its card is; the message has no remedy.
    """
    try:
        with guarded(ModelError, f"{path} is not a Keras file that can be read"):
            with zipfile.ZipFile(path) as archive:
                if KERAS_ENTRY not in archive.namelist():
                    return None
                text = read_entry(archive, KERAS_ENTRY, max_bytes=_MOST_CARD_BYTES).decode("utf-8")
    except ModelError as error:
        if isinstance(error.__cause__, OSError):
            raise ModelError(f"model {path}: {error.__cause__.strerror or error}") from error
        raise
    try:
        return ModelCard.from_json(text)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def load_keras(path: Path, *, compile: bool = False) -> Any:
    """A `keras.Model` from a `.keras` or HDF5 file.

    Args:
        path: of the file.
        compile: with its optimiser and loss.

    Raises:
        ModelError: it cannot be loaded, or unpacks to more than `MOST_BYTES`; the message has no remedy.
    """
    import keras  # only here: what a file says of itself is read without the seconds this takes

    with guarded(ModelError, f"{path}: Keras cannot load it"):
        _refuse_bombs(path)
        return keras.saving.load_model(path, compile=compile)


def _refuse_bombs(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise ValueError(f"it unpacks to more than {format_size(MOST_BYTES)}")
    check_hdf5(path)
