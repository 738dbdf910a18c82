"""The files that an ONNX model consists of: itself, and those beside it that hold weights for it.

The player needs no `onnx` package: only the few messages of `onnx.proto` that lead to tensors are read here,
with what the protobuf encoding says of their fields (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import format_size

MOST_BYTES = 1 << 31
"""Of the model itself; protobuf allows no more."""

_MOST_DATA_BYTES = 1 << 34
"""Of a file with weights; networks for pictures have some hundred MB."""

_KERAS = (".keras", ".h5", ".hdf5")
_MOST_FIELDS = 5_000_000
_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
"""Messages by the numbers of the fields that lead to them; `entry` is what `external_data` holds."""


def read_model(path: Path) -> bytes:
    """The contents of an .onnx file.

    Raises:
        ModelError: it cannot be read, or is larger than `MOST_BYTES`.
    """
    try:
        if not path.is_file() and path.exists():
            raise ModelError(f"model {path} is no file; leave --model out for the one that is shipped")
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"{path} is larger than {MOST_BYTES >> 30} GiB, which no ONNX model is")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(f"model {path}: {reason}; leave --model out for the one that is shipped") from error


def data_files(path: Path, content: bytes) -> tuple[Path, ...]:
    """The files with weights that a model names, in the order in which it does.

    Args:
        path: of the model, beside which they lie.
        content: of the model.

    Raises:
        ModelError: one is not there, is no file or too large, or lies outside the folder of the model.
    """
    found = []
    for name in dict.fromkeys(_locations(path, content)):
        if not name:
            raise ModelError(f"{path} keeps weights in a file without a name; export it again")
        file = path.parent / name
        inside = not (file == Path(name) and file.is_absolute()) and ".." not in PureWindowsPath(name).parts
        try:
            real = file.resolve()
            folders = (path.parent.resolve(), path.resolve().parent)
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"{path} keeps weights in {name!r}, which no file can be called") from error
        if not inside or not any(real.is_relative_to(folder) for folder in folders):
            raise ModelError(f"{path} keeps weights in {name!r}, outside its own folder; it is not loaded")
        if real.exists() and not real.is_file():
            raise ModelError(f"{path} keeps weights in {name!r}, which is no file; it is not loaded")
        if not real.is_file():
            raise ModelError(f"{path} keeps weights in {name!r}, which is not beside it; fetch it, too")
        if real.stat().st_size > _MOST_DATA_BYTES:
            most = format_size(_MOST_DATA_BYTES)
            raise ModelError(f"{path} keeps weights in {name!r}, which is larger than {most}")
        found.append(file)
    return tuple(found)


def model_files(path: Path) -> tuple[Path, ...]:
    """The model and its files with weights; a file of Keras holds its own.

    Raises:
        ModelError: as `read_model` and `data_files`.
    """
    if path.suffix.lower() in _KERAS:
        return (path,)
    return (path, *data_files(path, read_model(path)))


def model_sha256(path: Path) -> str:
    """The SHA-256 of a model as 64 hexadecimal digits; with weights beside it, of all its files in a row.

    Raises:
        ModelError: as `model_files`.
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for part in model_files(path):
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _locations(path: Path, content: bytes) -> Iterator[str]:
    """What tensors say of where their values are, wherever in the graph they stand."""
    waiting, fields = [("model", memoryview(content))], 0
    while waiting:
        kind, message = waiting.pop()
        location = {}
        for number, value in _fields(message):
            fields += 1
            if fields > _MOST_FIELDS:
                raise ModelError(f"{path} has more than {_MOST_FIELDS:,} parts; it is not loaded")
            if kind == "entry":
                location[number] = value
            elif number in _INSIDE[kind]:
                waiting.append((_INSIDE[kind][number], value))
        if bytes(location.get(1, b"")) == b"location" and 2 in location:
            yield bytes(location[2]).decode("utf-8", "replace")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields with contents of a message by their numbers; ends where it is damaged."""
    at, end = 0, len(message)
    while at < end:
        try:
            tag, at = _varint(message, at)
            kind = tag & 7
            if kind == 2:
                size, at = _varint(message, at)
                if at + size > end:
                    return
                yield tag >> 3, message[at : at + size]
                at += size
            elif kind == 0:
                _, at = _varint(message, at)
            else:
                at += {1: 8, 5: 4}.get(kind, 0)
        except IndexError:
            return


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128 or shift > 63:
            return value, at
