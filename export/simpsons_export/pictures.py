"""The pictures over which an export is proven equal to its source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.errors import ExportError
from simpsons_play.preprocess import to_square
from simpsons_play.sources.images import EXTENSIONS, read_image
from simpsons_play.types import Image
from simpsons_training.table import TABLE_NAME, read_table

_MOST = 2000
"""More pictures would only take longer: what two runtimes do differently shows on the first few."""

_VARIABLE = "SIMPSONS_DATA"


@dataclass(frozen=True, slots=True, eq=False)
class ProofPictures:
    """Pictures as a network sees them.

    Attributes:
        images: (N, S, S, 3) uint8 BGR.
        origin: where they come from, as the end of "1,679 pictures ...", and how many could not be read.
    """

    images: Image
    origin: str


def proof_pictures(folder: Path | None, size_px: int) -> ProofPictures:
    """Read pictures of a folder, or make some.

    Of a folder with a `pictures.csv` (see `read_table`) its val pictures are read, else all pictures in it
    and below. More than 2,000 are thinned evenly. Those that cannot be read are passed over and counted.

    Args:
        folder: None takes the one that the environment variable SIMPSONS_DATA names, or made pictures.
        size_px: side of the pictures (S), in pixels.

    Raises:
        ExportError: no such folder, or no picture in it can be read.
        DataError: the table is broken.
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
    unreadable = len(chosen) - len(images)
    return ProofPictures(
        np.stack(images), f"of {folder}" + (f" ({unreadable:,} more cannot be read)" if unreadable else "")
    )


def _find(folder: Path) -> list[Path]:
    table = folder / TABLE_NAME
    if table.is_file() and (listed := [row.path for row in read_table(table) if row.split == "val"]):
        return listed
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS and p.is_file())


def _read(path: Path) -> Image | None:
    """(H, W, 3) uint8 BGR, as the player reads it; None where it cannot be read."""
    try:
        return read_image(path)
    except OSError:
        return None


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
