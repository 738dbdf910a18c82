"""Encodes decoded sound of any format, even one that changes midway, into one stream without gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame, format_dtypes
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

_BIT_RATE = 80_000
"""Bits per second and channel, enough for AAC and MP3 without audible artefacts."""
_FALLBACK_RATE = 48_000
"""Samples per second if the encoder does not support the rate of the source; all encoders support this
one."""
_BLOCK = 1024
"""Samples per frame for encoders that accept any number."""
_LAME_DELAY = 1105
"""Samples that LAME and an MP3 decoder add before the sound (https://lame.sourceforge.io/tech-FAQ.txt)."""
_LEAP_S = Fraction(1, 20)
"""Sound that is out of sync by more than this, in seconds, is corrected immediately."""
_DRIFT_S = Fraction(1, 200)
"""Sound that is out of sync by more than this throughout `_WATCHED_S` is corrected, too. A single timestamp
is not enough: within a packet of MPEG-TS, ffmpeg uses the duration that sound had before its format
changed."""
_WATCHED_S = 1


class SoundEncoder:
    """Encodes one stream of sound.

    Gaps are filled with silence and overlaps left out, so that every sample is at its time. Other sample
    rates, channel layouts and sample formats midway are converted to those of the output.

    Args:
        output: container to write to; a stream is added to it.
        codec: ffmpeg's name of the encoder.
        rate: sample rate of the source in Hz; used for the output if the encoder supports it.
        channels: number of channels of the source; more than two are mixed down to stereo.
        timestamps: the container stores timestamps.
        mux: writes a packet.
        bit_rate: in bits per second; None uses 80 kbit/s per channel.

    Attributes:
        stream: stream of the output.
    """

    def __init__(
        self,
        output: OutputContainer,
        codec: str,
        *,
        rate: int,
        channels: int,
        timestamps: bool,
        mux: Callable[[Packet[Any]], object],
        bit_rate: int | None = None,
    ) -> None:
        supported = av.Codec(codec, "w").audio_rates
        self._rate = rate if supported is None or rate in supported else _FALLBACK_RATE
        channels = 1 if channels == 1 else 2
        self._timestamps, self._mux = timestamps, mux
        self.stream = cast(
            AudioStream,
            output.add_stream(
                codec,
                rate=self._rate,
                layout="mono" if channels == 1 else "stereo",
                bit_rate=bit_rate or _BIT_RATE * channels,
            ),
        )
        context = self.stream.codec_context
        context.open()
        self._format, self._layout = context.format, context.layout
        self._block = context.frame_size or _BLOCK
        self._fifo = AudioFifo()
        self._resampler: AudioResampler | None = None
        self._input: tuple[str, str, int] | None = None
        self._first = self._encoded = self._delay = 0
        self._has_sound = False
        self._skip = 0
        # AVI cannot mark the delay of the encoder as silence to skip: it replaces the beginning of the sound.
        self._next = Fraction(0) if timestamps else Fraction(_LAME_DELAY, self._rate)
        self._watched, self._min_late, self._max_late = self._next, _LEAP_S, -_LEAP_S

    def start(self, at: Fraction) -> None:
        """Begin the stream at `at`, in seconds of the output, instead of 0; ignored without timestamps."""
        if self._timestamps:
            self._first = round(at * self._rate)
            self._next = self._watched = Fraction(self._first, self._rate)

    def write(self, frame: AudioFrame, begin: Fraction | None, *, after_gap: bool = False) -> None:
        """Encode one frame of decoded sound.

        Args:
            frame: sound of any format.
            begin: when it is heard, in seconds of the output; None for immediately after the previous frame.
            after_gap: sound before it is known to be missing, so that `begin` is trusted.
        """
        if not frame.samples or not frame.sample_rate:
            return
        late = Fraction(0) if begin is None else begin - self._next
        if self._has_sound and not after_gap:
            late = self._correction(late)
        length, overlap = Fraction(frame.samples, frame.sample_rate), Fraction(0)
        if late < 0:
            overlap = min(-late, length)
            self._skip += round(overlap * self._rate)
        elif late > 0:
            self._drain()
            self._write_silence(round(late * self._rate))
            self._next += late
        self._has_sound = self._has_sound or overlap < length
        self._convert(frame)
        self._next += length - overlap

    def _correction(self, late: Fraction) -> Fraction:
        """How much to delay a frame, in seconds, given by how much its timestamp is late."""
        if abs(late) <= _LEAP_S:
            self._min_late, self._max_late = min(self._min_late, late), max(self._max_late, late)
            if self._next < self._watched + _WATCHED_S:
                return Fraction(0)
            late = max(self._min_late, Fraction(0)) or min(self._max_late, Fraction(0))
            late = late if abs(late) > _DRIFT_S else Fraction(0)
        self._watched = self._next + max(late, Fraction(0))
        self._min_late, self._max_late = _LEAP_S, -_LEAP_S
        return late

    def finish(self) -> None:
        """Drain the encoder."""
        self._drain()
        self._encode(last=True)
        self._write(self.stream.encode(None))

    def _convert(self, frame: AudioFrame) -> None:
        frame = _with_known_layout(frame)
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._input:
            self._drain()
            self._input = kind
            self._resampler = AudioResampler(format=self._format, layout=self._layout, rate=self._rate)
        frame.pts = None
        if self._resampler is not None:
            self._buffer(self._resampler.resample(frame))

    def _drain(self) -> None:
        """Drain the resampler; the next frame gets a new one."""
        if self._resampler is not None:
            self._buffer(self._resampler.resample(None) if self._input != self._output_kind() else [])
        self._resampler = self._input = None

    def _output_kind(self) -> tuple[str, str, int]:
        return self._format.name, self._layout.name, self._rate

    def _write_silence(self, samples: int) -> None:
        while samples > 0:
            length = min(samples, self._rate)
            channels = len(self._layout.channels)
            shape = (channels, length) if self._format.is_planar else (1, length * channels)
            silence: Any = np.zeros(shape, format_dtypes[self._format.name])
            frame = AudioFrame.from_ndarray(silence, format=self._format.name, layout=self._layout.name)
            frame.sample_rate = self._rate
            self._buffer([frame])
            samples -= length

    def _buffer(self, frames: Sequence[AudioFrame | None]) -> None:
        for frame in frames:
            if frame is not None and frame.samples > self._skip:
                frame = _without_start(frame, self._skip)
                self._skip = 0
                frame.pts, frame.time_base = None, Fraction(1, self._rate)
                self._fifo.write(frame)
            elif frame is not None:
                self._skip -= frame.samples
        self._encode(last=False)

    def _encode(self, *, last: bool) -> None:
        while (frame := self._fifo.read(self._block, last)) is not None:
            frame.pts = self._first + self._encoded
            frame.time_base = Fraction(1, self._rate)
            self._encoded += frame.samples
            self._write(self.stream.encode(frame))

    def _write(self, packets: list[Packet[AudioStream]]) -> None:
        for packet in packets:
            if not self._timestamps:
                # Timestamps of the encoder delay are negative; AVI would delay the frames by it.
                self._delay = max(self._delay, -(packet.pts or 0))
                packet.pts = packet.dts = (packet.pts or 0) + self._delay
            self._mux(packet)


def _without_start(frame: AudioFrame, samples: int) -> AudioFrame:
    """A mono or stereo frame without its first samples."""
    if not samples:
        return frame
    skip = samples if frame.format.is_planar else samples * len(frame.layout.channels)
    data: Any = np.ascontiguousarray(frame.to_ndarray()[:, skip:])
    rest = AudioFrame.from_ndarray(data, format=frame.format.name, layout=frame.layout.name)
    rest.sample_rate = frame.sample_rate
    return rest


def _with_known_layout(frame: AudioFrame) -> AudioFrame:
    """The frame with a channel layout that can be mixed: the default for its number of channels."""
    if " channel" not in frame.layout.name or (frame.format.is_planar and frame.layout.nb_channels >= 8):
        return frame  # PyAV only reads the first seven planes
    data = frame.to_ndarray()
    channels = frame.layout.nb_channels
    layout = _LAYOUTS.get(channels)
    if layout is None:  # unknown channels: only the first two are used
        planes = data if frame.format.is_planar else data.reshape(-1, channels).T
        data = planes[:2] if frame.format.is_planar else planes[:2].T.reshape(1, -1)
        layout = "stereo"
    samples: Any = np.ascontiguousarray(data)
    known = AudioFrame.from_ndarray(samples, format=frame.format.name, layout=layout)
    known.sample_rate = frame.sample_rate
    return known


_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""Number of channels -> default layout, as in `av_channel_layout_default` of ffmpeg."""
