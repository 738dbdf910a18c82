"""Reading one picture file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play import MOST_IMAGE_PIXELS
from simpsons_play.foreign_files import read_bounded, reason_of
from simpsons_play.sources.quiet import quiet
from simpsons_play.types import Image

EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff"})
"""What counts as a picture in a folder."""

MOST_BYTES = 1 << 30
"""Longer files are no pictures."""

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_BACKGROUND = 255
"""What shows through where a picture is transparent: white, as on paper and in browsers."""


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, by the ending of its name or else by its first bytes."""
    if not os.path.isfile(path):
        return False
    if path.suffix.lower() in EXTENSIONS:
        return True
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


def read_image(path: Path) -> Image | None:
    """The picture in a file, (H, W, 3) uint8 BGR, upright as EXIF says; None where it cannot be decoded.

    Grey pictures get three equal channels, 16 bits become 8, and what is transparent becomes white.

    Raises:
        OSError: the file cannot be read, or it, or the picture in it, is too large.
    """
    # imread cannot open every name on every system
    data = np.frombuffer(read_bounded(path, most_bytes=MOST_BYTES), dtype=np.uint8)
    if not data.size:
        return None
    with quiet():
        try:
            if data[:2].tobytes() not in (b"\xff\xd8", b"BM"):  # those two know no transparency
                whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
                if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
                    return _on_background(np.asarray(whole))
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        except cv2.error as error:
            if "MAX_IMAGE" in str(error):
                words = f"it has more than {MOST_IMAGE_PIXELS:,} pixels, or is wider or higher than 2^20"
                raise OSError(errno.EFBIG, words, str(path)) from error
            return None
        except MemoryError as error:
            raise OSError(errno.ENOMEM, reason_of(error), str(path)) from error
    return None if image is None else np.asarray(image, dtype=np.uint8)


def _on_background(image: npt.NDArray[Any]) -> Image:
    """(H, W, 4) BGRA of any integer depth -> (H, W, 3) uint8 BGR."""
    full = float(np.iinfo(image.dtype).max) if np.issubdtype(image.dtype, np.integer) else 1.0
    scaled = image.astype(np.float32) / full
    alpha = scaled[..., 3:]
    mixed = scaled[..., :3] * alpha * 255 + _BACKGROUND * (1 - alpha)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def letterbox(image: Image, width: int, height: int) -> Image:
    """(H, W, 3) uint8 BGR -> (height, width, 3): scaled to fit, undistorted, centred on black."""
    own_height, own_width = image.shape[:2]
    if (own_width, own_height) == (width, height):
        return image
    scale = min(width / own_width, height / own_height)
    new_width = min(width, max(1, round(own_width * scale)))
    new_height = min(height, max(1, round(own_height * scale)))
    # Areas keep thin outlines when a picture shrinks; there is nothing to average when it grows.
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    box = np.zeros((height, width, 3), np.uint8)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    box[top : top + new_height, left : left + new_width] = cv2.resize(
        image, (new_width, new_height), interpolation=method
    )
    return box
