"""Malicious Keras files are rejected before they use memory."""

import io
import json
import os
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.inference.model_card import KERAS_ENTRY
from simpsons_training import hdf5 as hdf5_file
from simpsons_training import keras_file
from simpsons_training.evaluation.predictor import read_card
from simpsons_training.hdf5 import check_hdf5, refuse_large_hdf5
from simpsons_training.keras_file import load_keras

weights = pytest.importorskip("simpsons_export.keras_files.weights")


def hdf5(path: Path, *, shape: tuple[int, ...] = (4, 4), **options: object) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"a"]
        group = file.create_group("a")
        group.attrs["weight_names"] = [b"w"]
        group.create_dataset("w", shape=shape, dtype="f4", **options)
    return path


def test_hdf5_that_is_too_large_or_refers_to_other_files_is_rejected(tmp_path: Path) -> None:
    refuse_large_hdf5(hdf5(tmp_path / "good.h5"))
    large = hdf5(tmp_path / "large.h5", shape=(1 << 20, 1 << 20), chunks=(1, 1 << 16), compression="gzip")
    assert large.stat().st_size < 1 << 20
    with pytest.raises(ValueError, match="unpacks to more than 2 GiB"):
        refuse_large_hdf5(large)
    with pytest.raises(ExportError, match=r"large\.h5 is damaged.*unpacks to more than 2 GiB"):
        weights.read_layers(large)
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "good.h5"), "/a/w")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout(shape=(4, 4), dtype="f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "good.h5"), "a/w", shape=(4, 4))
        file.create_virtual_dataset("x", layout)
    hdf5(tmp_path / "external.h5", external=[("/etc/passwd", 0, 64)])
    for name in ("link.h5", "virtual.h5", "external.h5"):
        with pytest.raises(ValueError, match="refers to other files"):
            refuse_large_hdf5(tmp_path / name)
        with pytest.raises(ModelError, match="refers to other files"):
            load_keras(tmp_path / name)


@pytest.mark.parametrize("attribute", [np.array([b"gone"]), np.array([b"\xff"]), np.array([1.5]), 3])
def test_damaged_weights_are_one_line_errors(tmp_path: Path, attribute: object) -> None:
    path = hdf5(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        file["a"].attrs["weight_names"] = attribute
    with pytest.raises(ExportError, match=r"w\.h5 is (damaged|incomplete)") as caught:
        weights.read_layers(path)
    assert "\n" not in str(caught.value)
    scalar = hdf5(tmp_path / "s.h5", shape=())
    with pytest.raises(ExportError, match="a single number"):
        weights.read_layers(scalar)
    scalar.write_bytes(path.read_bytes()[:600])
    with pytest.raises((ExportError, OSError)):
        weights.read_layers(scalar)


def test_archives_that_unpack_to_too_much_are_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, inner = tmp_path / "m.keras", io.BytesIO()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(1 << 16))
        with h5py.File(inner, "w") as file:
            file.create_dataset("w", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1, 1 << 16))
        archive.writestr("model.weights.h5", inner.getvalue())
        archive.writestr(KERAS_ENTRY, json.dumps({"x": "y" * (1 << 21)}))
    with pytest.raises(ModelError, match="unpacks to more than 2 GiB"):
        load_keras(path)
    with pytest.raises(ModelError, match="unpacks to more than 1 MiB"):
        read_card(path)
    monkeypatch.setattr(keras_file, "MAX_BYTES", 1 << 15)
    with pytest.raises(ModelError, match="unpacks to more than 32 KiB"):
        load_keras(path)


@pytest.mark.parametrize("card", [b"\xff", b"[" * 100_000, b"5", b'{"size_px": ' + b"9" * 5000 + b"}"])
def test_invalid_cards_are_one_line_errors(tmp_path: Path, card: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr(KERAS_ENTRY, card)
    with pytest.raises(ModelError, match=r"m\.keras.*; train or save it again") as caught:
        read_card(tmp_path / "m.keras")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("child", "why"),
    [
        ("while True: pass", "reading it takes more than 0.5 s"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "the HDF5 library crashes on it, so it is damaged",
        ),
    ],
)
def test_files_that_hang_or_crash_hdf5_are_one_line_errors(
    child: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = hdf5(tmp_path / "w.h5")
    check_hdf5(path)
    monkeypatch.setattr(hdf5_file, "_COMMAND", [sys.executable, "-c", child])
    monkeypatch.setattr(hdf5_file, "_TIMEOUT_S", 0.5 if "while" in child else 60.0)
    os.utime(path, ns=(1, 1))  # invalidates the cached result
    for read in (weights.read_layers, load_keras):
        with pytest.raises((ExportError, ModelError), match=why) as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_damaged_weights_are_found_before_keras_reads_them(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with h5py.File(inner, "w") as file:
        file.create_dataset("w", data=np.random.default_rng(0).random((64, 64)), compression="gzip")
    content = bytearray(inner.getvalue())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("model.weights.h5", bytes(content))
    with pytest.raises(ModelError, match=r"Keras cannot load .*m\.keras \(.+\)$"):
        load_keras(tmp_path / "m.keras")
