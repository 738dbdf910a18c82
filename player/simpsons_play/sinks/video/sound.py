"""A sound track of the source beside the new pictures: copied, or encoded where it must be."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.sound_encoder import SoundEncoder
from simpsons_play.sinks.video.sound_format import Signature, headers, signature
from simpsons_play.sinks.video.tracks import PassthroughStream, words
from simpsons_play.sources.avi import is_avi
from simpsons_play.sources.sound_decoder import SoundDecoder, may_change_codec
from simpsons_play.sources.time_range import seconds

_WARM_UP_S = Fraction(1, 5)
"""Decoding begins so much before a cut, in seconds: sound is coded in overlapping blocks."""
_COUNTED = {"mp3": "libmp3lame", "mp2": "mp2", "ac3": "ac3"}
"""Codecs whose packets AVI counts one by one, and ffmpeg's encoders of them."""


class CopiedSound(PassthroughStream):
    """A track of sound as the source has it.

    Sound that overlaps with what came before it, where a clock restarts, is left out.
    """

    def _add(self) -> Stream:
        self._codec: str = self._stream.codec_context.codec.canonical_name
        self._signature: Signature | None = None
        self._headers = headers(self._stream.codec_context.extradata)
        self._left_out = False
        self._end: Fraction | None = None
        if self._codec in _COUNTED and not self._layout.stamps:
            # A template would pass on the block size, by which AVI miscounts; nothing is encoded here.
            return self._output.add_stream(
                _COUNTED[self._codec],
                rate=self._stream.rate,
                layout=self._stream.layout.name,
                bit_rate=self._stream.codec_context.bit_rate,
            )
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
        found = signature(packet, only=None if may_change_codec(self._stream) else self._codec)
        changed = found is not None and self._signature is not None and found != self._signature
        self._signature = self._signature or found
        if self._last >= 0 and packet.has_sidedata("new_extradata"):
            changed = changed or headers(bytes(packet.get_sidedata("new_extradata"))) != self._headers
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


class EncodedSound(PassthroughStream):
    """A track of sound that is decoded and encoded again."""

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` as in `write_until`, and what decoder and encoder still hold."""
        self.write_until(end)
        if self._waiting is None:
            self._decode(Packet())
        self._encoder.finish()
        if not self._decoded and self._refused:
            self._tell(f"{words(self._stream)} cannot be decoded and is silent")
        else:
            self._tell_refused()

    def _add(self) -> Stream:
        self._lost = self._placed = self._decoded = False
        self._decoder = SoundDecoder(self._stream)
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
        if self._begin(packet) + self._length(packet) >= self._zero - _WARM_UP_S:
            self._decode(packet)

    def _decode(self, packet: Packet[Any]) -> None:
        """Encodes what a packet brings out; an empty packet brings out what is left."""
        try:
            frames = list(self._decoder.decode(packet))
        except Exception:  # decoders raise what they like
            self._lost = True
            self._refused += packet.size > 0
            return
        if frames and not self._decoded:
            self._decoded, self._refused = True, 0  # a recording may begin within a packet
        for frame in frames:
            begin = None
            if self._stamped and frame.pts is not None and frame.time_base is not None:
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
