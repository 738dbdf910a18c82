"""Animated WebP, frame by frame, with transparency.

OpenCV decodes transparency in single pictures, but not in animations, so each frame is decoded on its own.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.sources.images import BACKGROUND, blend
from simpsons_play.sources.opencv_log import quiet

_RIFF_BYTES = 12
_PICTURES = (b"ALPH", b"VP8 ", b"VP8L")
_ANMF_BYTES = 16
_DISPOSED, _OPAQUE = 1, 2
"""Flags of a frame: its area is cleared afterwards; it replaces the canvas instead of being blended."""
_ALPHA = 0x10
"""Flag of a picture: it has an alpha channel."""


@dataclass(frozen=True, slots=True)
class WebpFrame:
    """A frame as stored: a part of the canvas.

    Attributes:
        left, top, width, height: its area on the canvas, in pixels.
        duration_ms: how long it is shown, in milliseconds.
        flags: `_DISPOSED` and `_OPAQUE`.
        chunks: its encoded picture.
    """

    left: int
    top: int
    width: int
    height: int
    duration_ms: int
    flags: int
    chunks: bytes


@dataclass(frozen=True, slots=True)
class AnimatedWebp:
    """An animated WebP.

    Attributes:
        width, height: size of the canvas, in pixels.
        frames: in display order.
    """

    width: int
    height: int
    frames: tuple[WebpFrame, ...]

    @property
    def durations_ms(self) -> list[int]:
        """How long each frame is shown, in milliseconds."""
        return [frame.duration_ms for frame in self.frames]

    def images(self) -> Iterator[Image | None]:
        """The canvas with each frame, (H, W, 3) uint8 BGR on white; None if a frame cannot be decoded."""
        canvas = np.full((self.height, self.width, 3), BACKGROUND, np.uint8)
        for frame in self.frames:
            piece = _decoded(frame)
            area = canvas[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
            if piece is None or piece.shape[:2] != area.shape[:2]:
                yield None
                continue
            below = np.full_like(area, BACKGROUND) if frame.flags & _OPAQUE else area
            area[:] = blend(below, piece) if piece.shape[2] == 4 else piece
            yield canvas.copy()
            if frame.flags & _DISPOSED:
                area[:] = BACKGROUND


def parse_webp(data: bytes) -> AnimatedWebp:
    """The frames of an animated WebP, still encoded (RFC 9649, section 2.7); truncated data are accepted."""
    width = height = 0
    frames: list[WebpFrame] = []
    for name, content in _chunks(data[_RIFF_BYTES:]):
        if name == b"VP8X" and len(content) >= 10:
            width, height = _number(content, 4) + 1, _number(content, 7) + 1
        elif name == b"ANMF" and len(content) > _ANMF_BYTES:
            left, top, *size, duration_ms = (_number(content, offset) for offset in range(0, 15, 3))
            frames.append(
                WebpFrame(2 * left, 2 * top, size[0] + 1, size[1] + 1, duration_ms, content[15], content[16:])
            )
    return AnimatedWebp(width, height, tuple(frames))


def _decoded(frame: WebpFrame) -> np.ndarray | None:
    """(H, W, 3) BGR or (H, W, 4) BGRA, uint8; None if it cannot be decoded."""
    size = struct.pack("<II", frame.width - 1, frame.height - 1)
    extended = bytes([_ALPHA, 0, 0, 0]) + size[:3] + size[4:7]
    parts = b"WEBP" + _chunk(b"VP8X", extended)
    parts += b"".join(_chunk(name, content) for name, content in _chunks(frame.chunks) if name in _PICTURES)
    with quiet():
        try:
            return cv2.imdecode(np.frombuffer(_chunk(b"RIFF", parts), np.uint8), cv2.IMREAD_UNCHANGED)
        except (cv2.error, MemoryError):
            return None


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 0
    while offset + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, offset)
        yield name, data[offset + 8 : offset + 8 + length]
        offset += 8 + length + (length & 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) & 1)


def _number(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 3], "little")
