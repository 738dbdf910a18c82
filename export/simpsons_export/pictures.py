"""Pictures and frames for comparing an export with its source."""

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
from simpsons_play.sources.endings import STILLS
from simpsons_play.sources.images import read_image
from simpsons_training.formats.items import files_in
from simpsons_training.table import TABLE_NAME, read_table

_MAX_PICTURES = 2000
"""More pictures only take longer: differences between runtimes show on the first few."""

_MAX_FRAMES = 300
"""Fewer than pictures: frames take longer, and each has many cells to compare."""

_VARIABLE = "SIMPSONS_DATA"


@dataclass(frozen=True, slots=True, eq=False)
class ProofPictures:
    """Pictures at the input size of a classifier.

    Attributes:
        images: (N, S, S, 3) uint8 BGR.
        origin: Their origin, to complete "1,679 pictures ...", with the number of unreadable ones.
    """

    images: Image
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class ProofFrames:
    """Frames for a detector.

    Attributes:
        images: Frames (H, W, 3) uint8 BGR of different sizes.
        origin: Their origin, to complete "300 frames ...", with the number of unreadable ones.
    """

    images: tuple[Image, ...]
    origin: str


def proof_pictures(folder: Path | None, size_px: int) -> ProofPictures:
    """Read the pictures of a folder, or generate some.

    In a folder with a `pictures.csv` (see `read_table`), these are the validation pictures, otherwise all
    pictures in it and its sub-folders. At most 2,000 evenly spaced ones are read. Unreadable pictures are
    skipped and counted.

    Args:
        folder: Folder of the pictures; None takes that of the environment variable SIMPSONS_DATA, or
            generated pictures.
        size_px: Size of the pictures in pixels (S).

    Raises:
        ExportError: The folder does not exist, or no picture in it can be read.
        DataError: The table is invalid.
    """
    chosen, folder = _chosen(folder, _MAX_PICTURES)
    if folder is None:
        return ProofPictures(_generate(size_px), "generated")
    images = [to_square(image, size_px) for image in map(_read, chosen) if image is not None]
    return ProofPictures(np.stack(_non_empty(images, folder)), _origin(folder, len(chosen) - len(images)))


def proof_frames(folder: Path | None) -> ProofFrames:
    """Read at most 300 pictures of a folder at their own size, or draw some; see `proof_pictures`."""
    chosen, folder = _chosen(folder, _MAX_FRAMES)
    if folder is None:
        return ProofFrames(tuple(_drawn_frames()), "drawn")
    images = [image for image in map(_read, chosen) if image is not None]
    return ProofFrames(tuple(_non_empty(images, folder)), _origin(folder, len(chosen) - len(images)))


def data_folder(folder: Path | None) -> Path | None:
    """The given folder, or that of the environment variable SIMPSONS_DATA, if there is one.

    Raises:
        ExportError: The folder does not exist.
    """
    if folder is None and os.environ.get(_VARIABLE):
        folder = Path(os.environ[_VARIABLE])
    if folder is not None and not folder.is_dir():
        raise ExportError(f"pictures {folder}: not a folder; give one with pictures, or leave out --pictures")
    return folder


def _chosen(folder: Path | None, max_count: int) -> tuple[list[Path], Path | None]:
    """Evenly spaced files of a folder, and the folder; None if no folder is given."""
    folder = data_folder(folder)
    if folder is None:
        return [], None
    paths = _find(folder)
    return [paths[i * len(paths) // max_count] for i in range(max_count)] if len(
        paths
    ) > max_count else paths, folder


def _non_empty(images: list[Image], folder: Path) -> list[Image]:
    if not images:
        raise ExportError(f"pictures {folder}: no picture in it can be read; give one with pictures")
    return images


def _origin(folder: Path, unreadable: int) -> str:
    return f"of {folder}" + (f" ({unreadable:,} more cannot be read)" if unreadable else "")


def _find(folder: Path) -> list[Path]:
    table = folder / TABLE_NAME
    if table.is_file() and (listed := [row.path for row in read_table(table) if row.split == "val"]):
        return listed
    return files_in(folder, *STILLS)


def _read(path: Path) -> Image | None:
    """Read a picture as the player does: (H, W, 3) uint8 BGR; None if it is unreadable."""
    try:
        return read_image(path)
    except OSError:
        return None


def _generate(size_px: int) -> Image:
    """(N, S, S, 3) uint8 BGR: uniform colours, gradients, blocks, noise and, if installed, our drawings."""
    random = np.random.default_rng(0)
    return np.stack([*_patterns(size_px, random), *_drawn(size_px, random)])


def _patterns(size_px: int, random: np.random.Generator) -> Iterator[Image]:
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
