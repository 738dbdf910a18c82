"""Copies sound, subtitles, metadata, chapters, cover art and attachments of the source to the output."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import av
from av.container import OutputContainer
from av.stream import Disposition, Stream

from simpsons_play.core.interrupts import interruptible
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.passthrough_stream import PassthroughStream, copy_metadata, stream_name
from simpsons_play.sinks.video.sound import CopiedSound, EncodedSound, can_copy_sound
from simpsons_play.sinks.video.sound_format import changing_sound, may_change
from simpsons_play.sinks.video.source_packets import SourcePackets
from simpsons_play.sources.container import video_stream
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.variants import has_variants, sound_streams

if TYPE_CHECKING:
    from av.container.core import Chapter

_FILE_METADATA = frozenset(
    {"encoder", "major_brand", "minor_version", "compatible_brands", "duration", "software"}
)
"""Metadata keys that describe the source file and are not true of the output."""

_TURN_S = 1
"""Streams are written in turns of this many seconds, so that they are interleaved."""

_COVER_ART = {"mjpeg": ("jpg", "image/jpeg"), "png": ("png", "image/png")}
"""Codec of cover art -> suffix and MIME type of the attachment, as which Matroska stores it."""


class OtherStreams(Protocol):
    """Everything of an output except its frames; `PassthroughStreams` takes it from the source."""

    @property
    def streams(self) -> Sequence[object]:
        """Streams that were added to the output."""
        ...

    @property
    def left_out(self) -> Sequence[str]:
        """Names of the parts of the source that the container cannot hold."""
        ...

    @property
    def chapters(self) -> list[Chapter]:
        """Chapters in milliseconds of source time; complete at the end."""
        ...

    def start(self, origin: Fraction, *, excerpt: bool) -> None:
        """Set where the output begins; see `PassthroughStream.start`."""

    def write_until(self, end: Fraction) -> None:
        """Write what begins before `end`, in seconds of the source."""

    def finish(self, end: Fraction | None) -> None:
        """Write what remains up to `end`, in seconds of the source; None writes all."""

    def close(self) -> None:
        """Close what is being read."""


class PassthroughStreams:
    """Copies everything of a source except its frames into an output container.

    Args:
        source: file or address to copy from; opened a second time.
        output: container with the video stream of the annotated frames; streams are added to it.
        video_format: format of the output.
        warn: shows the user one line about what is left out midway.

    Raises:
        SourceError: the source cannot be read.

    Attributes:
        streams: streams that are copied.
        left_out: names of the parts that the container cannot hold.
        chapters: chapters of the source, in milliseconds of source time.
    """

    def __init__(
        self,
        source: str | Path,
        output: OutputContainer,
        video_format: VideoFormat,
        *,
        warn: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.streams: list[PassthroughStream] = []
        self._covers: list[tuple[Any, bytes]] = []
        self._output, self._format, self._warn = output, video_format, warn
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
        output, media = self._output, self._media
        source = media.container
        output.metadata.update(
            {key: value for key, value in source.metadata.items() if key.lower() not in _FILE_METADATA}
        )
        self.chapters = [_in_milliseconds(chapter, media) for chapter in source.chapters()]
        self._packets = packets = SourcePackets(media, range(len(source.streams)), warn=self._warn)
        self._copy_video_metadata(packets)
        changing = self._changing_sound()
        copied = []
        for stream in (*sound_streams(source), *source.streams.subtitles):
            kind = _stream_class(stream, output, self._format, changes=stream.index in changing)
            if kind is None:
                self.left_out.append(stream_name(stream))
                continue
            copied.append(stream.index)
            self.streams.append(
                kind(
                    media,
                    stream,
                    packets=packets,
                    output=output,
                    video_format=self._format,
                    warn=self._warn,
                )
            )
        packets.keep(copied)
        for attachment in source.streams.attachments:
            if self._format.attachments:
                output.add_stream_from_template(attachment)
            else:
                self.left_out.append(attachment.name or "an attached file")

    def _changing_sound(self) -> frozenset[int]:
        """Indexes of the sound streams that cannot be copied because their format changes midway."""
        source = self._media.container
        if not source.streams.audio or not may_change(source):
            return frozenset()
        if is_address(self._media.name):  # cannot be scanned in advance
            return frozenset(sound.index for sound in source.streams.audio)
        return changing_sound(Path(self._media.name))

    def _copy_video_metadata(self, packets: SourcePackets) -> None:
        """Copy the metadata of the video stream, and the cover art."""
        media = self._media
        streams = media.container.streams.video
        covers = [stream for stream in streams if stream.disposition & Disposition.attached_pic]
        videos = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
        if videos and self._output.streams.video:
            main = video_stream(media.container, media.name)
            copy_metadata(self._output.streams.video[0], main)
            if not has_variants(media.container):  # the others show the same
                self.left_out.extend(stream_name(stream) for stream in videos if stream is not main)
        for cover in covers:
            codec = cover.codec_context.codec.canonical_name if cover.codec_context is not None else ""
            picture = packets.next(cover, Fraction(0))
            if picture is None:
                self.left_out.append("its cover art")
            elif self._format.attachments and codec in _COVER_ART:
                suffix, mime_type = _COVER_ART[codec]
                name = cover.metadata.get("filename", f"cover.{suffix}")
                self._output.add_attachment(name, mime_type, bytes(picture))
            elif self._format.cover_art and _can_mux(cover, self._format):
                added: Any = self._output.add_stream_from_template(cover, opaque=True)
                added.disposition = Disposition.attached_pic
                self._covers.append((added, bytes(picture)))
            else:
                self.left_out.append("its cover art")

    def start(self, origin: Fraction, *, excerpt: bool) -> None:
        """Set where the output begins; see `PassthroughStream.start`."""
        for stream, data in self._covers:
            packet: av.Packet[Any] = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = 0
            packet.is_keyframe = True
            self._output.mux(packet)
        for passthrough in self.streams:
            passthrough.start(origin, excerpt=excerpt)

    def write_until(self, end: Fraction) -> None:
        """Write the packets that begin before `end`, in seconds of the source.

        Raises:
            av.FFmpegError: the output cannot be written.
        """
        while self._written < end:
            turn_end = self._turn_end
            self._written = end if turn_end is None else min(end, turn_end)
            for stream in self.streams:
                stream.write_until(self._written)

    def finish(self, end: Fraction | None) -> None:
        """Write the remaining packets up to `end`, in seconds of the source; None writes all."""
        if end is not None:
            self.write_until(end)
        while end is None and (turn_end := self._turn_end) is not None:
            self.write_until(turn_end)
        for stream in self.streams:
            stream.finish(end)

    @property
    def _turn_end(self) -> Fraction | None:
        """The time up to which the next turn writes, in seconds; None if the source has been read completely.

        No stream is read far ahead of the others, also not where an excerpt begins an hour into the source. A
        damaged file can have a gap of years, which takes one turn.
        """
        if not self.streams or self._packets.ended:
            return None
        return max(self._written, self._packets.position) + _TURN_S

    def close(self) -> None:
        """Close the source."""
        self._media.close()


def _stream_class(
    stream: Any, output: OutputContainer, video_format: VideoFormat, *, changes: bool
) -> type[PassthroughStream] | None:
    """The class that copies a stream; None if it cannot be decoded or the container cannot hold it."""
    if stream.codec_context is None:
        return None
    if stream.type == "audio":
        if not stream.rate or not stream.channels:  # listed in the header, but without any packets
            return None
        if not changes and can_copy_sound(stream, output, video_format) and _can_mux(stream, video_format):
            return CopiedSound
        return EncodedSound
    codec = stream.codec_context.codec
    fits = video_format.copies_subtitles(codec.canonical_name) and codec.name in output.supported_codecs
    return PassthroughStream if fits and _can_mux(stream, video_format) else None


def _can_mux(stream: Stream, video_format: VideoFormat) -> bool:
    """Whether the muxer accepts a stream unchanged; tried in memory."""
    try:
        with av.open(io.BytesIO(), "w", format=video_format.muxer) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except Exception:  # muxers raise many kinds of exceptions
        return False
    return True


def _in_milliseconds(chapter: Chapter, media: Demuxer) -> Chapter:
    """A chapter with its times in milliseconds of source time."""
    tick = chapter["time_base"] or Fraction(1, 1000)
    start, end = (round(media.time_of(time, tick) * 1000) for time in (chapter["start"], chapter["end"]))
    return {**chapter, "start": max(0, start), "end": end, "time_base": Fraction(1, 1000)}
