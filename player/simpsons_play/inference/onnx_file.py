"""The files of an ONNX model: the model itself and its external weights.

The player does not need the `onnx` package: this module decodes the few messages of `onnx.proto` that lead to
tensors (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import clause_of, format_size

MAX_BYTES = 1 << 31
"""Size limit of the model itself, which is that of protobuf."""

_MAX_WEIGHTS_BYTES = 1 << 34
"""Size limit of a weights file; image models have some hundred MB."""

_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
_MAX_FIELDS = 5_000_000
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
"""Message -> field number -> message in that field; `entry` is an entry of `external_data`."""


def read_model(path: Path) -> bytes:
    """Read an .onnx file.

    Raises:
        ModelError: it is no ONNX file by its name, cannot be read, or is larger than `MAX_BYTES`.
    """
    try:
        if path.is_dir():
            raise ModelError(f"model {path} is a folder; {_remedy(path)}")
        if path.suffix.lower() in _KERAS_SUFFIXES and path.is_file():
            raise ModelError(
                f"model {path} is a Keras file; convert it with `simpsons export {path}` and give the result"
            )
        if not path.is_file() and path.exists():
            raise ModelError(f"model {path} is not a file; {_remedy(path)}")
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path} is larger than {MAX_BYTES >> 30} GiB, the limit of ONNX models")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = clause_of(error) if isinstance(error, OSError) else str(error)
        raise ModelError(f"model {path}: {reason}; leave it out to use the included model") from error


def _remedy(path: Path) -> str:
    """What to give instead of something else than a file, such as the folder of a training."""
    if (path / "last.onnx").is_file():
        return f"give {path / 'last.onnx'}"
    if (path / "last.keras").is_file():
        return (
            f"export its network with `simpsons export {path / 'last.keras'}`, and give {path / 'last.onnx'}"
        )
    return "give an .onnx file, or leave it out to use the included model"


def weights_files(path: Path, content: bytes) -> tuple[Path, ...]:
    """The external weights files that a model refers to, in order of the references.

    Args:
        path: path of the model; its weights files must be in the same folder.
        content: content of the model.

    Raises:
        ModelError: a weights file is missing, is not a regular file, is too large, or is outside the folder.
    """
    found = []
    for name in dict.fromkeys(_locations(path, content)):
        if not name:
            raise ModelError(f"{path} stores weights in a file without a name; export it again")
        file = path.parent / name
        inside = not (file == Path(name) and file.is_absolute()) and ".." not in PureWindowsPath(name).parts
        try:
            real = file.resolve()
            folders = (path.parent.resolve(), path.resolve().parent)
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"{path} stores weights in {name!r}, which is not a valid file name") from error
        if not inside or not any(real.is_relative_to(folder) for folder in folders):
            raise ModelError(f"{path} stores weights in {name!r}, outside its own folder; it is not loaded")
        if real.exists() and not real.is_file():
            raise ModelError(f"{path} stores weights in {name!r}, which is not a file; it is not loaded")
        if not real.is_file():
            raise ModelError(f"{path} stores weights in {name!r}, which is missing; put it next to the model")
        if real.stat().st_size > _MAX_WEIGHTS_BYTES:
            limit = format_size(_MAX_WEIGHTS_BYTES)
            raise ModelError(f"{path} stores weights in {name!r}, which is larger than {limit}")
        found.append(file)
    return tuple(found)


def model_files(path: Path) -> tuple[Path, ...]:
    """The model and its weights files; a Keras file contains its weights.

    Raises:
        ModelError: as `read_model` and `weights_files`.
    """
    if path.suffix.lower() in _KERAS_SUFFIXES:
        return (path,)
    return (path, *weights_files(path, read_model(path)))


def model_sha256(path: Path) -> str:
    """The SHA-256 of a model as 64 hexadecimal digits; with external weights, of all its files concatenated.

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
    """The locations of external tensors anywhere in the model."""
    pending, fields = [("model", memoryview(content))], 0
    while pending:
        kind, message = pending.pop()
        location = {}
        for number, value in _fields(message):
            fields += 1
            if fields > _MAX_FIELDS:
                raise ModelError(f"{path} has more than {_MAX_FIELDS:,} fields; it is not loaded")
            if kind == "entry":
                location[number] = value
            elif number in _CHILDREN[kind]:
                pending.append((_CHILDREN[kind][number], value))
        if bytes(location.get(1, b"")) == b"location" and 2 in location:
            yield bytes(location[2]).decode("utf-8", "replace")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The numbers and contents of the length-delimited fields of a message; stops where it is damaged."""
    at, end = 0, len(message)
    while at < end:
        try:
            tag, at = _varint(message, at)
            wire_type = tag & 7
            if wire_type == 2:
                size, at = _varint(message, at)
                if at + size > end:
                    return
                yield tag >> 3, message[at : at + size]
                at += size
            elif wire_type == 0:
                _, at = _varint(message, at)
            else:
                at += {1: 8, 5: 4}.get(wire_type, 0)
        except IndexError:
            return


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Decode a variable-length integer at a position; returns it and the position after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128 or shift > 63:
            return value, at
