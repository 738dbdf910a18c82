"""One sound stream of the source in the output: copied, or re-encoded if the container requires it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.passthrough_stream import PassthroughStream, stream_name
from simpsons_play.sinks.video.sound_encoder import SoundEncoder
from simpsons_play.sinks.video.sound_format import Signature, headers, signature
from simpsons_play.sources.avi import is_avi
from simpsons_play.sources.sound_decoder import SoundDecoder, may_change_codec
from simpsons_play.sources.time_range import seconds

_WARM_UP_S = Fraction(1, 5)
"""Decoding begins this long before an excerpt, as sound is coded in overlapping blocks."""
_COUNTED_CODECS = {"mp3": "libmp3lame", "mp2": "mp2", "ac3": "ac3"}
"""Codecs whose packets AVI counts one by one, and ffmpeg's encoders for them."""


class CopiedSound(PassthroughStream):
    """A sound stream that is copied unchanged.

    Packets that overlap the previous one, as when a clock restarts, are left out.
    """

    def _add_stream(self) -> Stream:
        self._codec: str = self._stream.codec_context.codec.canonical_name
        self._signature: Signature | None = None
        self._headers = headers(self._stream.codec_context.extradata)
        self._stopped = False
        self._end_pts: int | None = None
        # A tick of MP3 in AVI is a whole packet: too coarse to shift by.
        self._tick_s = min(self._time_base, Fraction(1, self._stream.rate))
        if self._codec in _COUNTED_CODECS and not self._format.timestamps:
            # A template would copy the block size, which makes AVI miscount. Nothing is encoded here.
            return self._output.add_stream(
                _COUNTED_CODECS[self._codec],
                rate=self._stream.rate,
                layout=self._stream.layout.name,
                bit_rate=self._stream.codec_context.bit_rate,
            )
        return super()._add_stream()

    def _write(self, packet: Packet[Any]) -> None:
        if self._stopped or not self._has_same_format(packet):
            return
        pts, duration = packet.pts or 0, packet.duration or 0
        if pts < self._origin_pts and not self._supports_preroll():
            return
        if self._end_pts is not None and 2 * (self._end_pts - pts) > max(duration, 1):
            return
        self._end_pts = pts + duration
        self._copy(packet)

    def _has_same_format(self, packet: Packet[Any]) -> bool:
        """Whether a packet has the format of the previous ones; if not, the stream ends here."""
        found = signature(packet, only=None if may_change_codec(self._stream) else self._codec)
        changed = found is not None and self._signature is not None and found != self._signature
        self._signature = self._signature or found
        if self._last_pts >= 0 and packet.has_sidedata("new_extradata"):
            changed = changed or headers(bytes(packet.get_sidedata("new_extradata"))) != self._headers
        if changed:
            self._stopped = True
            self._warn(
                f"{stream_name(self._stream)} changes its format at {seconds(self._begin_of(packet))} s; "
                "it is left out from there on"
            )
        return not changed

    def _supports_preroll(self) -> bool:
        """Whether the output can hold packets before its beginning, which are decoded but not played.

        MP4 and MOV store this in an edit list; Matroska only if the source gives the length of the preroll.
        """
        if self._excerpt:
            return False
        known = "matroska" in self._media.container.format.name or self._codec == "opus"
        return self._format.preroll or (self._format.timestamps and known)


class EncodedSound(PassthroughStream):
    """A sound stream that is decoded and re-encoded."""

    def finish(self, end: Fraction | None) -> None:
        """Write the remaining sound up to `end`, as in `write_until`, and drain decoder and encoder."""
        self.write_until(end)
        if self._pending is None:
            self._decode(Packet())
        self._encoder.finish()
        if not self._decoded and self._damaged_packets:
            self._warn(f"{stream_name(self._stream)} cannot be decoded and is silent")
        else:
            self._warn_of_damage()

    def _add_stream(self) -> Stream:
        self._gap = self._started = self._decoded = False
        self._decoder = SoundDecoder(self._stream)
        self._encoder = SoundEncoder(
            self._output,
            self._format.sound_codec,
            rate=self._stream.rate,
            channels=self._stream.channels,
            timestamps=self._format.timestamps,
            mux=self._mux,
        )
        return self._encoder.stream

    def _write(self, packet: Packet[Any]) -> None:
        begin = self._begin_of(packet)
        if not self._started:  # a decoder may return nothing for the first packet
            self._encoder.start(max(Fraction(0), begin - self._origin))
            self._started = True
        if begin + self._duration_of(packet) >= self._origin - _WARM_UP_S:
            self._decode(packet)

    def _decode(self, packet: Packet[Any]) -> None:
        """Decode a packet and encode its sound; an empty packet drains the decoder."""
        try:
            frames = list(self._decoder.decode(packet))
        except Exception:  # decoders raise many kinds of exceptions
            self._gap = True
            self._damaged_packets += packet.size > 0
            return
        if frames and not self._decoded:
            self._decoded, self._damaged_packets = True, 0  # a recording may begin within a packet
        for frame in frames:
            begin = None
            if self._has_timestamp and frame.pts is not None and frame.time_base is not None:
                begin = self._media.time_of(frame.pts, frame.time_base) - self._origin
            try:
                self._encoder.write(frame, begin, after_gap=self._gap)
            except ValueError:  # no conversion for this channel layout
                self._gap = True
                self._damaged_packets += 1
                continue
            self._gap = False


def can_copy_sound(stream: Stream, output: OutputContainer, video_format: VideoFormat) -> bool:
    """Whether a sound stream can be copied unchanged into a container."""
    codec = stream.codec_context.codec
    # AVI stores no times, nor does MOV for uncompressed sound: after a gap, sound would be out of sync.
    # Sources in such a container have no gaps.
    gapless = is_avi(stream.container)
    if video_format.preroll and codec.name.startswith("pcm_"):
        gapless = gapless or "mov" in stream.container.format.name.split(",")
        timed = False
    else:
        timed = video_format.timestamps
    return (
        (timed or gapless)
        and video_format.copies_sound(codec.canonical_name)
        and codec.name in output.supported_codecs
    )
