"""Files that are no Keras network are named, with what to give instead."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest

from simpsons_export.files import HDF5, KERAS, SAVED_MODEL, file_kind
from simpsons_play.core.errors import ExportError

SAFETENSORS = (
    (80).to_bytes(8, "little")
    + b'{"conv.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    + bytes(8)
)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "m.tflite",
            b"\x1c\x00\x00\x00TFL3" + bytes(64),
            r"is a network for TensorFlow Lite; export the network .* SavedModel",
        ),
        ("m.safetensors", SAFETENSORS, r"weights without a network \(safetensors\); .*torch\.onnx\.export"),
        ("m.pt", pickle.dumps({"a": 1}), r"is a checkpoint of PyTorch.*; .*torch\.onnx\.export"),
        (
            "m.pkl",
            pickle.dumps({"a": 1}),
            r"is a Python pickle, which is not opened.*model\.export\('FOLDER'\)",
        ),
        ("m.h5", pickle.dumps([1], protocol=4), "is a Python pickle, which is not opened"),
        (
            "frozen.pb",
            b"\x0a\x20\x0a\x05input\x12\x0bPlaceholder",
            "is a frozen graph of TensorFlow; export the network",
        ),
        (
            "model.json",
            b'{"class_name": "Model"}',
            "is JSON; .* give the weights file as MODEL, and the JSON with --network",
        ),
        ("m.keras", b"<!DOCTYPE html>\n<html>", "is a web page; download the file itself"),
        (
            "m.h5",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "is a Git LFS pointer.*git lfs pull",
        ),
        ("m.tar.gz", b"\x1f\x8b\x08\x00" + bytes(20), "is a gzip archive; unpack it"),
        (
            "model.ckpt.index",
            bytes(40),
            "is part of a TensorFlow checkpoint, which has weights but no layers",
        ),
        ("model.ckpt.data-00000-of-00001", bytes(40), "is part of a TensorFlow checkpoint"),
        ("checkpoint", b'model_checkpoint_path: "model.ckpt"', "is part of a TensorFlow checkpoint"),
        ("m.keras", b"anything", "is not a Keras file, or is incomplete; give a .keras"),
    ],
)
def test_files_of_other_formats_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ExportError, match=message) as caught:
        file_kind(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("archive/data.pkl", "is a checkpoint of PyTorch"),
        ("net/saved_model.pb", r"contains net/saved_model\.pb; unpack it, and give the network in it"),
        ("a/model.h5", r"contains a/model\.h5; unpack it"),
        ("notes.txt", "is a zip archive without a Keras network"),
    ],
)
def test_archives_of_other_kinds_are_named(tmp_path: Path, entry: str, message: str) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "x")
    with pytest.raises(ExportError, match=message):
        file_kind(path)


def test_folders_are_told_apart(tmp_path: Path) -> None:
    inner = tmp_path / "1"
    inner.mkdir()
    with pytest.raises(ExportError, match=r"is a folder without saved_model\.pb"):
        file_kind(tmp_path)
    (inner / "saved_model.pb").touch()
    assert file_kind(inner) == SAVED_MODEL
    with pytest.raises(ExportError, match=f"is a folder; give the SavedModel in it: {inner}"):
        file_kind(tmp_path)
    with pytest.raises(ExportError, match=f"is part of a SavedModel; give its folder: {inner}"):
        file_kind(inner / "saved_model.pb")
    (tmp_path / "best.h5").touch()
    with pytest.raises(ExportError, match=r"give the network in it: best\.h5"):
        file_kind(tmp_path)
    (tmp_path / "model.ckpt.index").touch()
    with pytest.raises(ExportError, match="contains a TensorFlow checkpoint"):
        file_kind(tmp_path)


def test_keras_files_are_recognised_whatever_their_name(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert file_kind(tmp_path / "weights") == HDF5
    with zipfile.ZipFile(tmp_path / "net.zip", "w") as archive:
        archive.writestr("config.json", "{}")
    assert file_kind(tmp_path / "net.zip") == KERAS
