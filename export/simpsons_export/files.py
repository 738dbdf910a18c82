"""Telling Keras files apart before anything heavy is loaded."""

from __future__ import annotations

import zipfile
from pathlib import Path

from simpsons_play.core.errors import ExportError

KERAS = "keras"
HDF5 = "hdf5"

_WANTED = "give a .keras, .h5 or .hdf5 file of Keras"
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of a file: HDF5 File Format Specification 3.0, II.A."""


def kind_of(path: Path) -> str:
    """`keras` for a zip archive, `hdf5` for an HDF5 file.

    Raises:
        ExportError: the file is missing or is neither.
    """
    if path.is_dir():
        raise ExportError(f"{path} is a folder; {_WANTED}")
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5_SIGNATURE))
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror}; {_WANTED}") from error
    if start == _HDF5_SIGNATURE:
        return HDF5
    if zipfile.is_zipfile(path):
        return KERAS
    raise ExportError(f"{path} is not a Keras file, or is cut short; {_WANTED}")


def output_for(model_path: Path, output: Path | None) -> Path:
    """The .onnx file to write: `output`, or the one beside `model_path`.

    Raises:
        ExportError: it has another ending, its folder does not exist, or it is `model_path` itself.
    """
    output = output or model_path.with_suffix(".onnx")
    if output.suffix != ".onnx":
        raise ExportError(f"{output} must end in .onnx")
    if not output.parent.is_dir():
        raise ExportError(f"{output} cannot be written: {output.parent} is not a folder; make it first")
    if output.exists() and output.samefile(model_path):
        raise ExportError(f"{output} is the source; it would be overwritten, so give another name with -o")
    return output
