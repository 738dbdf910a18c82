"""Decoded sound of any and changing format -> one encoded stream without gaps."""

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
"""For each channel, in bits per second: AAC and MP3 sound clean there."""
_OTHER_RATE = 48_000
"""Samples per second where the encoder cannot do the source's own rate; all of them know this one."""
_BLOCK = 1024
"""Samples for encoders that take any number."""
_LAME_RUN_UP = 1105
"""Samples that LAME and an MP3 decoder add before the sound (https://lame.sourceforge.io/tech-FAQ.txt)."""
_LEAP_S = Fraction(1, 20)
"""Sound whose stamps are wrong by more is put right at once, in seconds."""
_DRIFT_S = Fraction(1, 200)
"""Sound that is wrong by more throughout `_WATCHED_S` is put right, too. Single stamps are no reason to:
within one packet of MPEG-TS, ffmpeg goes by the length that sound had before its format changed."""
_WATCHED_S = 1


class SoundEncoder:
    """Encodes one stream of sound.

    What is missing between two pieces becomes silence, and what overlaps is left out, so that every sample is
    at its time. Other rates, channels and sample formats midway are converted to those of the output.

    Args:
        output: the container to write to; a stream is added to it.
        codec: ffmpeg's name of the encoder.
        rate: of the source, in samples per second; kept where the encoder knows it.
        channels: of the source; more than two are mixed down.
        stamps: the container stores times.
        mux: writes a packet.
        bit_rate: in bits per second; None for a good one.

    Attributes:
        stream: of the output.
    """

    def __init__(
        self,
        output: OutputContainer,
        codec: str,
        *,
        rate: int,
        channels: int,
        stamps: bool,
        mux: Callable[[Packet[Any]], object],
        bit_rate: int | None = None,
    ) -> None:
        known = av.Codec(codec, "w").audio_rates
        self._rate = rate if known is None or rate in known else _OTHER_RATE
        channels = 1 if channels == 1 else 2
        self._stamps, self._mux = stamps, mux
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
        self._begun = False
        self._skip = 0
        # AVI cannot say that an encoder's run-up is none of the sound: it takes the place of the beginning.
        self._next = Fraction(0) if stamps else Fraction(_LAME_RUN_UP, self._rate)
        self._watched, self._least, self._most = self._next, _LEAP_S, -_LEAP_S

    def begin(self, at: Fraction) -> None:
        """Says when the stream begins, in seconds of the output: silence until its first sound.

        Without this, and where the container stores no times, it begins with the output.
        """
        if self._stamps:
            self._first = round(at * self._rate)
            self._next = self._watched = Fraction(self._first, self._rate)

    def feed(self, frame: AudioFrame, begin: Fraction | None, *, seam: bool = False) -> None:
        """Encode one piece of decoded sound.

        Args:
            frame: of any format.
            begin: when it is to be heard, in seconds of the output; None right after the one before.
            seam: something before it is known to be missing.
        """
        if not frame.samples or not frame.sample_rate:
            return
        late = Fraction(0) if begin is None else begin - self._next
        if self._begun and not seam:
            late = self._wrong(late)
        length, overlap = Fraction(frame.samples, frame.sample_rate), Fraction(0)
        if late < 0:
            overlap = min(-late, length)
            self._skip += round(overlap * self._rate)
        elif late > 0:
            self._drain()
            self._silence(round(late * self._rate))
            self._next += late
        self._begun = self._begun or overlap < length
        self._convert(frame)
        self._next += length - overlap

    def _wrong(self, late: Fraction) -> Fraction:
        """By how much a piece has to be put later, in seconds, given how late its stamp is."""
        if abs(late) <= _LEAP_S:
            self._least, self._most = min(self._least, late), max(self._most, late)
            if self._next < self._watched + _WATCHED_S:
                return Fraction(0)
            late = max(self._least, Fraction(0)) or min(self._most, Fraction(0))
            late = late if abs(late) > _DRIFT_S else Fraction(0)
        self._watched, self._least, self._most = self._next + max(late, Fraction(0)), _LEAP_S, -_LEAP_S
        return late

    def finish(self) -> None:
        """Write what is still inside."""
        self._drain()
        self._encode(last=True)
        self._write(self.stream.encode(None))

    def _convert(self, frame: AudioFrame) -> None:
        frame = _known_layout(frame)
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._input:
            self._drain()
            self._input = kind
            self._resampler = AudioResampler(format=self._format, layout=self._layout, rate=self._rate)
        frame.pts = None
        if self._resampler is not None:
            self._take(self._resampler.resample(frame))

    def _drain(self) -> None:
        """Get out what a resampler holds back; the next piece gets another one."""
        if self._resampler is not None:
            self._take(self._resampler.resample(None) if self._input != self._output_kind() else [])
        self._resampler = self._input = None

    def _output_kind(self) -> tuple[str, str, int]:
        return self._format.name, self._layout.name, self._rate

    def _silence(self, samples: int) -> None:
        while samples > 0:
            piece = min(samples, self._rate)
            channels = len(self._layout.channels)
            shape = (channels, piece) if self._format.is_planar else (1, piece * channels)
            quiet: Any = np.zeros(shape, format_dtypes[self._format.name])
            frame = AudioFrame.from_ndarray(quiet, format=self._format.name, layout=self._layout.name)
            frame.sample_rate = self._rate
            self._take([frame])
            samples -= piece

    def _take(self, frames: Sequence[AudioFrame | None]) -> None:
        for frame in frames:
            if frame is not None and frame.samples > self._skip:
                frame = _without(frame, self._skip)
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
            if not self._stamps:
                # An encoder's run-up begins before zero; AVI would delay the pictures for it.
                self._delay = max(self._delay, -(packet.pts or 0))
                packet.pts = packet.dts = (packet.pts or 0) + self._delay
            self._mux(packet)


def _without(frame: AudioFrame, samples: int) -> AudioFrame:
    """Sound of one or two channels without its first samples."""
    if not samples:
        return frame
    skip = samples if frame.format.is_planar else samples * len(frame.layout.channels)
    data: Any = np.ascontiguousarray(frame.to_ndarray()[:, skip:])
    rest = AudioFrame.from_ndarray(data, format=frame.format.name, layout=frame.layout.name)
    rest.sample_rate = frame.sample_rate
    return rest


def _known_layout(frame: AudioFrame) -> AudioFrame:
    """The same sound with a channel layout that can be mixed: of so many channels, the usual one."""
    if " channel" not in frame.layout.name or (frame.format.is_planar and frame.layout.nb_channels >= 8):
        return frame  # PyAV reads the first seven planes only
    data = frame.to_ndarray()
    channels = frame.layout.nb_channels
    layout = _LAYOUTS.get(channels)
    if layout is None:  # nobody knows what these are: the first two are heard
        planes = data if frame.format.is_planar else data.reshape(-1, channels).T
        data = planes[:2] if frame.format.is_planar else planes[:2].T.reshape(1, -1)
        layout = "stereo"
    usual: Any = np.ascontiguousarray(data)
    known = AudioFrame.from_ndarray(usual, format=frame.format.name, layout=layout)
    known.sample_rate = frame.sample_rate
    return known


_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""`av_channel_layout_default` of ffmpeg."""
