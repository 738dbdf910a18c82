"""Read weights from a file of PyTorch before version 1.6, without PyTorch.

The layout is that of `torch.serialization._legacy_save`: a magic number, a protocol version and the system's
sizes, each pickled; the pickled dictionary, whose tensors refer to storages by key; the pickled list of keys;
then the number of values and the values of each key.
"""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from functools import reduce
from operator import mul
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import clause_of, guarded

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def read_torch_file(path: str | Path) -> dict[str, npt.NDArray[Any]]:
    """Read the tensors of a state dictionary: name -> array of the same shape.

    Only the types of such a dictionary are unpickled, so that no code in the file runs.

    Raises:
        ModelError: The file cannot be read or has another layout.
    """
    what = f"{path} is not a PyTorch file in the legacy format"
    try:
        with guarded(ModelError, what), open(path, "rb") as file:
            storages: dict[str, _Storage] = {}
            magic, _version, _sizes, tensors, keys = (_Reader(file, storages).load() for _ in range(5))
            if magic != _MAGIC:
                raise ModelError(what)
            for key in keys:
                storages[key].read(file)
            return {str(name): tensor() for name, tensor in tensors.items()}
    except ModelError as error:
        if isinstance(error.__cause__, OSError):
            raise ModelError(f"{path}: {clause_of(error.__cause__)}") from error
        raise


class _Storage:
    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self.values: npt.NDArray[Any] = np.empty(0, dtype)

    def read(self, file: IO[bytes]) -> None:
        (count,) = np.frombuffer(file.read(8), "<i8")
        left = os.fstat(file.fileno()).st_size - file.tell()
        if not 0 <= count * self._dtype.itemsize <= left:
            raise ValueError("a storage is longer than the file")
        self.values = np.frombuffer(file.read(int(count) * self._dtype.itemsize), self._dtype)


class _Reader(pickle.Unpickler):
    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in weights")

    def persistent_load(self, pid: Any) -> _Storage:
        _, dtype, key = pid[:3]
        return self._storages.setdefault(key, _Storage(dtype))


def _tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> Callable[[], npt.NDArray[Any]]:
    """Return a function that builds the tensor once its storage has been read."""

    def rebuild() -> npt.NDArray[Any]:
        values = storage.values[offset:]
        # `as_strided` does not check bounds: beyond the storage is other memory of this process.
        if offset < 0 or len(shape) != len(strides) or min((*shape, *strides), default=0) < 0:
            raise ValueError("a tensor has an invalid shape")
        last = sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
        count = reduce(mul, shape, 1)
        if count > len(values) or (count and last >= len(values)):
            raise ValueError("a tensor is larger than its storage")
        steps = tuple(step * values.itemsize for step in strides)
        return np.array(np.lib.stride_tricks.as_strided(values, shape, steps))

    return rebuild
