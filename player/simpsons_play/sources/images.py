"""Reading one picture file."""

from __future__ import annotations

import errno
import io
import os
import struct
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
from av import CodecContext, Packet

from simpsons_play.core import MAX_IMAGE_PIXELS
from simpsons_play.core.foreign_files import read_bounded, reason_of
from simpsons_play.core.frames import Image
from simpsons_play.sources.access import NOTHING
from simpsons_play.sources.endings import PICTURES, UNDECODABLE
from simpsons_play.sources.opencv_log import quiet
from simpsons_play.sources.orientation import orientation_of

MOST_BYTES = 1 << 30
"""Longer files are no pictures."""

_MAGIC = (
    *(
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"II*\x00",
        b"MM\x00*",
        b"GIF87a",
        b"GIF89a",
        b"qoif",
        b"8BPS\x00",
    ),
    *(b"\xff\x0a", b"\0\0\0\x0cJXL ", b"\0\0\0\x0cjP  ", b"DDS ", b"v/1\x01"),
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_JPEG_STREAMS = (".mjpeg", ".mjpg")
"""Each frame of these is a JPEG, and nothing but the name tells them from a picture."""
_MOST_PAGES = 1000
BACKGROUND = 255
"""What shows through where a picture is transparent: white, as on paper and in browsers."""


def is_picture(path: Path) -> bool:
    """Whether a file is a picture that stands still, by the ending of its name or else by its first bytes."""
    if not os.path.isfile(path):
        return False
    suffix = path.suffix.lower()
    if suffix in _JPEG_STREAMS:
        return False
    named = suffix in PICTURES | UNDECODABLE
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return named
    if named:
        return not _is_film(head)
    return (
        head.startswith(_MAGIC)
        or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:] in _BRANDS)
    )


def _is_film(head: bytes) -> bool:
    """Whether a file begins like a video: Matroska, MP4 or AVI."""
    mp4 = head[4:8] == b"ftyp" and head[8:] not in _BRANDS
    return mp4 or head.startswith(b"\x1aE\xdf\xa3") or (head[:4] == b"RIFF" and head[8:] == b"AVI ")


def read_image(path: Path) -> Image | None:
    """The picture in a file, (H, W, 3) uint8 BGR; None where it cannot be decoded.

    It is turned and mirrored as EXIF, or an AVIF itself, says. Grey pictures get
    three equal channels, 16 bits become 8, and what is transparent becomes white. Of several pictures in one
    file it is the first, see `pages_of`. What OpenCV does not know (TGA, PCX, QOI ...) ffmpeg decodes.

    Raises:
        OSError: the file cannot be read, or it, or the picture in it, is too large.
    """
    # imread cannot open every name on every system
    data = np.frombuffer(read_bounded(path, max_bytes=MOST_BYTES), dtype=np.uint8)
    if not data.size:
        return None
    with quiet():
        try:
            if data[:2].tobytes() not in (b"\xff\xd8", b"BM"):  # those two know no transparency
                whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
                if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
                    return _upright(on_background(np.asarray(whole)), data)
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        except cv2.error as error:
            if "MAX_IMAGE" in str(error):
                words = f"it has more than {MAX_IMAGE_PIXELS:,} pixels, or is wider or higher than 2^20"
                raise OSError(errno.EFBIG, words, str(path)) from error
            return None
        except MemoryError as error:
            raise OSError(errno.ENOMEM, reason_of(error), str(path)) from error
    if image is None:
        return _decoded(data.tobytes(), path.suffix.lower())
    return _upright(np.asarray(image, dtype=np.uint8), data)


def pages_of(path: Path) -> int:
    """How many pictures a TIFF holds; 1 of every other file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(file.read(4))
        count, seen = 0, set[int]()
        while order is not None and count < _MOST_PAGES:
            link = file.read(4)
            offset = struct.unpack(f"{order}I", link)[0] if len(link) == 4 else 0
            if not offset or offset in seen:
                break
            seen.add(offset)
            file.seek(offset)
            entries = file.read(2)
            if len(entries) < 2:
                break
            count += 1
            file.seek(struct.unpack(f"{order}H", entries)[0] * 12, os.SEEK_CUR)
    return max(1, count)


def _upright(image: Image, data: npt.NDArray[np.uint8]) -> Image:
    """A picture decoded by OpenCV, which turns JPEG, PNG, WebP and TIFF as EXIF says, but not AVIF."""
    if data[4:8].tobytes() != b"ftyp":
        return image
    try:
        with av.open(io.BytesIO(data.tobytes()), mode="r", options=NOTHING) as container:
            return orientation_of(next(container.decode(video=0))).upright(image)
    except Exception:  # decoders raise what they like
        return image


def _decoded(data: bytes, suffix: str) -> Image | None:
    """What only ffmpeg knows, (H, W, 3) uint8 BGR; None where it does not, either."""
    try:
        if suffix == ".tga":  # which nothing but its name tells
            decoder = CodecContext.create("targa", "r")
            decoder.options = {"max_pixels": str(MAX_IMAGE_PIXELS)}
            frame = [*decoder.decode(Packet(data)), *decoder.decode(None)][0]
        else:
            with av.open(io.BytesIO(data), mode="r", metadata_errors="replace", options=NOTHING) as container:
                if len(container.streams.video) != 1:
                    return None  # a HEIC in tiles, of which each is a stream
                frame = next(container.decode(container.streams.video[0]))
        transparent = any(component.is_alpha for component in frame.format.components)
        if transparent or frame.format.name == "pal8":
            image = on_background(frame.to_ndarray(format="bgra"))
        else:
            image = np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
        return orientation_of(frame).upright(image)
    except Exception:  # decoders raise what they like
        return None


def on_background(image: npt.NDArray[Any]) -> Image:
    """(H, W, 4) BGRA or (H, W, 3) BGR of any integer depth -> (H, W, 3) uint8 BGR on white, a copy."""
    return over(BACKGROUND, image)


def over(below: Image | int, image: npt.NDArray[Any]) -> Image:
    """(H, W, 4) BGRA or (H, W, 3) BGR of any integer depth -> (H, W, 3) uint8 BGR on an image or a grey."""
    full = float(np.iinfo(image.dtype).max) if np.issubdtype(image.dtype, np.integer) else 1.0
    scaled = image.astype(np.float32) / full
    if image.shape[2] == 3:
        return np.asarray(np.rint(scaled * 255), dtype=np.uint8)
    alpha = scaled[..., 3:]
    mixed = scaled[..., :3] * alpha * 255 + below * (1 - alpha)
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
