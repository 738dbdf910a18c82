"""Recognise files of PyTorch, which cannot be exported, and say how to get an .onnx file. Opens no pickle."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

_SUFFIXES = (".pt", ".pth", ".ckpt", ".pt2", ".safetensors", ".bin")
_PICKLE_START = b"\x80"
_MAX_HEADER_BYTES = 100_000_000
"""Size limit of the header of safetensors: https://github.com/huggingface/safetensors#format."""

_MAX_READ_BYTES = 1 << 26
_DOCS = "docs/export.md has the lines"


def describe_pytorch(path: Path) -> str | None:
    """Say what a file of PyTorch is and what to do instead, as the rest of a sentence; None for other files.

    Args:
        path: An existing file.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(16)
    stem = path.stem
    if zipfile.is_zipfile(path):
        try:
            return _describe_archive(path, stem)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
            return _checkpoint(stem) if path.suffix.lower() in _SUFFIXES else None
    if _is_safetensors(start):
        return (
            "holds weights without a network (safetensors); load them in PyTorch and call "
            f"torch.onnx.export(model.eval(), torch.zeros(1, 3, SIZE, SIZE), '{stem}.onnx'): {_DOCS}"
        )
    if start[:1] == _PICKLE_START and path.suffix.lower() in _SUFFIXES:
        return _checkpoint(stem)
    return None


def _describe_archive(path: Path, stem: str) -> str | None:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.endswith("/constants.pkl") for name in names):
            return (
                "is a TorchScript network; call torch.onnx.export(torch.jit.load("
                f"{path.name!r}).eval(), (torch.zeros(1, 3, SIZE, SIZE),), '{stem}.onnx', dynamo=False) in "
                f"PyTorch: {_DOCS}"
            )
        if any("serialized_exported_program" in name or "/models/" in name for name in names) and (
            path.suffix == ".pt2"
        ):
            return (
                f"is a program of torch.export; call torch.onnx.export(torch.export.load({path.name!r}), "
                f"f='{stem}.onnx') in PyTorch: {_DOCS}"
            )
        pickled = next((name for name in names if name.endswith("data.pkl")), None)
        if pickled is None:
            return None
        with archive.open(pickled) as file:
            if b"ultralytics" in file.read(_MAX_READ_BYTES):
                return (
                    "is a network of Ultralytics; convert it with "
                    f"`yolo export model={path.name} format=onnx` and give {stem}.onnx"
                )
    return _checkpoint(stem)


def _checkpoint(stem: str) -> str:
    return (
        "is a checkpoint of PyTorch, which is not opened, since it could run any code; load it in PyTorch "
        f"and call torch.onnx.export(model.eval(), torch.zeros(1, 3, SIZE, SIZE), '{stem}.onnx'): {_DOCS}"
    )


def _is_safetensors(start: bytes) -> bool:
    """A length of eight bytes, then the header in JSON."""
    return start[8:9] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= _MAX_HEADER_BYTES
