"""Fragments of MP4 (ISO/IEC 14496-12), written by hand so that any process can make any one of them.

ffmpeg's muxer numbers times from the first packet it is given. Here each sample has the time that it has in
the file, so that fragments made apart join without a gap.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_KEY_FLAGS, _OTHER_FLAGS = 0x02000000, 0x01010000
"""`sample_depends_on` 2: on no other; 1 and `sample_is_non_sync_sample`: on others."""
_DEFAULT_BASE_IS_MOOF = 0x020000
_TRUN_FIELDS = 0x000F01
"""Offset of the data; of each sample its duration, size, flags and composition offset."""
_START_CODE = re.compile(rb"\x00*\x00\x00\x01")


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded picture or block of sound.

    Attributes:
        data: as MP4 stores it.
        start: presentation time in ticks of its track, from 0.
        is_key: it can be decoded without others.
    """

    data: bytes
    start: int
    is_key: bool


def fragment(number: int, tracks: Sequence[tuple[int, Sequence[Sample], int]]) -> bytes:
    """One `moof` and its `mdat`.

    Decode times are the presentation times in order: the first sample of a fragment is decoded at the time at
    which the first one is shown, whatever the delay of the encoder. Composition offsets may therefore be
    negative, as version 1 of `trun` allows.

    Args:
        number: from 0; stored as the sequence number.
        tracks: for each track with samples its ID, its samples in decode order, and the time in ticks at
            which the last one ends.
    """
    filled = [(track, samples, end) for track, samples, end in tracks if samples]
    empty = _moof(number, filled, [0] * len(filled))
    offsets, offset = [], len(empty) + 8
    for _, samples, _ in filled:
        offsets.append(offset)
        offset += sum(len(sample.data) for sample in samples)
    data = b"".join(sample.data for _, samples, _ in filled for sample in samples)
    return _moof(number, filled, offsets) + _box(b"mdat", data)


def boxes(data: bytes, start: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of each box of a run of boxes; stops at one that is not whole."""
    while start + 8 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > len(data):
            return
        yield data[start + 4 : start + 8], start, start + size
        start += size


def length_prefixed(data: bytes) -> bytes:
    """H.264 with start codes (ISO/IEC 14496-10, Annex B) -> with the length before each unit, as in MP4."""
    units = (unit.rstrip(b"\x00") for unit in _START_CODE.split(data))
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units if unit)


def _moof(number: int, tracks: Sequence[tuple[int, Sequence[Sample], int]], offsets: Sequence[int]) -> bytes:
    header = _box(b"mfhd", struct.pack(">II", 0, number + 1))
    parts = (
        _traf(track, samples, end, offset)
        for (track, samples, end), offset in zip(tracks, offsets, strict=True)
    )
    return _box(b"moof", header + b"".join(parts))


def _traf(track: int, samples: Sequence[Sample], end: int, offset: int) -> bytes:
    starts = sorted(sample.start for sample in samples)
    ends = [*starts[1:], max(end, starts[-1] + 1)]
    rows = b"".join(
        struct.pack(
            ">IIIi",
            after - decoded,
            len(sample.data),
            _KEY_FLAGS if sample.is_key else _OTHER_FLAGS,
            sample.start - decoded,
        )
        for sample, decoded, after in zip(samples, starts, ends, strict=True)
    )
    return _box(
        b"traf",
        _box(b"tfhd", struct.pack(">II", _DEFAULT_BASE_IS_MOOF, track))
        + _box(b"tfdt", struct.pack(">IQ", 1 << 24, starts[0]))
        + _box(b"trun", struct.pack(">III", 1 << 24 | _TRUN_FIELDS, len(samples), offset) + rows),
    )


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body
