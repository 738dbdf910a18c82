"""The pictures over which an export is proven equal to its source."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.errors import ExportError
from simpsons_play.preprocess import to_square
from simpsons_play.types import Image

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_MOST = 2000
"""More pictures would only take longer: what two runtimes do differently shows on the first few."""

_VARIABLE = "SIMPSONS_DATA"


@dataclass(frozen=True, slots=True, eq=False)
class ProofPictures:
    """Pictures as a network sees them.

    Attributes:
        images: (N, S, S, 3) uint8 BGR.
        origin: where they come from, as the end of "1,679 pictures ...".
    """

    images: Image
    origin: str


def proof_pictures(folder: Path | None, size_px: int) -> ProofPictures:
    """Read pictures of a folder, or make some.

    Of a folder with a `pictures.csv` (columns `file`, `split`) its val pictures are read, else all pictures
    in it and below. More than 2,000 are thinned evenly.

    Args:
        folder: None takes the one that the environment variable SIMPSONS_DATA names, or made pictures.
        size_px: side of the pictures (S), in pixels.

    Raises:
        ExportError: no such folder, or no picture in it can be read.
    """
    if folder is None and os.environ.get(_VARIABLE):
        folder = Path(os.environ[_VARIABLE])
    if folder is None:
        return ProofPictures(_make(size_px), "made by code")
    if not folder.is_dir():
        raise ExportError(f"pictures {folder}: not a folder; give one with pictures, or leave --pictures out")
    paths = _find(folder)
    chosen = [paths[i * len(paths) // _MOST] for i in range(_MOST)] if len(paths) > _MOST else paths
    images = [to_square(image, size_px) for image in map(_read, chosen) if image is not None]
    if not images:
        raise ExportError(f"pictures {folder}: no picture in it can be read; give one with pictures")
    return ProofPictures(np.stack(images), f"of {folder}")


def _find(folder: Path) -> list[Path]:
    table = folder / "pictures.csv"
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            listed = [
                folder / row["file"]
                for row in csv.DictReader(file)
                if row.get("split") == "val" and row["file"]
            ]
        if listed:
            return listed
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _read(path: Path) -> Image | None:
    """(H, W, 3) uint8 BGR, or None; read by numpy, since OpenCV cannot open every file name on Windows."""
    try:
        packed = np.fromfile(path, np.uint8)
    except OSError:
        return None
    return cv2.imdecode(packed, cv2.IMREAD_COLOR) if packed.size else None  # type: ignore[return-value]


def _make(size_px: int) -> Image:
    """(N, S, S, 3) uint8 BGR: flat colours, gradients, blocks, noise, and our drawings if installed."""
    random = np.random.default_rng(0)
    return np.stack([*_plain(size_px, random), *_drawn(size_px, random)])


def _plain(size_px: int, random: np.random.Generator) -> Iterator[Image]:
    shape = (size_px, size_px, 3)
    ramp = np.linspace(0, 1, size_px)
    for colour in (np.zeros(3), np.full(3, 255), *255 * np.eye(3), *random.integers(0, 256, (11, 3))):
        yield np.broadcast_to(colour, shape).astype(np.uint8)
    for across in (ramp[None, :, None], ramp[:, None, None]):
        for _ in range(8):
            first, last = random.integers(0, 256, (2, 3))
            yield np.broadcast_to(first + (last - first) * across, shape).astype(np.uint8)
    for _ in range(16):
        blocks = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        yield cv2.resize(blocks, (size_px, size_px), interpolation=cv2.INTER_NEAREST)  # type: ignore[misc]
    for _ in range(32):
        yield random.integers(0, 256, shape, dtype=np.uint8)


def _drawn(size_px: int, random: np.random.Generator) -> Iterator[Image]:
    try:
        from simpsons_samples.drawings import CHARACTERS, random_picture
    except ImportError:
        return
    for name in (*CHARACTERS, None):
        for _ in range(4):
            yield random_picture(name, random, size_px)
