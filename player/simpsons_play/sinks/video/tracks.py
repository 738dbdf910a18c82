"""One stream of the source beside the new pictures, copied packet by packet: its subtitles as they are."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.disk_space import DISK_ERRORS
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.source_packets import SourcePackets
from simpsons_play.sources.demux import Demuxer

_KEPT_WORDS = {"language": "language", "title": "title", "name": "title"}
"""What is said of a stream and stays true of its copy; ffmpeg reads titles of MP4 as names."""


class PassthroughStream:
    """Carries one stream of a file into an output container, a little ahead of the pictures.

    Args:
        media: the open source.
        stream: of it, to be carried over.
        packets: of the source.
        output: the container to write to; a stream is added to it.
        layout: what the container can hold.
        tell: told in one line what is left out midway.
    """

    def __init__(
        self,
        media: Demuxer,
        stream: Stream,
        *,
        packets: SourcePackets,
        output: OutputContainer,
        layout: VideoFormat,
        tell: Callable[[str], object],
    ) -> None:
        self._output, self._layout, self._tell = output, layout, tell
        self._media, self._packets = media, packets
        self._stream: Any = stream
        self._time_base: Fraction = stream.time_base or Fraction(1, 1000)
        self._target: Any = self._add()
        describe(self._target, self._stream)
        self._zero = Fraction(0)
        self._cut = False
        self._waiting: Packet[Any] | None = None
        self._following: int = stream.start_time or 0
        self._last = -(1 << 62)
        self._refused = 0
        self._stamped = True

    def begin(self, zero: Fraction, *, cut: bool) -> None:
        """Says where the output begins.

        Args:
            zero: time of its beginning in the source, in seconds.
            cut: leave out all that is before; else the run-up of sound stays where the container can hold it.
        """
        self._zero, self._cut = zero, cut

    def write_until(self, end: Fraction | None) -> None:
        """Writes what begins before `end`, in seconds of the source; all there is for None.

        Raises:
            av.FFmpegError: it cannot be written.
        """
        while True:
            if self._waiting is None:
                self._waiting = self._read(end)
            packet = self._waiting
            if packet is None or (end is not None and self._begin(packet) >= end):
                return
            self._waiting = None
            self._write(packet)

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`."""
        self.write_until(end)
        self._tell_refused()

    def _tell_refused(self) -> None:
        if self._refused:
            self._tell(f"{words(self._stream)}: {self._refused} damaged packets are left out")

    def _add(self) -> Stream:
        """The stream of the output that it becomes."""
        added: Stream = self._output.add_stream_from_template(self._stream, opaque=True)
        return added

    def _read(self, end: Fraction | None) -> Packet[Any] | None:
        """The next packet; one without a stamp follows the one before."""
        packet = self._packets.next(self._stream, end)
        if packet is None:
            return None
        self._stamped = packet.pts is not None or packet.dts is not None
        if packet.pts is None:
            packet.pts = packet.dts if packet.dts is not None else self._following
        self._following = packet.pts + (packet.duration or 0)
        return packet

    def _begin(self, packet: Packet[Any]) -> Fraction:
        """When a packet is to be heard or seen, in seconds of the source."""
        return self._media.time_of(packet.pts or 0, self._time_base)

    def _length(self, packet: Packet[Any]) -> Fraction:
        """How long a packet lasts, in seconds; 0 where nobody says."""
        return (packet.duration or 0) * self._time_base

    def _write(self, packet: Packet[Any]) -> None:
        early = self._zero - self._begin(packet)
        if early > 0:  # what is on screen when the output begins goes on
            if self._length(packet) <= early:
                return
            ticks = round(early / self._time_base)
            packet.pts, packet.duration = (packet.pts or 0) + ticks, (packet.duration or 0) - ticks
        self._copy(packet, self._time_base)

    def _copy(self, packet: Packet[Any], tick: Fraction) -> None:
        """Writes a packet as it is, at its place by a clock of so many seconds a tick."""
        stamp = max(self._last + 1, round((self._begin(packet) - self._zero) / tick))
        packet.duration = round((packet.duration or 0) * self._time_base / tick)
        packet.time_base = tick
        packet.pts = packet.dts = self._last = stamp
        packet.stream = self._target
        self._mux(packet)

    def _mux(self, packet: Packet[Any]) -> None:
        try:
            self._output.mux(packet)
        except av.FFmpegError as error:
            if error.errno in DISK_ERRORS:
                raise
            self._refused += 1


def describe(target: Any, source: Any) -> None:
    """Gives a stream the name, language and disposition of the one it comes from."""
    said = source.metadata
    target.metadata.update({to: said[word] for word, to in _KEPT_WORDS.items() if word in said})
    target.disposition = source.disposition


def words(stream: Stream) -> str:
    """What a stream is called: `subtitles (subrip, eng)`."""
    what = {"audio": "sound", "video": "video"}.get(stream.type, "subtitles")
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown codec"
    language = "" if stream.language == "und" else stream.language
    return f"{what} ({', '.join(word for word in (codec, language) if word)})"
