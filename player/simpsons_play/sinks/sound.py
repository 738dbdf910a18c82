"""The sound of the source beside the new pictures: copied packet by packet, encoded only where it must be."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from simpsons_play.sinks.formats import VideoFormat
from simpsons_play.sources.container import (
    open_container,
    read_packets,
    sound_origin,
    stamp_of,
    video_stream,
)

_BIT_RATE = 80_000
"""Of sound that has to be encoded, for each channel in bits per second; AAC and MP3 sound clean from there on."""
_OTHER_RATE = 48_000
"""Samples per second where the encoder cannot do the source's own rate; all of them know this one."""


class SoundTrack:
    """Carries the sound of a file into an output container, a little ahead of the pictures.

    Nothing is held in memory: packets are read as the pictures come to them.

    Args:
        path: the file to take the sound from; it must hold sound.
        output: the container to write to; a stream is added to it.
        layout: what the container can hold.

    Attributes:
        lead: how long the sound of the source begins before its first picture, in seconds; 0 if later.
    """

    def __init__(self, path: Path, output: OutputContainer, layout: VideoFormat) -> None:
        self._output = output
        self._input = open_container(str(path))
        try:
            self._stream = _best(self._input.streams.audio)
            self._time_base = self._stream.time_base or Fraction(1, self._stream.rate)
            video = video_stream(self._input, str(path))
            first = next((p for packet in read_packets(self._input, video) for p in _decoded(packet)), None)
            stamp = 0 if first is None else stamp_of(first) or 0
            self._origin = sound_origin(self._input, video, stamp)
            self._input.close()
            self._input = open_container(str(path))
            self._stream = _best(self._input.streams.audio)
        except BaseException:
            self._input.close()
            raise
        begin = self._stream.start_time
        self.lead = Fraction(0)
        if begin is not None and layout.stamps:
            self.lead = max(Fraction(0), self._origin - begin * self._time_base)
        self._copies = layout.copies(self._stream.codec_context.codec.canonical_name)
        self._keep_early = layout.stamps
        if self._copies:
            self._target: AudioStream = output.add_stream_from_template(self._stream, opaque=True)
        else:
            self._target = self._encoder(layout.sound_codec)
        self._base = self._shift = Fraction(0)
        self._waiting: Packet[AudioStream] | None = None
        self._packets = self._read()
        self._last = -(1 << 62)

    def begin(self, base: Fraction, lead: Fraction) -> None:
        """Says where the pictures begin; sound before that is left out unless it is the file's own beginning.

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
            if self._base > 0 or not self._keep_early:
                if self._begin(packet) < self._base:
                    continue
            self._write(packet)

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`, and what an encoder still holds."""
        self.write_until(end)
        if not self._copies:
            self._encode(None)

    def close(self) -> None:
        """Closes the file the sound comes from."""
        self._input.close()

    def _encoder(self, codec: str) -> AudioStream:
        known = av.Codec(codec, "w").audio_rates
        own = self._stream.rate
        rate = own if known is None or own in known else _OTHER_RATE
        channels = 1 if self._stream.channels == 1 else 2
        target: AudioStream = self._output.add_stream(
            codec, rate=rate, layout="mono" if channels == 1 else "stereo", bit_rate=_BIT_RATE * channels
        )
        target.codec_context.open()
        self._resampler = AudioResampler(
            format=target.codec_context.format,
            layout=target.codec_context.layout,
            rate=rate,
            frame_size=target.codec_context.frame_size or None,
        )
        return target

    def _read(self) -> Iterator[Packet[AudioStream]]:
        """The packets with sound in them; those without a stamp follow the one before."""
        following = self._stream.start_time or 0
        for packet in read_packets(self._input, self._stream):
            if not packet.size:
                continue
            if packet.pts is None:
                packet.pts = packet.dts if packet.dts is not None else following
            following = packet.pts + (packet.duration or 0)
            yield packet

    def _begin(self, packet: Packet[AudioStream]) -> Fraction:
        """When a packet sounds, in seconds since the source's first picture."""
        return (packet.pts or 0) * self._time_base - self._origin

    def _write(self, packet: Packet[AudioStream]) -> None:
        if not self._copies:
            for frame in _decoded(packet):
                self._encode(frame)
            return
        # A tick of MP3 in AVI is a whole packet: too coarse to shift by.
        fine = min(self._time_base, Fraction(1, self._stream.rate))
        stamp = max(self._last + 1, round((self._begin(packet) + self._shift) / fine))
        packet.duration = round((packet.duration or 0) * self._time_base / fine)
        packet.time_base = fine
        packet.pts = packet.dts = self._last = stamp
        packet.stream = self._target
        self._output.mux(packet)

    def _encode(self, frame: AudioFrame | None) -> None:
        """Encodes one frame of decoded sound; None brings out what is still inside."""
        if frame is not None:
            if frame.pts is not None and frame.time_base is not None:
                begin = frame.pts * frame.time_base - self._origin + self._shift
                frame.pts = round(begin * frame.sample_rate)
                frame.time_base = Fraction(1, frame.sample_rate)
        for ready in self._resampler.resample(frame):
            self._output.mux(self._target.encode(ready))
        if frame is None:
            self._output.mux(self._target.encode(None))


def _best(streams: tuple[AudioStream, ...]) -> AudioStream:
    """The stream a player would choose: marked as default, else the first that can be decoded."""
    usable = [stream for stream in streams if stream.codec_context is not None]
    return next((stream for stream in usable if stream.disposition & 1), usable[0])


def _decoded(packet: Packet[av.stream.Stream]) -> list[av.VideoFrame] | list[AudioFrame]:
    """What is in a packet; nothing where it is damaged."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return []
