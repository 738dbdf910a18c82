"""Files of PyTorch: what they are and the way out, in one line, without opening a pickle."""

from __future__ import annotations

import pickle
import zipfile

import pytest

from simpsons_export.files import file_kind
from simpsons_play.core.errors import ExportError


class Trap:
    """Raises when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was opened')",))


def archive(path, *entries, pickled=b""):
    with zipfile.ZipFile(path, "w") as file:
        for name in entries:
            file.writestr(name, pickled if name.endswith("data.pkl") else b"")
    return path


CHECKPOINT = (
    "is a checkpoint of PyTorch, which is not opened, since it could run any code; load it in PyTorch"
)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt"])
def test_checkpoints_are_not_opened(tmp_path, suffix):
    trap = pickle.dumps(Trap())
    old = tmp_path / f"old{suffix}"
    old.write_bytes(trap)
    new = archive(tmp_path / f"new{suffix}", "new/data.pkl", "new/data/0", pickled=trap)
    for path in (old, new):
        with pytest.raises(ExportError) as raised:
            file_kind(path)
        assert str(raised.value) == (
            f"{path} {CHECKPOINT} and call torch.onnx.export(model.eval(), torch.zeros(1, 3, SIZE, SIZE), "
            f"'{path.stem}.onnx'): docs/export.md has the lines"
        )


@pytest.mark.parametrize(
    ("name", "entries", "pickled", "words"),
    [
        (
            "best.pt",
            ("best/data.pkl", "best/data/0"),
            b"cultralytics.nn.tasks\nDetectionModel\n",
            "is a network of Ultralytics; convert it with `yolo export model=best.pt format=onnx` and give "
            "best.onnx",
        ),
        (
            "traced.pt",
            ("traced/data.pkl", "traced/constants.pkl", "traced/code/__torch__.py"),
            b"",
            "is a TorchScript network; call torch.onnx.export(torch.jit.load('traced.pt').eval(), "
            "(torch.zeros(1, 3, SIZE, SIZE),), 'traced.onnx', dynamo=False)",
        ),
        (
            "net.pt2",
            ("net/models/model.json", "net/archive_format"),
            b"",
            "is a program of torch.export; call torch.onnx.export(torch.export.load('net.pt2'), "
            "f='net.onnx')",
        ),
    ],
)
def test_archives_are_told_apart_by_what_is_in_them(tmp_path, name, entries, pickled, words):
    with pytest.raises(ExportError) as raised:
        file_kind(archive(tmp_path / name, *entries, pickled=pickled))
    assert words in str(raised.value)


def test_safetensors_have_no_network(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes((2).to_bytes(8, "little") + b"{}")
    with pytest.raises(ExportError, match="holds weights without a network"):
        file_kind(path)


def test_files_of_keras_and_onnx_are_not_taken_for_pytorch(tmp_path):
    keras = archive(tmp_path / "net.keras", "config.json", "model.weights.h5")
    (tmp_path / "NET.ONNX").write_bytes(b"\x08\x08")
    assert (file_kind(keras), file_kind(tmp_path / "NET.ONNX")) == ("keras", "onnx")


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_damaged_archives_are_no_trace(tmp_path, suffix):
    path = archive(tmp_path / f"net{suffix}", "net/data.pkl", pickled=bytes(5000))
    path.write_bytes(path.read_bytes()[:40] + bytes(50) + path.read_bytes()[90:])
    with pytest.raises(ExportError):
        file_kind(path)
