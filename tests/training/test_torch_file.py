"""Files in the format of PyTorch before 1.6, made by hand, since PyTorch is not a dependency."""

import pickle
import struct
import sys
import types
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.errors import ModelError
from simpsons_training.torch_file import read_torch_file

MAGIC = 0x1950A86A20F9469CFC6C


class Storage:
    """Stand-in for a storage, pickled as a persistent id."""

    def __init__(self, key: str, values: np.ndarray) -> None:
        self.key, self.values = key, values


class Tensor:
    def __init__(self, storage: Storage, offset: int, shape: tuple, strides: tuple) -> None:
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.arguments


class Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, Storage):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", len(obj.values), None)
        return None


@pytest.fixture
def torch_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that such a file refers to, so that they can be pickled by reference."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def write(path: Path, tensors: dict[str, Tensor], storages: list[Storage]) -> Path:
    with path.open("wb") as file:
        for head in (MAGIC, 1001, {"little_endian": True}):
            pickle.dump(head, file, protocol=2)
        Pickler(file, protocol=2).dump(OrderedDict(tensors))
        pickle.dump([storage.key for storage in storages], file, protocol=2)
        for storage in storages:
            file.write(struct.pack("<q", len(storage.values)) + storage.values.astype("<f4").tobytes())
    return path


def test_tensors_are_read_with_shape_offset_and_strides(torch_names: None, tmp_path: Path) -> None:
    values = Storage("7", np.arange(12))
    path = write(
        tmp_path / "w.pth",
        {
            "whole": Tensor(values, 0, (3, 4), (4, 1)),
            "transposed": Tensor(values, 0, (4, 3), (1, 4)),
            "part": Tensor(values, 5, (2,), (1,)),
        },
        [values],
    )
    read = read_torch_file(path)
    assert list(read) == ["whole", "transposed", "part"]
    np.testing.assert_array_equal(read["whole"], np.arange(12).reshape(3, 4))
    np.testing.assert_array_equal(read["transposed"], np.arange(12).reshape(3, 4).T)
    np.testing.assert_array_equal(read["part"], [5, 6])
    assert read["whole"].dtype == np.float32


def test_code_in_a_file_does_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (tmp_path.joinpath("run").touch, ())

    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelError, match="legacy format"):
        read_torch_file(tmp_path / "evil.pth")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", pickle.dumps(3)])
def test_other_files_are_rejected(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(ModelError, match="legacy format"):
        read_torch_file(tmp_path / "x.pth")
    with pytest.raises(ModelError, match="no such file"):
        read_torch_file(tmp_path / "nowhere.pth")


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (1 << 40,), (0,)),
        (0, (3,), (1 << 20,)),
        (-1, (1,), (1,)),
        (0, (2,), (-1,)),
        (5, (2,), (1,)),
        (0, (2, 2), (2,)),
        (0, (-2,), (1,)),
        ("a", (1,), (1,)),
    ],
)
@pytest.mark.usefixtures("torch_names")
def test_tensors_beyond_their_storage_are_rejected(
    tmp_path: Path, offset: int, shape: tuple, strides: tuple
) -> None:
    storage = Storage("0", np.arange(6, dtype=np.float32))
    path = write(tmp_path / "w", {"x": Tensor(storage, offset, shape, strides)}, [storage])
    with pytest.raises(ModelError, match="is not a PyTorch file in the legacy format"):
        read_torch_file(path)


@pytest.mark.usefixtures("torch_names")
def test_storages_longer_than_the_file_are_rejected(tmp_path: Path) -> None:
    storage = Storage("0", np.arange(6, dtype=np.float32))
    path = write(tmp_path / "w", {"x": Tensor(storage, 0, (6,), (1,))}, [storage])
    content = path.read_bytes()
    for count in (1 << 60, 1 << 33, -1):
        path.write_bytes(content[:-32] + struct.pack("<q", count) + content[-24:])
        with pytest.raises(ModelError, match="longer than the file"):
            read_torch_file(path)
