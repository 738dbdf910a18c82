"""Files of Keras that may be anybody's: their card, and the network, within bounds."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

from simpsons_play.card import KERAS_ENTRY, ModelCard
from simpsons_play.errors import ModelError
from simpsons_play.foreign_files import guarded, read_entry, size_words

MOST_BYTES = 1 << 31
"""So much a file may unpack to: a few kilobytes of zip or HDF5 can say that they hold terabytes."""

_MOST_CARD_BYTES = 1 << 20
_WEIGHTS = ".h5"


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
                text = read_entry(archive, KERAS_ENTRY, most_bytes=_MOST_CARD_BYTES).decode("utf-8")
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


def refuse_large_hdf5(file: Path | IO[bytes]) -> None:
    """Raise ValueError where an HDF5 file holds more than `MOST_BYTES`, or leads to other files."""
    import h5py

    total, waiting, seen = 0, [], set()
    with h5py.File(file) as root:
        waiting.append(root)
        while waiting:
            group = waiting.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ValueError("it leads to other files")
                if isinstance(link, h5py.SoftLink):
                    continue
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen:
                    continue
                seen.add(address)
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                elif isinstance(item, h5py.Dataset):
                    if item.external or item.is_virtual:
                        raise ValueError("it leads to other files")
                    total += item.nbytes
                if total > MOST_BYTES:
                    raise ValueError(f"it unpacks to more than {size_words(MOST_BYTES)}")


def _refuse_bombs(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        refuse_large_hdf5(path)
        return
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
            raise ValueError(f"it unpacks to more than {size_words(MOST_BYTES)}")
        for entry in archive.infolist():
            if entry.filename.endswith(_WEIGHTS):
                with archive.open(entry) as weights:
                    refuse_large_hdf5(weights)
