"""One stream of the source that is copied to the output packet by packet, such as subtitles."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, inf
from typing import Any

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.disk_space import DISK_ERRORS
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.rescaling import Rescaling
from simpsons_play.sinks.video.source_packets import SourcePackets
from simpsons_play.sources.demux import Demuxer

_COPIED_METADATA = {"language": "language", "title": "title", "name": "title"}
"""Metadata keys of a stream -> those of its copy; ffmpeg returns titles of MP4 as `name`."""


class PassthroughStream:
    """Copies one stream of the source to the output container, a little ahead of the frames.

    Args:
        media: the open source.
        stream: stream of the source to copy.
        packets: packets of the source.
        output: container to write to; a stream is added to it.
        video_format: format of the output.
        warn: shows the user one line about packets that are left out.
    """

    def __init__(
        self,
        media: Demuxer,
        stream: Stream,
        *,
        packets: SourcePackets,
        output: OutputContainer,
        video_format: VideoFormat,
        warn: Callable[[str], object],
    ) -> None:
        self._output, self._format, self._warn = output, video_format, warn
        self._media, self._packets = media, packets
        self._stream: Any = stream
        self._time_base: Fraction = stream.time_base or Fraction(1, 1000)
        self._tick_s = self._time_base
        self._target: Any = self._add_stream()
        copy_metadata(self._target, self._stream)
        self._duration_ticks = Rescaling(self._time_base / self._tick_s)
        self.start(Fraction(0), excerpt=False)
        self._pending: Packet[Any] | None = None
        self._next_pts: int = stream.start_time or 0
        self._last_pts = -(1 << 62)
        self._damaged_packets = 0
        self._has_timestamp = True

    def start(self, origin: Fraction, *, excerpt: bool) -> None:
        """Set where the output begins; call it before the first packet is written.

        Args:
            origin: source time, in seconds, that becomes 0 in the output.
            excerpt: leave out all packets before `origin`. Otherwise the preroll of sound stays if the format
                supports it.
        """
        self._origin, self._excerpt = origin, excerpt
        self._origin_pts = self._pts_at(origin)
        shift = (self._media.origin + origin) / self._tick_s
        self._output_pts = Rescaling(self._time_base / self._tick_s, shift)

    def write_until(self, end: Fraction | None) -> None:
        """Write the packets that begin before `end`, in seconds of the source; None writes all.

        Raises:
            av.FFmpegError: the output cannot be written.
        """
        end_pts = inf if end is None else self._pts_at(end)
        while True:
            if self._pending is None:
                self._pending = self._read(end)
            packet = self._pending
            if packet is None or (packet.pts or 0) >= end_pts:
                return
            self._pending = None
            self._write(packet)

    def finish(self, end: Fraction | None) -> None:
        """Write the remaining packets up to `end`, as in `write_until`, and report damaged ones."""
        self.write_until(end)
        self._warn_of_damage()

    def _warn_of_damage(self) -> None:
        if self._damaged_packets:
            self._warn(f"{stream_name(self._stream)}: {self._damaged_packets} damaged packets are left out")

    def _add_stream(self) -> Stream:
        """Add the stream to the output; may set `_tick_s`, the length of a tick there in seconds."""
        added: Stream = self._output.add_stream_from_template(self._stream, opaque=True)
        return added

    def _read(self, end: Fraction | None) -> Packet[Any] | None:
        """The next packet; without a timestamp, it follows the previous one immediately."""
        packet = self._packets.next(self._stream, end)
        if packet is None:
            return None
        self._has_timestamp = packet.pts is not None or packet.dts is not None
        if packet.pts is None:
            packet.pts = packet.dts if packet.dts is not None else self._next_pts
        self._next_pts = packet.pts + (packet.duration or 0)
        return packet

    def _pts_at(self, time: Fraction) -> int:
        """The first timestamp at or after a time in seconds of the source."""
        return ceil((time + self._media.origin) / self._time_base)

    def _begin_of(self, packet: Packet[Any]) -> Fraction:
        """When a packet begins, in seconds of the source."""
        return self._media.time_of(packet.pts or 0, self._time_base)

    def _duration_of(self, packet: Packet[Any]) -> Fraction:
        """Duration of a packet in seconds; 0 if unknown."""
        return (packet.duration or 0) * self._time_base

    def _write(self, packet: Packet[Any]) -> None:
        early = self._origin - self._begin_of(packet)
        if early > 0:  # a subtitle that is on screen when the output begins is shortened
            if self._duration_of(packet) <= early:
                return
            ticks = round(early / self._time_base)
            packet.pts = (packet.pts or 0) + ticks
            packet.duration = (packet.duration or 0) - ticks
        self._copy(packet)

    def _copy(self, packet: Packet[Any]) -> None:
        """Write a packet unchanged, its timestamps converted to ticks of output time."""
        pts = max(self._last_pts + 1, self._output_pts(packet.pts or 0))
        packet.duration = self._duration_ticks(packet.duration or 0)
        packet.time_base = self._tick_s
        packet.pts = packet.dts = self._last_pts = pts
        packet.stream = self._target
        self._mux(packet)

    def _mux(self, packet: Packet[Any]) -> None:
        try:
            self._output.mux(packet)
        except av.FFmpegError as error:
            if error.errno in DISK_ERRORS:
                raise
            self._damaged_packets += 1


def copy_metadata(target: Any, source: Any) -> None:
    """Copy title, language and disposition from one stream to another."""
    metadata = source.metadata
    target.metadata.update({to: metadata[key] for key, to in _COPIED_METADATA.items() if key in metadata})
    target.disposition = source.disposition


def stream_name(stream: Stream) -> str:
    """Describe a stream for people: `subtitles (subrip, eng)`."""
    kind = {"audio": "sound", "video": "video"}.get(stream.type, "subtitles")
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown codec"
    language = "" if stream.language == "und" else stream.language
    return f"{kind} ({', '.join(word for word in (codec, language) if word)})"
