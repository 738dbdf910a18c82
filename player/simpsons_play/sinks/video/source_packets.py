"""Packets of the streams that are copied from the source, which is read once for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction
from math import inf
from typing import Any

from av.packet import Packet
from av.stream import Stream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.time_range import seconds

_MAX_APART_S = {"audio": 60}
_DEFAULT_MAX_APART_S = 10
"""If the file has been read this far past a time without a packet of a stream, the stream has a gap there."""


class SourcePackets:
    """Distributes the packets of an open source to the streams that copy them.

    A packet that is read for one stream and belongs to another is queued. The queues are as long as the
    streams are apart in the file, which is short in most files.

    Args:
        media: source to read; nothing else may read it.
        indexes: indexes of the streams that may be requested.
        warn: shows the user one line if the source fails midway.
    """

    def __init__(self, media: Demuxer, indexes: Iterable[int], *, warn: Callable[[str], object]) -> None:
        self._media, self._warn = media, warn
        self._packets = media.all_packets()
        self._queues: dict[int, deque[Packet[Any]]] = {index: deque() for index in indexes}
        self._position_s, self._origin_s = 0.0, float(media.origin)
        self._ticks_s: dict[int, float] = {}
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the source has been read to its end."""
        return self._ended

    @property
    def position(self) -> Fraction:
        """Time of the packet that was read last, in seconds of the source."""
        return Fraction(self._position_s)

    def keep(self, indexes: Iterable[int]) -> None:
        """Drop all streams except these."""
        self._queues = {index: self._queues[index] for index in indexes}

    def next(self, stream: Stream, until: Fraction | None) -> Packet[Any] | None:
        """The next packet of a stream.

        Args:
            stream: one of the streams that are kept.
            until: source time in seconds; if the stream has no packet before it, None may be returned. None
                reads on to the end.

        Returns:
            None if there are no more packets, or none before `until`.
        """
        queue = self._queues[stream.index]
        if not queue:
            max_apart_s = _MAX_APART_S.get(stream.type, _DEFAULT_MAX_APART_S)
            end_s = inf if until is None else float(until) + max_apart_s
            while not queue and not self._ended:
                if self._position_s > end_s:
                    return None
                self._read()
        return queue.popleft() if queue else None

    def _read(self) -> None:
        try:
            packet = next(self._packets, None)
        except SourceError as error:  # the server has closed the connection
            self._warn(f"no sound and no subtitles from {seconds(Fraction(self._position_s))} s on: {error}")
            packet = None
        if packet is None:
            self._ended = True
            return
        timestamp = packet.dts if packet.dts is not None else packet.pts
        if timestamp is not None and packet.stream.type in ("audio", "video"):
            tick_s = self._ticks_s.get(packet.stream_index)
            if tick_s is None:
                tick_s = self._ticks_s[packet.stream_index] = float(packet.time_base)
            self._position_s = timestamp * tick_s - self._origin_s
        if packet.size and packet.stream_index in self._queues:
            self._queues[packet.stream_index].append(packet)
