"""The clock of a local transport or program stream: where it restarts and ends, by scanning the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet

from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.timestamps import ClockRepair

_SCANNED_BYTES = 192 << 20
"""Files up to this size are scanned, at 500 MB/s or more; larger ones are sampled first."""
_SAMPLES = 64
_KEYFRAME_DISTANCE_S = 0.5
"""Minimum distance between the seek positions, in seconds."""
_FORMATS = ("mpegts", "mpeg")


@dataclass(slots=True)
class ClockTable:
    """Shifts and seek positions of the streams of one file.

    Attributes:
        shifts: by stream index: positions in bytes from which a shift holds, and the shifts in seconds.
        keyframes: by stream index: times of key frames in seconds, shifted, and their positions in bytes.
        ends: by stream index: end of the stream in seconds, shifted.
    """

    shifts: dict[int, tuple[list[int], list[Fraction]]] = field(default_factory=dict)
    keyframes: dict[int, tuple[list[float], list[int]]] = field(default_factory=dict)
    ends: dict[int, Fraction] = field(default_factory=dict)
    _last: dict[int, int] = field(default_factory=dict)

    def shift(self, packet: Packet[Any]) -> Fraction:
        """What to add to the stamps of a packet, in seconds."""
        positions, shifts = self.shifts.get(packet.stream_index, self._most_detailed())
        position = packet.pos
        if position is None or position < 0:  # a part of a packet that was split
            position = self._last.get(packet.stream_index, 0)
        self._last[packet.stream_index] = position
        return shifts[max(0, bisect_right(positions, position) - 1)]

    def position(self, index: int, time: Fraction) -> int | None:
        """Position in bytes of the last key frame at or before a time; None for a stream without key frames.

        Args:
            index: index of the stream.
            time: shifted, in seconds.
        """
        if index not in self.keyframes:
            return None
        times, positions = self.keyframes[index]
        return positions[max(0, bisect_right(times, float(time) + SAME_TIME_S) - 1)]

    def copy(self) -> ClockTable:
        """The same table for another reader."""
        return ClockTable(self.shifts, self.keyframes, self.ends)

    def _most_detailed(self) -> tuple[list[int], list[Fraction]]:
        return max(self.shifts.values(), key=lambda found: len(found[0]))


def clock_table_of(path: str, size: int, mtime_ns: int) -> ClockTable | None:
    """The table of a local MPEG transport or program stream; None for other files.

    These formats have no index: ffmpeg guesses their length and the position of a time. A large file has no
    table if samples of its clock rise evenly.

    Args:
        path: path of the file.
        size: its size in bytes.
        mtime_ns: when it was modified; a modified file is scanned again.
    """
    table = _table(path, size, mtime_ns)
    return None if table is None else table.copy()


@lru_cache(maxsize=16)
def _table(path: str, size: int, mtime_ns: int) -> ClockTable | None:
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        if container.format.name not in _FORMATS:
            return None
        if size > _SCANNED_BYTES and not _may_restart(container, size):
            return None
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        return _scan(container)


def _scan(container: InputContainer) -> ClockTable:
    table, repair = ClockTable(), ClockRepair(restarts=True)
    for packet, shift in _shifted(container, repair):
        index, position = packet.stream_index, packet.pos if packet.pos is not None else -1
        has_position = position >= 0
        positions, shifts = table.shifts.setdefault(index, ([], []))
        if not shifts or (has_position and shifts[-1] != shift):
            positions.append(position if shifts and has_position else 0)
            shifts.append(shift)
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.stream.type not in ("audio", "video"):
            continue
        time = stamp * packet.time_base + shift
        end = time + (packet.duration or 0) * packet.time_base
        table.ends[index] = max(end, table.ends.get(index, end))
        times, keyframe_positions = table.keyframes.setdefault(index, ([], []))
        if has_position and packet.is_keyframe and (not times or time >= times[-1] + _KEYFRAME_DISTANCE_S):
            times.append(float(time))
            keyframe_positions.append(position)
    return table


def _shifted(container: InputContainer, repair: ClockRepair) -> Iterator[tuple[Packet[Any], Fraction]]:
    for packet in every_packet(container):
        if packet.size:
            yield from repair.feed(packet)
    yield from repair.flush()


def _may_restart(container: InputContainer, size: int) -> bool:
    """Whether time stamps sampled all over the file do not rise evenly."""
    times: list[float] = []
    for number in range(_SAMPLES):
        container.seek(size * number // _SAMPLES, unsupported_byte_offset=True)
        for packet in every_packet(container):
            stamp = packet.dts if packet.dts is not None else packet.pts
            if packet.stream.type == "video" and stamp is not None:
                times.append(float(stamp * packet.time_base))
                break
    steps = [after - before for before, after in pairwise(times)]
    if len(steps) < _SAMPLES // 2:
        return True
    return min(steps) < 0 or max(steps) > 10 + 4 * median(steps)
