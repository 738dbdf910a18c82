"""Container clocks that restart or jump, made continuous."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from av.packet import Packet

from simpsons_play.core.frames import SAME_TIME_S

TOLERANCE = Fraction(str(SAME_TIME_S))
"""Tolerance for times that a user gives, in seconds: our own tables round to six decimals."""

_MAX_JUMP_S = 10.0
"""A clock that moves forward by more than this, in seconds, has jumped: `dts_delta_threshold` of ffmpeg."""
_MAX_BACK_S = 0.1
"""A clock that falls back by more than this, in seconds, has restarted: the threshold of ffmpeg."""
_MAX_BACK_OTHERS_S = 1.0
"""The same for containers whose clock cannot restart by design, unless two files were joined."""
_LATE_S = 1.0
"""A stream that starts this much behind the others, in seconds, may do so after a restart."""
_MAX_REORDERING_S = 1.0
"""No picture is shown so long after it is decoded, in seconds, unless it follows a pause."""
_MAX_HELD = 64
"""Number of packets held back to find where every stream continues after a restart."""
_TICKS = 90_000
"""Shifts are multiples of 1/90,000 s, the clock of MPEG."""

Shifted: TypeAlias = "tuple[Packet[Any], Fraction]"
"""A packet and what to add to its stamps, in seconds."""


@dataclass(slots=True)
class _Stream:
    """One stream: its shift, the start of its last packet and the end of all its packets."""

    tick_s: float
    shift: Fraction
    shift_s: float
    last_s: float | None = None
    end_s: float | None = None

    def set_shift(self, shift: Fraction) -> None:
        self.shift, self.shift_s = shift, float(shift)


class ClockRepair:
    """Finds where the clock of a container restarts or jumps, and how far later packets must be shifted.

    Recordings of broadcasts and DVDs (MPEG-TS, VOB), and joined files of these formats, have clocks that
    restart. All streams are shifted by the same amount, so that sound and picture stay together, and by the
    smallest amount with which no stream overlaps what came before. ffmpeg's command line looks only at the
    first stream that it meets; its thresholds are used here.

    Args:
        restarts: the format allows clocks that restart (`AVFMT_TS_DISCONT`). In other formats only a clock
            that falls back by more than a second counts: there, a long pause is normal.
    """

    def __init__(self, *, restarts: bool) -> None:
        self._restarts = restarts
        self._max_back_s = _MAX_BACK_S if restarts else _MAX_BACK_OTHERS_S
        self._streams: dict[int, _Stream] = {}
        self._shift = Fraction(0)
        self._frontier_s: float | None = None
        self._held: list[tuple[Packet[Any], bool]] = []
        self._first_starts_s: dict[int, float] = {}

    def feed(self, packet: Packet[Any]) -> list[Shifted]:
        """Add the next packet of the file, of any stream.

        Returns:
            Packets in their order. Those near a restart are held back until it is known where each stream
            continues.
        """
        start_s, stream = self._start_of(packet)
        if stream is None or start_s is None:
            if self._held:
                self._held.append((packet, True))
                return []
            return [(packet, self._shift if stream is None else stream.shift)]
        if self._held:
            return self._hold(packet, start_s, stream)
        if self._continues(stream, start_s, stream.shift_s):
            return [self._advance(packet, stream, start_s)]
        if stream.shift != self._shift and self._continues(stream, start_s, float(self._shift)):
            stream.set_shift(self._shift)  # the other streams already have the new shift
            return [self._advance(packet, stream, start_s)]
        return self._hold(packet, start_s, stream)

    def flush(self) -> list[Shifted]:
        """The packets still held back; no packet follows."""
        return self._release() if self._held else []

    def _start_of(self, packet: Packet[Any]) -> tuple[float | None, _Stream | None]:
        """Start of a packet by its own clock, in seconds, and its stream, if that is audio or video."""
        index = packet.stream_index
        stream = self._streams.get(index)
        stamp = packet.dts
        # Video packets are not in display order.
        if stamp is None and packet.stream.type != "video":
            stamp = packet.pts
        if stream is None:
            if stamp is None or packet.stream.type not in ("audio", "video"):
                return None, None
            stream = _Stream(float(packet.time_base), self._shift, float(self._shift))
            self._streams[index] = stream
        return None if stamp is None else stamp * stream.tick_s, stream

    def _continues(self, stream: _Stream, start_s: float, shift_s: float) -> bool:
        """Whether a packet continues what its stream and the others have had so far."""
        time_s = start_s + shift_s
        if stream.last_s is not None:
            if time_s < stream.last_s - self._max_back_s:
                return False
        elif self._restarts and self._frontier_s is not None and time_s < self._frontier_s - _LATE_S:
            return False  # the first packet after a restart, or a stream with a clock of its own
        return not self._restarts or self._frontier_s is None or time_s <= self._frontier_s + _MAX_JUMP_S

    def _advance(self, packet: Packet[Any], stream: _Stream, start_s: float) -> Shifted:
        stream.last_s = start_s + stream.shift_s
        end_s = stream.last_s + (packet.duration or 0) * stream.tick_s
        stream.end_s = end_s if stream.end_s is None else max(stream.end_s, end_s)
        if packet.pts is not None and packet.dts is not None:
            ahead_s = (packet.pts - packet.dts) * stream.tick_s
            if ahead_s > _MAX_REORDERING_S:  # a pause, which the decoding stamps reach later
                end_s += ahead_s
        self._frontier_s = end_s if self._frontier_s is None else max(self._frontier_s, end_s)
        return packet, stream.shift

    def _hold(self, packet: Packet[Any], start_s: float, stream: _Stream) -> list[Shifted]:
        index = packet.stream_index
        is_before_restart = bool(self._held) and index not in self._first_starts_s
        is_before_restart = is_before_restart and self._continues(stream, start_s, stream.shift_s)
        if not is_before_restart:
            self._first_starts_s.setdefault(index, start_s)
        self._held.append((packet, not is_before_restart))
        if len(self._first_starts_s) < len(self._streams) and len(self._held) < _MAX_HELD:
            return []
        return self._release()

    def _release(self) -> list[Shifted]:
        shifts_s = [
            end_s - start_s
            for index, start_s in self._first_starts_s.items()
            if (end_s := self._streams[index].end_s) is not None
        ]
        self._shift = _to_ticks(max(shifts_s)) if shifts_s else self._shift
        held, self._held, self._first_starts_s = self._held, [], {}
        ready: list[Shifted] = []
        separate: set[int] = set()
        for packet, is_after_restart in held:
            start_s, stream = self._start_of(packet)
            if stream is not None and is_after_restart and packet.stream_index not in separate:
                stream.set_shift(self._shift)
            if stream is None or start_s is None:
                ready.append((packet, self._shift if stream is None else stream.shift))
            else:
                if stream.last_s is None and self._frontier_s is not None:
                    distance_s = start_s + stream.shift_s - self._frontier_s
                    if abs(distance_s) > _MAX_JUMP_S:  # a clock of its own: align it with the others
                        stream.set_shift(stream.shift - _to_ticks(distance_s))
                        separate.add(packet.stream_index)
                ready.append(self._advance(packet, stream, start_s))
        return ready


def _to_ticks(seconds: float) -> Fraction:
    return Fraction(round(seconds * _TICKS), _TICKS)
