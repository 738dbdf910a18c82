"""One stream of the source beside the new pictures, copied packet by packet: its subtitles as they are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.formats import VideoFormat
from simpsons_play.sources.demux import Demuxer

_KEPT_WORDS = ("language", "title")
"""What is said of a stream and stays true of its copy."""


class Track:
    """Carries one stream of a file into an output container, a little ahead of the pictures.

    Nothing is held in memory: packets are read as the pictures come to them.

    Args:
        path: the file to take it from.
        index: of the stream in that file.
        output: the container to write to; a stream is added to it.
        layout: what the container can hold.
        origin: time of the first picture on the clock of the file, in seconds.

    Attributes:
        lead: how long it begins before the first picture, in seconds; 0 if later.
    """

    def __init__(
        self, path: Path, index: int, *, output: OutputContainer, layout: VideoFormat, origin: Fraction
    ) -> None:
        self._output, self._layout, self._origin = output, layout, origin
        self._input = Demuxer(path)
        try:
            self._stream: Any = self._input.container.streams[index]
            self._time_base: Fraction = self._stream.time_base or Fraction(1, 1000)
            self._target: Any = self._add()
        except BaseException:
            self._input.close()
            raise
        self._describe()
        begin = self._stream.start_time
        self.lead = Fraction(0)
        if begin is not None and layout.stamps:
            self.lead = max(Fraction(0), origin - begin * self._time_base)
        self._base = self._shift = Fraction(0)
        self._waiting: Packet[Any] | None = None
        self._packets = self._read()
        self._last = -(1 << 62)

    def begin(self, base: Fraction, lead: Fraction) -> None:
        """Says where the pictures begin; what is before that is left out unless it is the file's beginning.

        Args:
            base: time of the first picture in the source, in seconds.
            lead: where the first picture stands in the output, in seconds.
        """
        self._base = base
        self._shift = lead - base

    def write_until(self, end: Fraction | None) -> None:
        """Writes what begins before `end`, in seconds of the source; all there is for None.

        Raises:
            av.FFmpegError: it cannot be written.
        """
        while True:
            if self._waiting is None:
                self._waiting = next(self._packets, None)
            packet = self._waiting
            if packet is None or (end is not None and self._begin(packet) >= end):
                return
            self._waiting = None
            early = self._begin(packet) < self._base
            if early and (self._base > 0 or not self._layout.stamps):
                continue
            self._write(packet)

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`."""
        self.write_until(end)

    def close(self) -> None:
        """Closes the file it comes from."""
        self._input.close()

    def _add(self) -> Stream:
        """The stream of the output that it becomes."""
        added: Stream = self._output.add_stream_from_template(self._stream, opaque=True)
        return added

    def _describe(self) -> None:
        said = self._stream.metadata
        self._target.metadata.update({word: said[word] for word in _KEPT_WORDS if word in said})
        self._target.disposition = self._stream.disposition

    def _read(self) -> Iterator[Packet[Any]]:
        """The packets with something in them; those without a stamp follow the one before."""
        following = self._stream.start_time or 0
        for packet in self._input.packets(self._stream):
            if not packet.size:
                continue
            if packet.pts is None:
                packet.pts = packet.dts if packet.dts is not None else following
            following = packet.pts + (packet.duration or 0)
            yield packet

    def _begin(self, packet: Packet[Any]) -> Fraction:
        """When a packet is to be heard or seen, in seconds since the source's first picture."""
        return (packet.pts or 0) * self._time_base - self._origin

    def _write(self, packet: Packet[Any]) -> None:
        self._copy(packet, self._time_base)

    def _copy(self, packet: Packet[Any], tick: Fraction) -> None:
        """Writes a packet as it is, at its place by a clock of so many seconds a tick."""
        stamp = max(self._last + 1, round((self._begin(packet) + self._shift) / tick))
        packet.duration = round((packet.duration or 0) * self._time_base / tick)
        packet.time_base = tick
        packet.pts = packet.dts = self._last = stamp
        packet.stream = self._target
        self._output.mux(packet)


def decoded(packet: Packet[Any]) -> list[Any]:
    """The pictures or pieces of sound in a packet; nothing where it is damaged."""
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []
