"""Tell JPEG files that end too early, of which OpenCV decodes the rest as grey or green."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from simpsons_play.core.frames import Image

_START, _END, _SCAN = b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda"
_FILLS_BGR = np.array([[128, 128, 128], [0, 135, 0]])
"""What OpenCV decodes the missing rest as: grey, or the green of YCbCr (0, 0, 0)."""

_ROUNDING = 2
"""Levels by which they vary with the subsampling of a file."""


def is_truncated(path: Path, image: Image) -> bool:
    """Whether a file is a JPEG without an end marker, of which a corner is missing.

    Files that only lack the marker are complete, and so are grey pictures that have it. The file is read
    again only if a corner has the colour of a missing one.

    Args:
        path: The file.
        image: The decoded picture, (H, W, 3) uint8 BGR, in any orientation.

    Raises:
        OSError: The file cannot be read.
    """
    corners = np.asarray(image)[[0, 0, -1, -1], [0, -1, 0, -1]]
    distances = np.abs(corners[:, None].astype(np.int64) - _FILLS_BGR).max(axis=2)
    if distances.min() > _ROUNDING:
        return False
    data = path.read_bytes()
    # In the data of a scan, a marker cannot occur: a zero follows every 0xff. A thumbnail is before the scan.
    return data.startswith(_START) and _END not in data[data.rfind(_SCAN) :]
