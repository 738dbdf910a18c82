"""Time stamps: clocks of containers that restart or jump made continuous, and pictures timed one by one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, TypeAlias

from av.packet import Packet

TOLERANCE = Fraction(1, 1_000_000)
"""Times a user gives are compared with this much room, in seconds: our own tables round to six decimals."""

_FORWARD_S = 10.0
"""A clock that leaps ahead by more than this has jumped, in seconds: `dts_delta_threshold` of ffmpeg."""
_BACK_S = 0.1
"""A clock that falls back by more than this has restarted, in seconds, as ffmpeg has it."""
_LATE_S = 1.0
"""A stream that begins by so much behind the others, in seconds, may do so after a restart."""
_BACK_ELSEWHERE_S = 1.0
"""The same in containers whose clock cannot restart by design: there it takes two files in one."""
_REORDERED_S = 1.0
"""No picture is shown so long after it is decoded, in seconds, unless a pause is before it."""
_HELD = 64
"""So many packets are looked at to see where every stream goes on after a restart."""
_TICKS = 90_000
"""Shifts are multiples of this part of a second, the clock of MPEG."""

Shifted: TypeAlias = "tuple[Packet[Any], Fraction]"
"""A packet, and what to add to its stamps in seconds."""


@dataclass(slots=True)
class _Stream:
    """What is known of one stream: its shift, and where its last packet began and all of it ended."""

    tick_s: float
    shift: Fraction
    shift_s: float
    last_s: float | None = None
    end_s: float | None = None

    def set_shift(self, shift: Fraction) -> None:
        self.shift, self.shift_s = shift, float(shift)


class ClockRepair:
    """Finds where the clock of a container restarts or jumps, and by how much later packets must be shifted.

    Recordings of broadcasts and DVDs (MPEG-TS, VOB), and such files put one after the other, hold clocks that
    start anew. All streams are shifted by the same amount, so that sound and picture stay together, and by
    the least that lets no stream overlap with what came before it. ffmpeg's command line goes by the
    first stream that it comes across; its thresholds are used here.

    Args:
        restarts: the format allows clocks that restart (`AVFMT_TS_DISCONT`). In others only a clock that
            falls back by more than a second counts: a long pause is nothing wrong there.
    """

    def __init__(self, *, restarts: bool) -> None:
        self._restarts = restarts
        self._back_s = _BACK_S if restarts else _BACK_ELSEWHERE_S
        self._streams: dict[int, _Stream] = {}
        self._shift = Fraction(0)
        self._frontier_s: float | None = None
        self._held: list[tuple[Packet[Any], bool]] = []
        self._firsts: dict[int, float] = {}

    def feed(self, packet: Packet[Any]) -> list[Shifted]:
        """Take the next packet of the file in, of whatever stream.

        Returns:
            Packets in their order. Those near a restart come later, when it is known where each stream goes
            on.
        """
        begin_s, stream = self._begin(packet)
        if stream is None or begin_s is None:
            if self._held:
                self._held.append((packet, True))
                return []
            return [(packet, self._shift if stream is None else stream.shift)]
        if self._held:
            return self._hold(packet, begin_s, stream)
        if self._fits(stream, begin_s, stream.shift_s):
            return [self._advance(packet, stream, begin_s)]
        if stream.shift != self._shift and self._fits(stream, begin_s, float(self._shift)):
            stream.set_shift(self._shift)  # the others have gone on before
            return [self._advance(packet, stream, begin_s)]
        return self._hold(packet, begin_s, stream)

    def flush(self) -> list[Shifted]:
        """Nothing follows: give what is still held."""
        return self._release() if self._held else []

    def _begin(self, packet: Packet[Any]) -> tuple[float | None, _Stream | None]:
        """Where a packet begins by its own clock, in seconds, and its stream, if it is sound or picture."""
        index = packet.stream_index
        stream = self._streams.get(index)
        stamp = packet.dts
        if (
            stamp is None and packet.stream.type != "video"
        ):  # pictures come in another order than they are shown
            stamp = packet.pts
        if stream is None:
            if stamp is None or packet.stream.type not in ("audio", "video"):
                return None, None
            stream = _Stream(float(packet.time_base), self._shift, float(self._shift))
            self._streams[index] = stream
        return None if stamp is None else stamp * stream.tick_s, stream

    def _fits(self, stream: _Stream, begin_s: float, shift_s: float) -> bool:
        """Whether a packet goes on from what its stream and the others have had so far."""
        time_s = begin_s + shift_s
        if stream.last_s is not None:
            if time_s < stream.last_s - self._back_s:
                return False
        elif self._restarts and self._frontier_s is not None and time_s < self._frontier_s - _LATE_S:
            return False  # the first of the packets after a restart, or a clock of its own
        return not self._restarts or self._frontier_s is None or time_s <= self._frontier_s + _FORWARD_S

    def _advance(self, packet: Packet[Any], stream: _Stream, begin_s: float) -> Shifted:
        stream.last_s = begin_s + stream.shift_s
        end_s = stream.last_s + (packet.duration or 0) * stream.tick_s
        stream.end_s = end_s if stream.end_s is None else max(stream.end_s, end_s)
        if packet.pts is not None and packet.dts is not None:
            ahead_s = (packet.pts - packet.dts) * stream.tick_s
            if ahead_s > _REORDERED_S:  # a pause, which the decoding stamps come to later
                end_s += ahead_s
        self._frontier_s = end_s if self._frontier_s is None else max(self._frontier_s, end_s)
        return packet, stream.shift

    def _hold(self, packet: Packet[Any], begin_s: float, stream: _Stream) -> list[Shifted]:
        index = packet.stream_index
        goes_on = bool(self._held) and index not in self._firsts
        goes_on = goes_on and self._fits(stream, begin_s, stream.shift_s)
        if not goes_on:
            self._firsts.setdefault(index, begin_s)
        self._held.append((packet, not goes_on))
        if len(self._firsts) < len(self._streams) and len(self._held) < _HELD:
            return []
        return self._release()

    def _release(self) -> list[Shifted]:
        shifts_s = [
            end_s - begin_s
            for index, begin_s in self._firsts.items()
            if (end_s := self._streams[index].end_s) is not None
        ]
        self._shift = _ticks(max(shifts_s)) if shifts_s else self._shift
        held, self._held, self._firsts = self._held, [], {}
        ready: list[Shifted] = []
        apart: set[int] = set()
        for packet, after in held:
            begin_s, stream = self._begin(packet)
            if stream is not None and after and packet.stream_index not in apart:
                stream.set_shift(self._shift)
            if stream is None or begin_s is None:
                ready.append((packet, self._shift if stream is None else stream.shift))
            else:
                if stream.last_s is None and self._frontier_s is not None:
                    apart_s = begin_s + stream.shift_s - self._frontier_s
                    if abs(apart_s) > _FORWARD_S:  # a clock of its own, set beside the others
                        stream.set_shift(stream.shift - _ticks(apart_s))
                        apart.add(packet.stream_index)
                ready.append(self._advance(packet, stream, begin_s))
        return ready


class PictureClock:
    """Gives pictures, in the order they are shown, times that always rise.

    Args:
        time_base: seconds per tick of their stamps.
        rate: frames per second, for pictures without a stamp.
        origin: what the stamps count from, in seconds by the same clock.
    """

    def __init__(self, time_base: Fraction, rate: Fraction, *, origin: Fraction = Fraction(0)) -> None:
        self._time_base, self._origin = time_base, origin
        self._step = max(1, round(1 / (rate * time_base)))
        self._last: int | None = None
        self._lasts = self._step

    def time(self, stamp: int | None, *, guessed: bool = False, lasts: int | None = None) -> Fraction:
        """The time of the next picture, in seconds, later than that of the one before.

        Args:
            stamp: in ticks, or None where the picture has none: where the last one ends.
            guessed: ffmpeg has made it up, as for the last pictures of a program stream: where it does not
                rise, there is none.
            lasts: how long the picture is shown, in ticks; None for as long as the rate says.
        """
        if guessed and stamp is not None and self._last is not None and stamp <= self._last:
            stamp = None
        if stamp is None:
            ticks = round(self._origin / self._time_base) if self._last is None else self._last + self._lasts
        else:
            ticks = stamp
        if self._last is None:
            ticks = max(ticks, ceil(self._origin / self._time_base))  # nothing is shown before 0 s
        elif ticks <= self._last:
            ticks = self._last + 1
        self._last, self._lasts = ticks, lasts or self._step
        return ticks * self._time_base - self._origin


def _ticks(seconds: float) -> Fraction:
    return Fraction(round(seconds * _TICKS), _TICKS)
