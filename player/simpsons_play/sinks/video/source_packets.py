"""The packets of the streams that are kept of a source, which is read once for all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from av.packet import Packet
from av.stream import Stream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.time_range import seconds

_APART_S = {"audio": 60}
_USUALLY_APART_S = 10
"""A stream of which nothing comes while the file goes on for so long, in seconds, has a pause there."""


class SourcePackets:
    """Hands the packets of an open source to those who keep its streams.

    What is read for one stream and belongs to another waits for it: as much as the streams lie apart in the
    file, which is little of most.

    Args:
        media: to read; nothing else may read it.
        indexes: of the streams that may be asked for.
        tell: told in one line where the source gives up midway.
    """

    def __init__(self, media: Demuxer, indexes: Iterable[int], *, tell: Callable[[str], object]) -> None:
        self._media, self._tell = media, tell
        self._packets = media.all_packets()
        self._waiting: dict[int, deque[Packet[Any]]] = {index: deque() for index in indexes}
        self._at_s = 0.0
        self._over = False

    @property
    def over(self) -> bool:
        """Whether all of the source was read."""
        return self._over

    @property
    def at(self) -> Fraction:
        """Where the packet that was read last begins, in seconds of the source."""
        return Fraction(self._at_s)

    def keep(self, indexes: Iterable[int]) -> None:
        """Forget all streams but these."""
        self._waiting = {index: self._waiting[index] for index in indexes}

    def next(self, stream: Stream, until: Fraction | None) -> Packet[Any] | None:
        """The next packet of a stream.

        Args:
            stream: one that is kept.
            until: where nothing of it begins before this time, in seconds of the source, None may be given;
                None reads on to the end.

        Returns:
            None where there is none, or none until then.
        """
        waiting = self._waiting[stream.index]
        apart_s = _APART_S.get(stream.type, _USUALLY_APART_S)
        while not waiting and not self._over:
            if until is not None and self._at_s > until + apart_s:
                return None
            self._read()
        return waiting.popleft() if waiting else None

    def _read(self) -> None:
        try:
            packet = next(self._packets, None)
        except SourceError as error:  # an address that has gone away
            self._tell(f"no sound and no subtitles from {seconds(Fraction(self._at_s))} s on: {error}")
            packet = None
        if packet is None:
            self._over = True
            return
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is not None and packet.stream.type in ("audio", "video"):
            self._at_s = float(self._media.time_of(stamp, packet.time_base))
        if packet.size and packet.stream_index in self._waiting:
            self._waiting[packet.stream_index].append(packet)
