"""OGM, which ffmpeg reads and does not write: MPEG-4 in Ogg, with the headers of DirectShow."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tests.media import Recipe

_SERIAL = 1
_KEY, _BEGIN, _END = 0x08, 0x02, 0x04


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
    """One packet on pages of its own (RFC 3533)."""
    laces = [255] * (len(packet) // 255) + [len(packet) % 255]
    pages, done = b"", 0
    for begin in range(0, len(laces), 255):
        part = laces[begin : begin + 255]
        body = packet[done : done + sum(part)]
        done += len(body)
        last = begin + 255 >= len(laces)
        kind = flags | (0x01 if begin else 0)
        place = granule if last else -1
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, place, _SERIAL, sequence, 0, len(part))
        page = head + bytes(part) + body
        checksum = 0
        for byte in page:
            checksum = (checksum << 8 ^ _TABLE[checksum >> 24 ^ byte]) & 0xFFFFFFFF
        pages += page[:22] + struct.pack("<I", checksum) + page[26:]
        sequence += 1
    return pages


def make_ogm(folder: Path, recipe: Recipe) -> Path:
    """Write the pictures of a recipe as OGM: MPEG-4, without sound, from 0 s on.

    Args:
        folder: where it is written.
        recipe: of which name, pictures, number, rate, size and options are used.
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
    pages = _page(header, 0, 0, _BEGIN) + _page(b"\x03vorbis\x04\0\0\0test\0\0\0\0\x01", 0, 1, 0)
    sequence = 2
    for number, packet in enumerate(packets):
        flags = _END if number == len(packets) - 1 else 0
        page = _page(bytes([_KEY if packet.is_keyframe else 0]) + bytes(packet), number, sequence, flags)
        sequence += page.count(b"OggS")
        pages += page
    path = folder / recipe.name
    path.write_bytes(pages)
    return path
