"""The pictures over which an export is proven equal to its source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.inference.preprocess import to_square
from simpsons_play.sources.endings import PICTURES
from simpsons_play.sources.images import read_image
from simpsons_training.table import TABLE_NAME, read_table

_MOST = 2000
"""More pictures would only take longer: what two runtimes do differently shows on the first few."""

_MOST_FRAMES = 300
"""Whole frames take longer, and in each many cells are compared."""

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


@dataclass(frozen=True, slots=True, eq=False)
class ProofFrames:
    """Frames as a detector sees them.

    Attributes:
        images: each (H, W, 3) uint8 BGR, of its own size.
        origin: where they come from, as the end of "300 frames ...", and how many could not be read.
    """

    images: tuple[Image, ...]
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
    chosen, folder = _chosen(folder, _MOST)
    if folder is None:
        return ProofPictures(_make(size_px), "made by code")
    images = [to_square(image, size_px) for image in map(_read, chosen) if image is not None]
    return ProofPictures(np.stack(_some(images, folder)), _origin(folder, len(chosen) - len(images)))


def proof_frames(folder: Path | None) -> ProofFrames:
    """Read pictures of a folder as they are, at most 300 of them, or draw some; else as `proof_pictures`."""
    chosen, folder = _chosen(folder, _MOST_FRAMES)
    if folder is None:
        return ProofFrames(tuple(_drawn_frames()), "drawn by code")
    images = [image for image in map(_read, chosen) if image is not None]
    return ProofFrames(tuple(_some(images, folder)), _origin(folder, len(chosen) - len(images)))


def _chosen(folder: Path | None, most: int) -> tuple[list[Path], Path | None]:
    """The files to read of a folder, thinned evenly, and which folder that is; None where there is none."""
    if folder is None and os.environ.get(_VARIABLE):
        folder = Path(os.environ[_VARIABLE])
    if folder is None:
        return [], None
    if not folder.is_dir():
        raise ExportError(f"pictures {folder}: not a folder; give one with pictures, or leave --pictures out")
    paths = _find(folder)
    return [paths[i * len(paths) // most] for i in range(most)] if len(paths) > most else paths, folder


def _some(images: list[Image], folder: Path) -> list[Image]:
    if not images:
        raise ExportError(f"pictures {folder}: no picture in it can be read; give one with pictures")
    return images


def _origin(folder: Path, unreadable: int) -> str:
    return f"of {folder}" + (f" ({unreadable:,} more cannot be read)" if unreadable else "")


def _find(folder: Path) -> list[Path]:
    table = folder / TABLE_NAME
    if table.is_file() and (listed := [row.path for row in read_table(table) if row.split == "val"]):
        return listed
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())


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


def _drawn_frames() -> Iterator[Image]:
    """Drawn people in frames of several sizes, and noise; (H, W, 3) uint8 BGR each."""
    from simpsons_samples.drawings import CHARACTERS, random_scene

    random = np.random.default_rng(0)
    for size in ((320, 240), (576, 432), (640, 360), (1280, 720), (200, 300), (90, 40)):
        for people in range(4):
            names = [CHARACTERS[random.integers(len(CHARACTERS))] for _ in range(people)]
            yield cv2.resize(random_scene(names, random)[0], size)  # type: ignore[misc]
        yield random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
