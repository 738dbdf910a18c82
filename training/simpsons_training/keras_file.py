"""Read untrusted Keras files within size limits: the model card and the network."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import clause_of, format_size, guarded, read_entry
from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard
from simpsons_training.hdf5 import MAX_BYTES, check_hdf5

_MAX_CARD_BYTES = 1 << 20


def read_card(path: Path) -> ModelCard | None:
    """Read the model card of a `.keras` file; None if it has none.

    Raises:
        ModelError: The file is missing or broken, or its card is invalid; the message has no remedy.
    """
    try:
        with guarded(ModelError, f"{path} is not a readable Keras file"):
            with zipfile.ZipFile(path) as archive:
                if KERAS_ENTRY not in archive.namelist():
                    return None
                text = read_entry(archive, KERAS_ENTRY, max_bytes=_MAX_CARD_BYTES).decode("utf-8")
    except ModelError as error:
        if isinstance(error.__cause__, OSError):
            raise ModelError(f"model {path}: {clause_of(error.__cause__)}") from error
        raise
    try:
        return ModelCard.from_json(text)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def load_keras(path: Path, *, compile: bool = False) -> Any:
    """Load a `keras.Model` from a `.keras` or HDF5 file.

    Args:
        path: Path of the file.
        compile: Also restore the optimiser and loss.

    Raises:
        ModelError: The file cannot be loaded or unpacks to more than `MAX_BYTES`; the message has no remedy.
    """
    import keras  # imported here, since reading a card does not need it

    with guarded(ModelError, f"Keras cannot load {path}"):
        check_keras_file(path)
        return keras.saving.load_model(path, compile=compile)


def check_keras_file(path: Path) -> None:
    """Read a `.keras` or HDF5 file within size limits; see `hdf5.check_hdf5`.

    Raises:
        ValueError: It cannot be read within these limits, or refers to other files.
        OSError: The file does not exist.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ValueError(f"it unpacks to more than {format_size(MAX_BYTES)}")
    check_hdf5(path)
