"""Reads picture files."""

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
from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.sources.access import NO_FILES
from simpsons_play.sources.endings import PICTURES, UNDECODABLE
from simpsons_play.sources.opencv_log import quiet
from simpsons_play.sources.orientation import orientation_of

MAX_BYTES = 1 << 30
"""Larger files are not read as pictures."""

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
"""Raw video of JPEG frames, which only the name tells from a picture."""
_MAX_PAGES = 1000
BACKGROUND = 255
"""Grey level behind transparent pictures: white, as on paper and in browsers."""


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, by the suffix of its name or else by its first bytes."""
    if not os.path.isfile(path):
        return False
    suffix = path.suffix.lower()
    if suffix in _JPEG_STREAMS:
        return False
    has_picture_suffix = suffix in PICTURES | UNDECODABLE
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return has_picture_suffix
    if has_picture_suffix:
        return not _is_video(head)
    return (
        head.startswith(_MAGIC)
        or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:] in _BRANDS)
    )


def _is_video(head: bytes) -> bool:
    """Whether a file starts like a video: Matroska, MP4 or AVI."""
    is_mp4 = head[4:8] == b"ftyp" and head[8:] not in _BRANDS
    return is_mp4 or head.startswith(b"\x1aE\xdf\xa3") or (head[:4] == b"RIFF" and head[8:] == b"AVI ")


def read_image(path: Path) -> Image | None:
    """The picture in a file, (H, W, 3) uint8 BGR, 0-255; None if it cannot be decoded.

    It is rotated and mirrored as EXIF or AVIF says. Grey pictures get three equal channels, 16 bits become 8,
    and transparent areas become white. If a file contains several pictures, the first one is read, see
    `page_count`. ffmpeg decodes the formats that OpenCV does not know (TGA, PCX, QOI ...).

    Raises:
        OSError: the file cannot be read, or the file or the picture is too large.
    """
    # cv2.imread cannot open every name on every system
    data = np.frombuffer(read_bounded(path, max_bytes=MAX_BYTES), dtype=np.uint8)
    if not data.size:
        return None
    with quiet():
        try:
            if data[:2].tobytes() not in (b"\xff\xd8", b"BM"):  # JPEG and BMP have no transparency
                whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
                if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
                    return _upright(on_background(np.asarray(whole)), data)
            image = cv2.imdecode(data, cv2.IMREAD_COLOR)
        except cv2.error as error:
            if "MAX_IMAGE" in str(error):
                words = f"it has more than {MAX_IMAGE_PIXELS:,} pixels or is wider or higher than 2^20"
                raise OSError(errno.EFBIG, words, str(path)) from error
            return None
        except MemoryError as error:
            raise OSError(errno.ENOMEM, reason_of(error), str(path)) from error
    if image is None:
        return _decode_with_ffmpeg(data.tobytes(), path.suffix.lower())
    return _upright(np.asarray(image, dtype=np.uint8), data)


def page_count(path: Path) -> int:
    """Number of pictures in a TIFF; 1 for every other file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(file.read(4))
        count, seen = 0, set[int]()
        while order is not None and count < _MAX_PAGES:
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
    """A picture decoded by OpenCV, which rotates JPEG, PNG, WebP and TIFF as EXIF says, but not AVIF."""
    if data[4:8].tobytes() != b"ftyp":
        return image
    try:
        with av.open(io.BytesIO(data.tobytes()), mode="r", options=NO_FILES) as container:
            return orientation_of(next(container.decode(video=0))).upright(image)
    except Exception:  # decoders raise nearly anything
        return image


def _decode_with_ffmpeg(data: bytes, suffix: str) -> Image | None:
    """A picture, (H, W, 3) uint8 BGR; None if it cannot be decoded."""
    try:
        if suffix == ".tga":  # it has no magic number
            decoder = CodecContext.create("targa", "r")
            decoder.options = {"max_pixels": str(MAX_IMAGE_PIXELS)}
            frame = [*decoder.decode(Packet(data)), *decoder.decode(None)][0]
        else:
            with av.open(
                io.BytesIO(data), mode="r", metadata_errors="replace", options=NO_FILES
            ) as container:
                if len(container.streams.video) != 1:
                    return None  # a HEIC whose tiles are streams
                frame = next(container.decode(container.streams.video[0]))
        has_alpha = any(component.is_alpha for component in frame.format.components)
        if has_alpha or frame.format.name == "pal8":
            image = on_background(frame.to_ndarray(format="bgra"))
        else:
            image = np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)
        return orientation_of(frame).upright(image)
    except Exception:  # decoders raise nearly anything
        return None


def on_background(image: npt.NDArray[Any]) -> Image:
    """(H, W, 4) BGRA or (H, W, 3) BGR of any integer depth -> a copy on white, (H, W, 3) uint8 BGR."""
    return blend(BACKGROUND, image)


def blend(below: Image | int, image: npt.NDArray[Any]) -> Image:
    """Blend a picture over another one or over a grey level.

    Args:
        below: (H, W, 3) uint8 BGR, or a grey level, 0-255.
        image: (H, W, 4) BGRA or (H, W, 3) BGR of any integer depth.

    Returns:
        (H, W, 3) uint8 BGR.
    """
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
    place = letterbox_placement((own_width, own_height), (width, height))
    shrinks = place.width < own_width or place.height < own_height
    # Averaging keeps thin outlines when a picture shrinks; there is nothing to average when it grows.
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[place.top : place.top + place.height, place.left : place.left + place.width] = cv2.resize(
        image, (place.width, place.height), interpolation=method
    )
    return canvas
