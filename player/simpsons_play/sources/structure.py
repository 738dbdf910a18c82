"""Whether a file is whole by its own structure, whatever its header says of its length."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_RIFF, _LIST, _MOVI, _HDRL, _STRL = b"RIFF", b"LIST", b"movi", b"hdrl", b"strl"
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_MOST_ELEMENTS = 1_000_000
_MOST_HEADER_BYTES = 1 << 22
_FLV_TAG_BYTES = 11
_FLV_TAGS = (8, 9, 18)
_AFTER_MEDIA_BYTES = 1 << 20
"""Indexes, tags and padding that may lie between the last packet and the end of the media."""


def is_read_to_the_end(path: Path, reached: int) -> bool:
    """Whether a file is whole and all of it has been read, so that nothing is missing.

    A file is whole where its outermost blocks end where the file ends: AVI with an index, Matroska, FLV.

    Args:
        path: of the file.
        reached: where the last packet that was read ends, in bytes.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(4)
            if head == _RIFF:
                end = _AviLayout(file, size).media_end
            elif head == _EBML.to_bytes(4, "big"):
                end = size if _is_whole_matroska(file, size) else None
            else:
                end = size if head[:3] == b"FLV" and _is_whole_flv(file, size) else None
    except OSError:
        return False
    return end is not None and reached >= end - _AFTER_MEDIA_BYTES


def avi_media_end(path: Path) -> int | None:
    """Where the pictures and sound of a whole AVI with an index end, in bytes; None of any other file."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _AviLayout(file, size).media_end if file.read(4) == _RIFF else None
    except OSError:
        return None


class _AviLayout:
    """The chunks of an AVI, OpenDML included.

    Attributes:
        media_end: where the last list of pictures and sound ends; None where the file was cut off or has
            no index.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.media_end: int | None = None
        end = indexed = 0
        for name, begin, length in _chunks(file, 0, size):
            if name != _RIFF:  # what somebody put behind it
                break
            if begin + length > size:
                return
            for inner, at, inner_length in _chunks(file, begin + 4, begin + length):
                if inner == b"idx1":
                    indexed += inner_length
                elif inner == _LIST:
                    file.seek(at)
                    kind = file.read(4)
                    if kind == _MOVI:
                        end = min(at + inner_length, begin + length)
                    elif kind == _HDRL:
                        header = file.read(min(inner_length, _MOST_HEADER_BYTES))
                        indexed += _entries_of_indx(header)
        self.media_end = end if end and indexed else None


def _chunks(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The name, the place of the content and its length of each chunk of RIFF, padded to even bytes."""
    place = begin
    while place + 8 <= end:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sI", head)
        yield name, place + 8, length
        place += 8 + length + (length & 1)


def _entries_of_indx(header: bytes) -> int:
    """How many entries the indexes of an OpenDML header list, of all streams."""
    file, total = io.BytesIO(header), 0
    for name, begin, length in _chunks(file, 0, len(header)):
        if name == _LIST and header[begin : begin + 4] == _STRL:
            for inner, at, _ in _chunks(file, begin + 4, min(begin + length, len(header))):
                if inner == b"indx" and at + 8 <= len(header):
                    total += struct.unpack_from("<I", header, at + 4)[0]
    return total


def _is_whole_matroska(file: BinaryIO, size: int) -> bool:
    """Whether the elements of the segment follow each other to the end of the file (RFC 8794, RFC 9559)."""
    place, within = 0, False
    for _ in range(_MOST_ELEMENTS):
        if place == size:
            return within
        file.seek(place)
        head = file.read(12)
        found = _element(head)
        if found is None:
            return False
        kind, head_bytes, length = found
        place += head_bytes
        if kind == _SEGMENT and not within:
            within = True
            if place + length != size:
                return False
        else:
            place += length
    return False


def _element(head: bytes) -> tuple[int, int, int] | None:
    """The name of an element of EBML, the bytes of its head and of its content; None where it is none."""
    if not head or not head[0]:
        return None
    name_bytes = 9 - head[0].bit_length()
    if name_bytes > 4 or len(head) <= name_bytes or not head[name_bytes]:
        return None
    length_bytes = 9 - head[name_bytes].bit_length()
    field = head[name_bytes : name_bytes + length_bytes]
    length = int.from_bytes(field, "big") & ((1 << 7 * length_bytes) - 1)
    if len(field) < length_bytes or length == (1 << 7 * length_bytes) - 1:  # of unknown length
        return None
    return int.from_bytes(head[:name_bytes], "big"), name_bytes + length_bytes, length


def _is_whole_flv(file: BinaryIO, size: int) -> bool:
    """Whether the last tag has the length that the end of the file says (Adobe Flash Video, E.3)."""
    file.seek(max(0, size - 4))
    length = int.from_bytes(file.read(4), "big")
    if not _FLV_TAG_BYTES < length <= size - 4:
        return False
    file.seek(size - 4 - length)
    head = file.read(4)
    return head[0] & 0x1F in _FLV_TAGS and int.from_bytes(head[1:], "big") == length - _FLV_TAG_BYTES
