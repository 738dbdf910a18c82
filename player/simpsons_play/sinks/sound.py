"""A sound track of the source beside the new pictures: copied, or encoded where it must be."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.tracks import Track, decoded

_BIT_RATE = 80_000
"""Of sound that has to be encoded, for each channel, in bits per second: AAC and MP3 sound clean there."""
_OTHER_RATE = 48_000
"""Samples per second where the encoder cannot do the source's own rate; all of them know this one."""


class SoundTrack(Track):
    """A track of sound, which is encoded where the container cannot hold it as it is."""

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`, and what an encoder still holds."""
        super().finish(end)
        if not self._copies:
            self._encode(None)

    def _add(self) -> Stream:
        self._delay = 0
        known = self._stream.codec_context.codec
        codec = known.canonical_name
        self._copies = self._layout.copies(codec) and known.name in self._output.supported_codecs
        if not self._copies:
            return self._encoder(self._layout.sound_codec)
        if codec == "mp3" and not self._layout.stamps:
            # A template would pass on the block size, by which AVI miscounts; nothing is encoded here.
            return self._encoder("libmp3lame", self._stream.codec_context.bit_rate)
        return super()._add()

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

    def _write(self, packet: Packet[Any]) -> None:
        if self._copies:
            # A tick of MP3 in AVI is a whole packet: too coarse to shift by.
            self._copy(packet, min(self._time_base, Fraction(1, self._stream.rate)))
            return
        for frame in decoded(packet):
            if isinstance(frame, AudioFrame):
                self._encode(frame)

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
