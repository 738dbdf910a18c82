"""Check input and output paths before importing TensorFlow."""

from __future__ import annotations

import zipfile
from pathlib import Path

from simpsons_export import other_formats
from simpsons_export.pytorch_file import describe_pytorch
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import clause_of

KERAS = "keras"
HDF5 = "hdf5"
ONNX = "onnx"
SAVED_MODEL = "saved_model"

SAVED_MODEL_FILE = "saved_model.pb"

_REMEDY = "give a .keras, .h5 or .hdf5 file of Keras, or an .onnx file"
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of an HDF5 file: HDF5 File Format Specification 3.0, II.A."""
_START_BYTES = 512


def file_kind(path: Path) -> str:
    """Return `keras` for a zip archive, `hdf5`, `onnx`, or `saved_model` for a folder with one.

    Raises:
        ExportError: The path does not exist, or is none of these; the message says what it is.
    """
    if path.is_dir():
        if (path / SAVED_MODEL_FILE).is_file():
            return SAVED_MODEL
        if (path / "last.keras").is_file():
            raise ExportError(f"{path} is the folder of a training; give {path / 'last.keras'}")
        raise _not_keras(path, other_formats.describe_folder(path))
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
        if (found_pytorch := describe_pytorch(path)) is not None:
            raise ExportError(f"{path} {found_pytorch}")
    except OSError as error:
        raise ExportError(f"{path}: {clause_of(error)}; {_REMEDY}") from error
    if start.startswith(_HDF5_SIGNATURE):
        return HDF5
    if zipfile.is_zipfile(path):
        found = other_formats.describe_archive(path)
        if found is None:
            return KERAS
        raise _not_keras(path, found)
    if path.suffix.lower() == ".onnx":
        return ONNX
    found = other_formats.describe_file(path, start)
    raise _not_keras(path, found or ("is not a Keras file, or is incomplete", _REMEDY))


def _not_keras(path: Path, found: tuple[str, str]) -> ExportError:
    what, remedy = found
    return ExportError(f"{path} {what}; {remedy}")


def output_for(model_path: Path, output: Path | None, *, int8: bool = False) -> Path:
    """Return the .onnx file to write: `output`, or one next to `model_path`.

    Its name ends in `.onnx`; in `.int8.onnx` in eight bits; in `.play.onnx` if `model_path` ends in `.onnx`.

    Raises:
        ExportError: It has another suffix, its folder does not exist, or it is `model_path` itself.
    """
    suffix = ".int8.onnx" if int8 else ".play.onnx" if model_path.suffix.lower() == ".onnx" else ".onnx"
    output = output or model_path.with_suffix(suffix)
    if output.suffix != ".onnx":
        raise ExportError(f"{output} must end in .onnx")
    if not output.parent.is_dir():
        raise ExportError(f"{output} cannot be written: {output.parent} is not a folder; create it first")
    if output.exists() and output.samefile(model_path):
        raise ExportError(f"{output} is the source and would be overwritten; give another name with -o")
    return output
