"""The clock of a local transport or program stream: where it restarts and ends, found by reading the file."""

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

from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.timestamps import ClockRepair

_READ_BYTES = 192 << 20
"""Files up to this size are read whole, at 500 MB/s and more; of larger ones samples are looked at first."""
_SAMPLES = 64
_KEY_S = 0.5
"""So far apart are the places that can be sought, in seconds."""
_FORMATS = ("mpegts", "mpeg")


@dataclass(slots=True)
class ClockTable:
    """The shifts of each stream by place in the file, and places to seek to.

    Attributes:
        shifts: of each stream: places in bytes from which a shift holds, and the shifts in seconds.
        keys: of each stream: times of key frames in seconds, shifted, and their places in bytes.
        ends: of each stream: where it ends, in seconds, shifted.
    """

    shifts: dict[int, tuple[list[int], list[Fraction]]] = field(default_factory=dict)
    keys: dict[int, tuple[list[float], list[int]]] = field(default_factory=dict)
    ends: dict[int, Fraction] = field(default_factory=dict)
    _last: dict[int, int] = field(default_factory=dict)

    def shift(self, packet: Packet[Any]) -> Fraction:
        """What to add to the stamps of a packet, in seconds."""
        places, shifts = self.shifts.get(packet.stream_index, self._common())
        position = packet.pos
        if position is None or position < 0:  # a part of a packet that was split
            position = self._last.get(packet.stream_index, 0)
        self._last[packet.stream_index] = position
        return shifts[max(0, bisect_right(places, position) - 1)]

    def position(self, index: int, time: Fraction) -> int | None:
        """Where the last key frame at or before a time begins, in bytes; None of a stream without any."""
        if index not in self.keys:
            return None
        times, places = self.keys[index]
        return places[max(0, bisect_right(times, float(time) + 1e-6) - 1)]

    def copy(self) -> ClockTable:
        """The same table for another reader."""
        return ClockTable(self.shifts, self.keys, self.ends)

    def _common(self) -> tuple[list[int], list[Fraction]]:
        return max(self.shifts.values(), key=lambda found: len(found[0]))


def clock_table_of(path: str, size: int, mtime_ns: int) -> ClockTable | None:
    """The table of a local MPEG transport or program stream; None of other files.

    These formats have no index: ffmpeg guesses how long they are and where things lie. Of large ones there is
    no table where samples of the clock rise evenly.

    Args:
        path: of the file.
        size: in bytes.
        mtime_ns: when it was changed, so that a file that has changed is read again.
    """
    table = _table(path, size, mtime_ns)
    return None if table is None else table.copy()


@lru_cache(maxsize=16)
def _table(path: str, size: int, mtime_ns: int) -> ClockTable | None:
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        if container.format.name not in _FORMATS:
            return None
        if size > _READ_BYTES and not _looks_restarted(container, size):
            return None
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        return _scan(container)


def _scan(container: InputContainer) -> ClockTable:
    table, repair = ClockTable(), ClockRepair(restarts=True)
    for packet, shift in _shifted(container, repair):
        index, position = packet.stream_index, packet.pos if packet.pos is not None else -1
        placed = position >= 0
        places, shifts = table.shifts.setdefault(index, ([], []))
        if not shifts or (placed and shifts[-1] != shift):
            places.append(position if shifts and placed else 0)
            shifts.append(shift)
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.stream.type not in ("audio", "video"):
            continue
        time = stamp * packet.time_base + shift
        end = time + (packet.duration or 0) * packet.time_base
        table.ends[index] = max(end, table.ends.get(index, end))
        times, keys = table.keys.setdefault(index, ([], []))
        if placed and packet.is_keyframe and (not times or time >= times[-1] + _KEY_S):
            times.append(float(time))
            keys.append(position)
    return table


def _shifted(container: InputContainer, repair: ClockRepair) -> Iterator[tuple[Packet[Any], Fraction]]:
    for packet in every_packet(container):
        if packet.size:
            yield from repair.feed(packet)
    yield from repair.flush()


def _looks_restarted(container: InputContainer, size: int) -> bool:
    """Whether stamps at places spread over a file do not rise evenly."""
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
