"""A sound track of the source beside the new pictures: copied, or encoded where it must be."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.formats import VideoFormat
from simpsons_play.sinks.sound_encoder import SoundEncoder
from simpsons_play.sinks.sound_format import Signature, signature
from simpsons_play.sinks.tracks import Track, words
from simpsons_play.sources.demux import is_avi
from simpsons_play.sources.range import seconds

_WARM_UP_S = Fraction(1, 5)
"""Decoding begins so much before a cut, in seconds: sound is coded in overlapping blocks."""


class SoundTrack(Track):
    """A track of sound as the source has it.

    Sound that overlaps with what came before it, where a clock restarts, is left out.
    """

    def _add(self) -> Stream:
        self._codec: str = self._stream.codec_context.codec.canonical_name
        self._signature: Signature | None = None
        self._left_out = False
        self._end: Fraction | None = None
        if self._codec == "mp3" and not self._layout.stamps:
            # A template would pass on the block size, by which AVI miscounts; nothing is encoded here.
            return SoundEncoder(
                self._output,
                "libmp3lame",
                rate=self._stream.rate,
                channels=self._stream.channels,
                stamps=False,
                mux=self._mux,
                bit_rate=self._stream.codec_context.bit_rate,
            ).stream
        return super()._add()

    def _write(self, packet: Packet[Any]) -> None:
        begin, length = self._begin(packet), self._length(packet)
        if self._left_out or not self._fits(packet, begin):
            return
        if begin < self._zero and not self._holds_run_up():
            return
        if self._end is not None and begin < self._end - max(length, self._time_base) / 2:
            return
        self._end = begin + length
        # A tick of MP3 in AVI is a whole packet: too coarse to shift by.
        self._copy(packet, min(self._time_base, Fraction(1, self._stream.rate)))

    def _fits(self, packet: Packet[Any], begin: Fraction) -> bool:
        """Whether a packet has the format of those before it."""
        found = signature(self._codec, packet)
        if found is None or found == self._signature:
            changed = self._last >= 0 and packet.has_sidedata("new_extradata")
        else:
            changed, self._signature = self._signature is not None, self._signature or found
        if changed:
            self._left_out = True
            self._tell(
                f"{words(self._stream)} changes its format at {seconds(begin)} s: left out from there on"
            )
        return not changed

    def _holds_run_up(self) -> bool:
        """Whether packets may come before the beginning, for the decoder alone.

        MP4 and MOV hold that in an edit list; Matroska only where the source says how long it is.
        """
        if self._cut:
            return False
        known = "matroska" in self._media.container.format.name or self._codec == "opus"
        return self._layout.run_up or (self._layout.stamps and known)


class EncodedSoundTrack(Track):
    """A track of sound that is decoded and encoded again."""

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`, and what the encoder still holds."""
        super().finish(end)
        self._encoder.finish()

    def _add(self) -> Stream:
        self._lost = self._placed = False
        self._encoder = SoundEncoder(
            self._output,
            self._layout.sound_codec,
            rate=self._stream.rate,
            channels=self._stream.channels,
            stamps=self._layout.stamps,
            mux=self._mux,
        )
        return self._encoder.stream

    def _write(self, packet: Packet[Any]) -> None:
        if not self._placed:  # a decoder may give nothing of the first packet
            self._encoder.begin(max(Fraction(0), self._begin(packet) - self._zero))
            self._placed = True
        if self._begin(packet) + self._length(packet) < self._zero - _WARM_UP_S:
            return
        try:
            frames = packet.decode()
        except Exception:  # decoders raise what they like
            self._lost = True
            return
        for frame in frames:
            if isinstance(frame, AudioFrame):
                begin = None
                if frame.pts is not None and frame.time_base is not None:
                    begin = self._media.time_of(frame.pts, frame.time_base) - self._zero
                try:
                    self._encoder.feed(frame, begin, seam=self._lost)
                except ValueError:  # what nobody can convert
                    self._lost = True
                    self._refused += 1
                    continue
                self._lost = False


def copies(stream: Stream, output: OutputContainer, layout: VideoFormat) -> bool:
    """Whether sound may go into a container as it is."""
    codec = stream.codec_context.codec
    # AVI stores no times, nor MOV those of uncompressed sound: a gap would bring the rest out of step. What
    # comes from the like has none.
    gapless = is_avi(stream.container)
    if layout.run_up and codec.name.startswith("pcm_"):
        gapless = gapless or "mov" in stream.container.format.name.split(",")
        timed = False
    else:
        timed = layout.stamps
    return (
        (timed or gapless) and layout.copies(codec.canonical_name) and codec.name in output.supported_codecs
    )
