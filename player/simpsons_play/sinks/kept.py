"""What is kept of the source beside the new pictures: its sound, and the subtitles and files that fit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from av.container import OutputContainer
from av.stream import Stream

from simpsons_play.sinks.formats import VideoFormat
from simpsons_play.sinks.sound import SoundTrack
from simpsons_play.sinks.tracks import Track
from simpsons_play.sources.demux import Demuxer


class KeptTracks:
    """Carries the sound and the subtitles of a file into an output container, with their names and languages.

    Args:
        path: the file to take them from.
        output: the container to write to; streams are added to it.
        layout: what the container can hold.

    Raises:
        SourceError: the file cannot be read.

    Attributes:
        lead: how long the sound of the source begins before its first picture, in seconds; 0 if later.
        left_out: what the container cannot hold, in words.
    """

    def __init__(self, path: Path, output: OutputContainer, layout: VideoFormat) -> None:
        self._tracks: list[Track] = []
        self.left_out: list[str] = []
        try:
            self._open(path, output, layout)
        except BaseException:
            self.close()
            raise
        sounds = [track.lead for track in self._tracks if isinstance(track, SoundTrack)]
        self.lead = max(sounds, default=Fraction(0))

    def _open(self, path: Path, output: OutputContainer, layout: VideoFormat) -> None:
        with Demuxer(path) as media:
            source = media.container
            if "title" in source.metadata:
                output.metadata["title"] = source.metadata["title"]
            streams = [*source.streams.audio, *source.streams.subtitles]
            for stream in streams:
                kind = _kind(stream, output, layout)
                if kind is None:
                    self.left_out.append(_words(stream))
                else:
                    self._tracks.append(
                        kind(path, stream.index, output=output, layout=layout, origin=media.origin)
                    )
            for file in source.streams.attachments:
                if layout.attachments:
                    output.add_stream_from_template(file)
                else:
                    self.left_out.append(file.name or "an attached file")

    def begin(self, base: Fraction, lead: Fraction) -> None:
        """Says where the pictures begin: see `Track.begin`."""
        for track in self._tracks:
            track.begin(base, lead)

    def write_until(self, end: Fraction) -> None:
        """Writes what begins before `end`, in seconds of the source.

        Raises:
            av.FFmpegError: it cannot be written.
        """
        for track in self._tracks:
            track.write_until(end)

    def finish(self, end: Fraction | None) -> None:
        """Writes the rest, up to `end` or all of it."""
        for track in self._tracks:
            track.finish(end)

    def close(self) -> None:
        """Closes the file they come from."""
        for track in self._tracks:
            track.close()


def _kind(stream: Stream, output: OutputContainer, layout: VideoFormat) -> type[Track] | None:
    """What carries a stream; None where the container cannot hold it, or nothing here can read it."""
    if stream.codec_context is None:
        return None
    if stream.type == "audio":
        return SoundTrack
    codec = stream.codec_context.codec
    fits = layout.keeps_subtitles(codec.canonical_name) and codec.name in output.supported_codecs
    return Track if fits else None


def _words(stream: Stream) -> str:
    """What a stream is called: `subtitles (subrip, eng)`."""
    what = "sound" if stream.type == "audio" else "subtitles"
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown codec"
    return f"{what} ({', '.join(word for word in (codec, stream.language) if word)})"
