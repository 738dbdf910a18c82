"""Find the labels that come with a Keras network: in its file, or in a file next to it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_export.files import HDF5, KERAS, SAVED_MODEL, file_kind
from simpsons_play.core.foreign_files import read_bounded, read_entry

_KEYS = ("class_names", "classes", "labels", "class_indices", "label_names", "categories")
_FILES = tuple(f"{key}.{suffix}" for key in _KEYS for suffix in ("json", "txt"))
_MAX_BYTES = 1 << 20
_NUMBER = re.compile(r"(\d+)[\s:,]+(.*)")
"""A line of the `labels.txt` of Teachable Machine: `0 bart`."""


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """Labels that came with a network.

    Attributes:
        names: One name for each output, in order.
        where: One phrase on where they were found: `class_names in net.h5`.
    """

    names: tuple[str, ...]
    where: str


def find_labels(path: Path, outputs: int) -> FoundLabels | None:
    """Find as many labels as a network has outputs.

    In an HDF5 file, these are attributes and data sets named `class_names`, `classes`, `labels` or
    `class_indices`; in a `.keras` file, keys of its `metadata.json`, or files such as `labels.txt`; in a
    SavedModel, such files among its assets. Then come such files next to the network, which may begin with
    its name: `net_labels.txt`.

    Args:
        path: A network that Keras could read.
        outputs: Number of its outputs.

    Returns:
        The first that fit; None if there are none.
    """
    for value, where in _candidates(path):
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            names = parse_names(value)
            if len(names) == outputs:
                return FoundLabels(names, where)
    return None


def parse_names(value: Any) -> tuple[str, ...]:
    r"""Bring labels into a list of names.

    Args:
        value: Names; or names to indices, or indices to names; or the JSON of these, or lines of text.

    Raises:
        ValueError: It is something else.

    Example:
        >>> parse_names('{"homer": 1, "bart": 0}'), parse_names("0 bart\n1 homer\n")
        (('bart', 'homer'), ('bart', 'homer'))
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8-sig")
    if isinstance(value, str):
        return parse_names(json.loads(value) if value.lstrip()[:1] in ("[", "{") else _lines(value))
    if isinstance(value, dict):
        if all(isinstance(index, int) for index in value.values()):
            value = {index: name for name, index in value.items()}
        by_index = {int(index): name for index, name in value.items()}
        if sorted(by_index) != list(range(len(by_index))):
            raise ValueError("the indices are not 0, 1, 2 ...")
        value = [by_index[index] for index in range(len(by_index))]
    names = tuple(item.decode("utf-8") if isinstance(item, bytes) else item for item in value)
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError("not all are names")
    return tuple(name.strip() for name in names)


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [_NUMBER.fullmatch(line) for line in lines]
    if all(match and int(match[1]) == index for index, match in enumerate(numbered)):
        return [match[2] for match in numbered if match]
    return lines


def _candidates(path: Path) -> Iterator[tuple[Any, str]]:
    kind = file_kind(path)
    if kind == HDF5:
        yield from _in_hdf5(path)
    elif kind == KERAS:
        yield from _in_archive(path)
    elif kind == SAVED_MODEL:
        yield from _in_folder(path / "assets", "")
        yield from _in_folder(path / "assets.extra", "")
        yield from _in_folder(path, "")
    yield from _in_folder(path.parent, path.name.partition(".")[0])


def _in_hdf5(path: Path) -> Iterator[tuple[Any, str]]:
    import h5py

    with h5py.File(path) as file:
        for key in _KEYS:
            if key in file.attrs:
                value = file.attrs[key]
                yield (value.tolist() if hasattr(value, "tolist") else value), f"{key} in {path.name}"
            if isinstance(file.get(key), h5py.Dataset):
                yield file[key][()].tolist() if file[key].shape else file[key][()], f"{key} in {path.name}"


def _in_archive(path: Path) -> Iterator[tuple[Any, str]]:
    with zipfile.ZipFile(path) as archive:
        entries = {Path(entry).name: entry for entry in archive.namelist()}
        for name in ("metadata.json", *_FILES):
            if name not in entries:
                continue
            with suppress(ValueError):
                text = read_entry(archive, entries[name], max_bytes=_MAX_BYTES)
                yield from _in_text(text, name, f"in {path.name}")


def _in_folder(folder: Path, stem: str) -> Iterator[tuple[Any, str]]:
    names = [*(f"{stem}{separator}{name}" for name in _FILES for separator in "_-." if stem), *_FILES]
    for name in names:
        with suppress(OSError, ValueError):
            text = read_bounded(folder / name, max_bytes=_MAX_BYTES)
            yield from _in_text(text, name, f"in {folder.name}" if not stem else "next to it")


def _in_text(text: bytes, name: str, where: str) -> Iterator[tuple[Any, str]]:
    """Labels in a text or JSON file, which may also have them below a key."""
    if name.endswith(".json"):
        value = json.loads(text)
        if isinstance(value, dict):
            for key in _KEYS:
                if key in value:
                    yield value[key], f"{key} in {name} {where}"
        if name != "metadata.json":
            yield value, f"{name} {where}"
    else:
        yield text, f"{name} {where}"
