"""Recognise files that are no Keras network, to say what they are and what to give instead."""

from __future__ import annotations

import zipfile
from pathlib import Path

EXPORT = "model.export('FOLDER') (tf.saved_model.save(model, 'FOLDER') before Keras 3)"
"""How a program saves a network with all its computations: as a SavedModel."""

EXPORT_ALONE = (
    "tf.saved_model.simple_save(keras.backend.get_session(), 'FOLDER', {'pictures': model.input}, "
    "{'probabilities': model.output})"
)
"""The same for the Keras before 2.4 that is not part of TensorFlow; it has neither of these functions."""

_LOAD_AND_EXPORT = f"load it in the program that made it, run {EXPORT}, and export FOLDER"
_ARCHIVE = "unpack it, and give the network in it"
_STARTS = (
    (b"version https://git-lfs", "is a Git LFS pointer, not the file itself", "run `git lfs pull`"),
    (b"\x1f\x8b", "is a gzip archive", _ARCHIVE),
    (b"7z\xbc\xaf", "is a 7z archive", _ARCHIVE),
    (b"Rar!", "is a RAR archive", _ARCHIVE),
    (b"\x93NUMPY", "is an array of NumPy", _LOAD_AND_EXPORT),
)
_TEXT_STARTS = (
    (b"<!doctype html", "is a web page", "download the file itself, as by the button Raw or Download"),
    (b"<html", "is a web page", "download the file itself, as by the button Raw or Download"),
    (
        b"{",
        "is JSON; an architecture has no weights",
        "give the weights file as MODEL, and the JSON with --network",
    ),
)
_CHECKPOINT = (
    "is part of a TensorFlow checkpoint, which has weights but no layers",
    "in the program that made it, load it into the network, run model.save('model.keras'), and export that",
)
_CHECKPOINT_SUFFIXES = (".index", ".ckpt", ".meta")


def describe_file(path: Path, start: bytes) -> tuple[str, str] | None:
    """Say what a file is, and how to get a network that can be exported.

    Args:
        path: Path of the file.
        start: Its first bytes, at least 64 if it has them.

    Returns:
        Two clauses, such as `is a web page` and `download the file itself`; None if it is unknown.
    """
    for signature, what, remedy in _STARTS:
        if start.startswith(signature):
            return what, remedy
    for signature, what, remedy in _TEXT_STARTS:
        if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(signature):
            return what, remedy
    if start[4:8] == b"TFL3":
        return "is a network for TensorFlow Lite", _export_instead("which it was converted from")
    if path.suffix in _CHECKPOINT_SUFFIXES or ".data-" in path.name or path.name == "checkpoint":
        return _CHECKPOINT
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return "is a Python pickle, which is not opened, since it can run any code", _LOAD_AND_EXPORT
    if path.suffix == ".pb":
        return _describe_graph(path)
    return None


def describe_archive(path: Path) -> tuple[str, str] | None:
    """Likewise for a zip archive; None if it may be a Keras file."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.namelist()
    if "config.json" in entries:
        return None
    inside = next(
        (entry for entry in entries if entry.endswith(("saved_model.pb", ".h5", ".hdf5", ".keras", ".onnx"))),
        None,
    )
    if inside is not None:
        return f"is an archive that contains {inside}", _ARCHIVE
    return "is a zip archive without a Keras network", "give a .keras file"


def describe_folder(path: Path) -> tuple[str, str]:
    """Likewise for a folder that is no SavedModel."""
    files = sorted(entry.name for entry in path.iterdir() if entry.is_file())
    if any(name.endswith(".index") for name in files):
        return "contains a TensorFlow checkpoint, which has weights but no layers", _CHECKPOINT[1]
    networks = [name for name in files if name.endswith((".keras", ".h5", ".hdf5"))]
    if networks:
        return "is a folder", f"give the network in it: {', '.join(networks[:4])}"
    inner = sorted(entry.parent for entry in path.glob("*/saved_model.pb"))
    if inner:
        return "is a folder", f"give the SavedModel in it: {inner[-1]}"
    return "is a folder without saved_model.pb", "give a SavedModel, or a .keras, .h5 or .hdf5 file of Keras"


def _describe_graph(path: Path) -> tuple[str, str]:
    if (path.parent / "saved_model.pb").is_file():
        return "is part of a SavedModel", f"give its folder: {path.absolute().parent}"
    return "is a frozen graph of TensorFlow", _export_instead("which it was frozen from")


def _export_instead(clause: str) -> str:
    return f"export the network {clause}, a .keras or .h5 file or a SavedModel"
