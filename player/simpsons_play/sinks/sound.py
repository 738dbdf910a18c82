"""The sound of the source beside the new pictures: copied packet by packet, encoded only where it must be."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition

from simpsons_play.sinks.formats import VideoFormat
from simpsons_play.sources.container import (
    counts_frames,
    open_container,
    read_packets,
    stamp_of,
    video_stream,
)

_BIT_RATE = 80_000
"""Of sound that has to be encoded, for each channel, in bits per second: AAC and MP3 sound clean there."""
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
        self._layout = layout
        self._origin = _origin(path)
        self._input = open_container(str(path))
        self._stream = _best(self._input)
        self._time_base = self._stream.time_base or Fraction(1, self._stream.rate)
        begin = self._stream.start_time
        self.lead = Fraction(0)
        if begin is not None and layout.stamps:
            self.lead = max(Fraction(0), self._origin - begin * self._time_base)
        known = self._stream.codec_context.codec
        codec = known.canonical_name
        self._copies = layout.copies(codec) and known.name in output.supported_codecs
        if not self._copies:
            self._target = self._encoder(layout.sound_codec)
        elif codec == "mp3" and not layout.stamps:
            # A template would pass on the block size, by which AVI miscounts; nothing is encoded here.
            self._target = self._encoder("libmp3lame", self._stream.codec_context.bit_rate)
        else:
            self._target = output.add_stream_from_template(self._stream, opaque=True)
        self._base = self._shift = Fraction(0)
        self._waiting: Packet[Any] | None = None
        self._packets = self._read()
        self._last = -(1 << 62)
        self._delay = 0

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
            early = self._begin(packet) < self._base
            if early and (self._base > 0 or not self._layout.stamps):
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

    def _encoder(self, codec: str, bit_rate: int | None = None) -> AudioStream:
        known = av.Codec(codec, "w").audio_rates
        own = self._stream.rate
        rate = own if known is None or own in known else _OTHER_RATE
        channels = 1 if self._stream.channels == 1 else 2
        target = cast(
            AudioStream,
            self._output.add_stream(
                codec,
                rate=rate,
                layout="mono" if channels == 1 else "stereo",
                bit_rate=bit_rate or _BIT_RATE * channels,
            ),
        )
        target.codec_context.open()
        self._resampler = AudioResampler(
            format=target.codec_context.format,
            layout=target.codec_context.layout,
            rate=rate,
            frame_size=target.codec_context.frame_size or None,
        )
        return target

    def _read(self) -> Iterator[Packet[Any]]:
        """The packets with sound in them; those without a stamp follow the one before."""
        following = self._stream.start_time or 0
        for packet in read_packets(self._input, self._stream):
            if not packet.size:
                continue
            if packet.pts is None:
                packet.pts = packet.dts if packet.dts is not None else following
            following = packet.pts + (packet.duration or 0)
            yield packet

    def _begin(self, packet: Packet[Any]) -> Fraction:
        """When a packet sounds, in seconds since the source's first picture."""
        return (packet.pts or 0) * self._time_base - self._origin

    def _write(self, packet: Packet[Any]) -> None:
        if not self._copies:
            for frame in _decoded(packet):
                if isinstance(frame, AudioFrame):
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
        if frame is not None and frame.pts is not None and frame.time_base is not None:
            begin = frame.pts * frame.time_base - self._origin + self._shift
            frame.pts = round(begin * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        for ready in self._resampler.resample(frame):
            self._mux_encoded(self._target.encode(ready))
        if frame is None:
            self._mux_encoded(self._target.encode(None))

    def _mux_encoded(self, packets: list[Packet[AudioStream]]) -> None:
        for packet in packets:
            if not self._layout.stamps:
                # An encoder's run-up begins before zero; AVI would delay the pictures for it.
                self._delay = max(self._delay, -(packet.pts or 0))
                packet.pts = packet.dts = (packet.pts or 0) + self._delay
            self._output.mux(packet)


def has_sound(path: Path) -> bool:
    """Whether a file holds sound that can be read.

    Raises:
        SourceError: it cannot be opened.
    """
    with open_container(str(path)) as container:
        return any(stream.codec_context is not None for stream in container.streams.audio)


def _origin(path: Path) -> Fraction:
    """The time of a file's first picture on the clock of its sound, in seconds; 0 if it holds none.

    Where only packets are counted (AVI), the first packet and the first sound go together, however many
    packets the decoder wants before it gives a picture.
    """
    with open_container(str(path)) as container:
        if not container.streams.video:
            return Fraction(0)
        stream = video_stream(container, str(path))
        counted = counts_frames(container)
        for packet in read_packets(container, stream):
            if counted and packet.dts is not None:
                return packet.dts * packet.time_base
            for picture in _decoded(packet):
                return (stamp_of(picture, counted=False) or 0) * packet.time_base
    return Fraction(0)


def _best(container: InputContainer) -> AudioStream:
    """The stream a player would choose: marked as default, else the first that can be decoded."""
    usable = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return next((stream for stream in usable if stream.disposition & Disposition.default), usable[0])


def _decoded(packet: Packet[Any]) -> list[Any]:
    """The pictures or pieces of sound in a packet; nothing where it is damaged."""
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []
