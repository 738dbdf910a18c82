"""Whether a file is structurally complete, whatever its header says about its length."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_RIFF, _LIST, _MOVI, _HDRL, _STRL = b"RIFF", b"LIST", b"movi", b"hdrl", b"strl"
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_MAX_ELEMENTS = 1_000_000
_MAX_HEADER_BYTES = 1 << 22
_FLV_TAG_BYTES = 11
_FLV_TAGS = (8, 9, 18)
_AFTER_MEDIA_BYTES = 1 << 20
"""Maximum size of the indexes, tags and padding between the last packet and the end of the media."""


def is_read_to_the_end(path: Path, reached_bytes: int) -> bool:
    """Whether a file is complete and was read to its end, so that nothing is missing.

    A file is complete if its outermost blocks end where the file ends. False for formats other than AVI with
    an index, Matroska and FLV.

    Args:
        path: path of the file.
        reached_bytes: position of the end of the last packet that was read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(4)
            if head == _RIFF:
                end = _AviLayout(file, size).media_end
            elif head == _EBML.to_bytes(4, "big"):
                end = size if _is_complete_matroska(file, size) else None
            else:
                end = size if head[:3] == b"FLV" and _is_complete_flv(file, size) else None
    except OSError:
        return False
    return end is not None and reached_bytes >= end - _AFTER_MEDIA_BYTES


def avi_media_end(path: Path) -> int | None:
    """Position of the end of video and sound in a complete AVI with an index; None for any other file."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _AviLayout(file, size).media_end if file.read(4) == _RIFF else None
    except OSError:
        return None


class _AviLayout:
    """The chunks of an AVI, OpenDML included.

    Attributes:
        media_end: position of the end of the last `movi` list; None if the file was cut off or has no index.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.media_end: int | None = None
        end = indexed = 0
        for name, start, length in _chunks(file, 0, size):
            if name != _RIFF:  # something appended to the file
                break
            if start + length > size:
                return
            for inner, at, inner_length in _chunks(file, start + 4, start + length):
                if inner == b"idx1":
                    indexed += inner_length
                elif inner == _LIST:
                    file.seek(at)
                    kind = file.read(4)
                    if kind == _MOVI:
                        end = min(at + inner_length, start + length)
                    elif kind == _HDRL:
                        header = file.read(min(inner_length, _MAX_HEADER_BYTES))
                        indexed += _entries_of_indx(header)
        self.media_end = end if end and indexed else None


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The name of each RIFF chunk, and the position and length of its content; chunks have even lengths."""
    position = start
    while position + 8 <= end:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sI", head)
        yield name, position + 8, length
        position += 8 + length + (length & 1)


def _entries_of_indx(header: bytes) -> int:
    """Number of entries in the indexes of an OpenDML header, over all streams."""
    file, total = io.BytesIO(header), 0
    for name, start, length in _chunks(file, 0, len(header)):
        if name == _LIST and header[start : start + 4] == _STRL:
            for inner, at, _ in _chunks(file, start + 4, min(start + length, len(header))):
                if inner == b"indx" and at + 8 <= len(header):
                    total += struct.unpack_from("<I", header, at + 4)[0]
    return total


def _is_complete_matroska(file: BinaryIO, size: int) -> bool:
    """Whether the elements of the segment fill the file to its end (RFC 8794, RFC 9559)."""
    position, in_segment = 0, False
    for _ in range(_MAX_ELEMENTS):
        if position == size:
            return in_segment
        file.seek(position)
        element = _element(file.read(12))
        if element is None:
            return False
        element_id, header_bytes, length = element
        position += header_bytes
        if element_id == _SEGMENT and not in_segment:
            in_segment = True
            if position + length != size:
                return False
        else:
            position += length
    return False


def _element(head: bytes) -> tuple[int, int, int] | None:
    """ID, header size and content size of the EBML element at the start of `head`; None if there is none."""
    if not head or not head[0]:
        return None
    id_bytes = 9 - head[0].bit_length()
    if id_bytes > 4 or len(head) <= id_bytes or not head[id_bytes]:
        return None
    length_bytes = 9 - head[id_bytes].bit_length()
    field = head[id_bytes : id_bytes + length_bytes]
    length = int.from_bytes(field, "big") & ((1 << 7 * length_bytes) - 1)
    if len(field) < length_bytes or length == (1 << 7 * length_bytes) - 1:  # of unknown length
        return None
    return int.from_bytes(head[:id_bytes], "big"), id_bytes + length_bytes, length


def _is_complete_flv(file: BinaryIO, size: int) -> bool:
    """Whether the last tag has the length stated at the end of the file (Adobe Flash Video, E.3)."""
    file.seek(max(0, size - 4))
    length = int.from_bytes(file.read(4), "big")
    if not _FLV_TAG_BYTES < length <= size - 4:
        return False
    file.seek(size - 4 - length)
    head = file.read(4)
    return head[0] & 0x1F in _FLV_TAGS and int.from_bytes(head[1:], "big") == length - _FLV_TAG_BYTES
