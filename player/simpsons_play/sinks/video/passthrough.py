"""What is kept of the source beside the new pictures: its sound, and the subtitles and files that fit."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.container import OutputContainer
from av.stream import Disposition, Stream

from simpsons_play.core.interrupts import interruptible
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.sound import CopiedSound, EncodedSound, copies
from simpsons_play.sinks.video.sound_format import changing_sound, may_change
from simpsons_play.sinks.video.source_packets import SourcePackets
from simpsons_play.sinks.video.tracks import PassthroughStream, describe, words
from simpsons_play.sources.container import video_stream
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.variants import has_variants, sound_streams

if TYPE_CHECKING:
    from av.container.core import Chapter

_TECHNICAL = frozenset(
    {"encoder", "major_brand", "minor_version", "compatible_brands", "duration", "software"}
)
"""What is said of the file rather than of the film."""


_STEP_S = 1
"""Streams are written in turns, so many seconds of each."""

_COVERS = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png")}
"""How Matroska names and types cover pictures, which are attached files there."""


class PassthroughStreams:
    """Carries the sound and the subtitles of a source into an output container, with names and languages.

    The film's title and what else is said of it, attached files and cover pictures come along.

    Args:
        source: the file or address to take them from; opened anew.
        output: the container to write to, with the stream of new pictures; streams are added to it.
        layout: what the container can hold.
        tell: told in one line what is left out midway.

    Raises:
        SourceError: the file cannot be read.

    Attributes:
        tracks: what is kept.
        left_out: what the container cannot hold, in words.
        chapters: of the source, in its own time.
    """

    def __init__(
        self,
        source: str | Path,
        output: OutputContainer,
        layout: VideoFormat,
        *,
        tell: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.tracks: list[PassthroughStream] = []
        self._covers: list[tuple[Any, bytes]] = []
        self._output, self._layout, self._tell = output, layout, tell
        self.left_out: list[str] = []
        self.chapters: list[Chapter] = []
        self._written = Fraction(0)
        self._media = interruptible(lambda: Demuxer(source))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        layout, output, media = self._layout, self._output, self._media
        source = media.container
        said = {key: value for key, value in source.metadata.items() if key.lower() not in _TECHNICAL}
        output.metadata.update(said)
        self.chapters = [_timed(chapter, media) for chapter in source.chapters()]
        self._packets = packets = SourcePackets(media, range(len(source.streams)), tell=self._tell)
        self._describe_pictures(packets)
        changing = self._changing()
        kept = []
        for stream in (*sound_streams(source), *source.streams.subtitles):
            kind = _kind(stream, output, layout, changes=stream.index in changing)
            if kind is None:
                self.left_out.append(words(stream))
                continue
            kept.append(stream.index)
            self.tracks.append(
                kind(media, stream, packets=packets, output=output, layout=layout, tell=self._tell)
            )
        packets.keep(kept)
        for file in source.streams.attachments:
            if layout.attachments:
                output.add_stream_from_template(file)
            else:
                self.left_out.append(file.name or "an attached file")

    def _changing(self) -> frozenset[int]:
        """The streams of sound that must not be copied because their format changes midway, by index."""
        source = self._media.container
        if not source.streams.audio or not may_change(source):
            return frozenset()
        if is_address(self._media.name):  # nobody looks through all of it before
            return frozenset(sound.index for sound in source.streams.audio)
        return changing_sound(Path(self._media.name))

    def _describe_pictures(self, packets: SourcePackets) -> None:
        """Names the new pictures as the source's, and takes its cover pictures along."""
        media = self._media
        streams = media.container.streams.video
        covers = [stream for stream in streams if stream.disposition & Disposition.attached_pic]
        moving = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
        if moving and self._output.streams.video:
            main = video_stream(media.container, media.name)
            describe(self._output.streams.video[0], main)
            if not has_variants(media.container):  # the others show the same
                self.left_out.extend(words(stream) for stream in moving if stream is not main)
        for cover in covers:
            codec = cover.codec_context.codec.canonical_name if cover.codec_context is not None else ""
            picture = packets.next(cover, Fraction(0))
            if picture is None:
                self.left_out.append("its cover picture")
            elif self._layout.attachments and codec in _COVERS:
                suffix, kind = _COVERS[codec]
                name = cover.metadata.get("filename", f"cover.{suffix}")
                self._output.add_attachment(name, kind, bytes(picture))
            elif self._layout.covers and _fits(cover, self._layout):
                added: Any = self._output.add_stream_from_template(cover, opaque=True)
                added.disposition = Disposition.attached_pic
                self._covers.append((added, bytes(picture)))
            else:
                self.left_out.append("its cover picture")

    def begin(self, zero: Fraction, *, cut: bool) -> None:
        """Says where the output begins: see `PassthroughStream.begin`."""
        for stream, data in self._covers:
            packet: av.Packet[Any] = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 0
            packet.is_keyframe = True
            self._output.mux(packet)
        for track in self.tracks:
            track.begin(zero, cut=cut)

    def write_until(self, end: Fraction) -> None:
        """Writes what begins before `end`, in seconds of the source.

        Raises:
            av.FFmpegError: it cannot be written.
        """
        while self._written < end:
            turn_end = self._turn_end
            self._written = end if turn_end is None else min(end, turn_end)
            for track in self.tracks:
                track.write_until(self._written)

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` or all of it."""
        if end is not None:
            self.write_until(end)
        while end is None and (turn_end := self._turn_end) is not None:
            self.write_until(turn_end)
        for track in self.tracks:
            track.finish(end)

    @property
    def _turn_end(self) -> Fraction | None:
        """How far the streams are written before the next turn, in seconds; None where all was read.

        An excerpt may begin an hour into the source: no stream is to be read that far ahead of the others. A
        damaged file may have nothing for years: that is passed over in one turn.
        """
        if not self.tracks or self._packets.over:
            return None
        return max(self._written, self._packets.at) + _STEP_S

    def close(self) -> None:
        """Closes the source they come from."""
        self._media.close()


def _kind(
    stream: Any, output: OutputContainer, layout: VideoFormat, *, changes: bool
) -> type[PassthroughStream] | None:
    """What carries a stream; None where the container cannot hold it, or nothing here can read it."""
    if stream.codec_context is None:
        return None
    if stream.type == "audio":
        if not stream.rate or not stream.channels:  # announced, but nothing of it came
            return None
        if not changes and copies(stream, output, layout) and _fits(stream, layout):
            return CopiedSound
        return EncodedSound
    codec = stream.codec_context.codec
    fits = layout.keeps_subtitles(codec.canonical_name) and codec.name in output.supported_codecs
    return PassthroughStream if fits and _fits(stream, layout) else None


def _fits(stream: Stream, layout: VideoFormat) -> bool:
    """Whether the container takes a stream as it is: tried where it is thrown away."""
    try:
        with av.open(io.BytesIO(), "w", format=layout.muxer) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except Exception:  # muxers raise what they like
        return False
    return True


def _timed(chapter: Chapter, media: Demuxer) -> Chapter:
    """A chapter in milliseconds of the time line."""
    tick = chapter["time_base"] or Fraction(1, 1000)
    start, end = (round(media.time_of(stamp, tick) * 1000) for stamp in (chapter["start"], chapter["end"]))
    return {**chapter, "start": max(0, start), "end": end, "time_base": Fraction(1, 1000)}
