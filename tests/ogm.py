"""Writes OGM, which ffmpeg can only read: MPEG-4 in Ogg, with DirectShow headers."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tests.media import Recipe

_SERIAL = 1
_KEY, _START, _END = 0x08, 0x02, 0x04


def _checksums() -> list[int]:
    table = []
    for number in range(256):
        rest = number << 24
        for _ in range(8):
            rest = (rest << 1 ^ 0x04C11DB7 if rest & 0x80000000 else rest << 1) & 0xFFFFFFFF
        table.append(rest)
    return table


_TABLE = _checksums()


def _page(packet: bytes, granule: int, sequence: int, flags: int) -> bytes:
    """The pages of one packet (RFC 3533)."""
    laces = [255] * (len(packet) // 255) + [len(packet) % 255]
    pages, written = b"", 0
    for start in range(0, len(laces), 255):
        part = laces[start : start + 255]
        body = packet[written : written + sum(part)]
        written += len(body)
        is_last = start + 255 >= len(laces)
        page_flags = flags | (0x01 if start else 0)
        position = granule if is_last else -1
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, page_flags, position, _SERIAL, sequence, 0, len(part))
        page = head + bytes(part) + body
        checksum = 0
        for byte in page:
            checksum = (checksum << 8 ^ _TABLE[checksum >> 24 ^ byte]) & 0xFFFFFFFF
        pages += page[:22] + struct.pack("<I", checksum) + page[26:]
        sequence += 1
    return pages


def make_ogm(folder: Path, recipe: Recipe) -> Path:
    """Write a video as OGM: MPEG-4, without sound, starting at 0 s.

    Args:
        folder: where the file is written.
        recipe: name, picture, frames, rate, size and options are used; the other settings are ignored.
    """
    width, height = recipe.size
    encoder: Any = av.CodecContext.create("mpeg4", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = 1 / recipe.rate, recipe.rate
    encoder.options = recipe.options
    packets: list[Any] = []
    for number in range(recipe.frames):
        drawn = av.VideoFrame.from_ndarray(recipe.picture(number, recipe.size), "bgr24")
        picture = drawn.reformat(format="yuv420p")
        picture.pts, picture.time_base = number, 1 / recipe.rate
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    unit = round(Fraction(10_000_000) / recipe.rate)  # in 100 ns
    header = b"\x01video\0\0\0XVID" + struct.pack("<IQQIIHHII", 52, unit, 1, 1, 0, 24, 0, width, height)
    pages = _page(header, 0, 0, _START) + _page(b"\x03vorbis\x04\0\0\0test\0\0\0\0\x01", 0, 1, 0)
    sequence = 2
    for number, packet in enumerate(packets):
        flags = _END if number == len(packets) - 1 else 0
        page = _page(bytes([_KEY if packet.is_keyframe else 0]) + bytes(packet), number, sequence, flags)
        sequence += page.count(b"OggS")
        pages += page
    path = folder / recipe.name
    path.write_bytes(pages)
    return path
