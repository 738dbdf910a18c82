"""The kinds of video file that can be written, by the ending of their name."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from simpsons_play.core.errors import SinkError


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a container can hold and how we fill it.

    Attributes:
        muxer: ffmpeg's name of the container.
        video_codec: what pictures are encoded with.
        sound_codec: what sound is encoded with where it cannot be copied.
        kept: kinds of sound that are copied as they are; None for every kind that ffmpeg can put into it.
        subtitles: kinds of subtitles that are copied; None for every kind that ffmpeg can put into it.
        pcm: uncompressed sound is copied too.
        stamps: it stores a time for each packet; AVI only counts them.
        tick_s: the finest of those times, in seconds, where the container has a clock of its own; else 0.
        chapters: it can hold them.
        attachments: it can hold files, such as the fonts of its subtitles.
        run_up: it can hold sound before its beginning, which players decode and leave out.
        covers: it can hold cover pictures.
        seeks: its writer goes back to the beginning, which a pipe cannot.
        aspect: it can say that pixels are not square; WebM as ffmpeg writes it cannot.
        options: for ffmpeg's muxer.
    """

    muxer: str
    video_codec: str
    sound_codec: str
    kept: frozenset[str] | None
    subtitles: frozenset[str] | None
    pcm: bool = False
    stamps: bool = True
    tick_s: Fraction = Fraction(0)
    chapters: bool = True
    attachments: bool = False
    run_up: bool = False
    covers: bool = False
    seeks: bool = False
    aspect: bool = True
    options: dict[str, str] = field(default_factory=dict)

    def copies(self, codec: str) -> bool:
        """Whether sound of this kind (ffmpeg's name: `mp3`, `pcm_s16le`) may go in unchanged."""
        return self.kept is None or codec in self.kept or (self.pcm and codec.startswith("pcm_s16"))

    def keeps_subtitles(self, codec: str) -> bool:
        """Whether subtitles of this kind (ffmpeg's name: `subrip`, `mov_text`) may go in unchanged."""
        return self.subtitles is None or codec in self.subtitles


_MILLISECOND = Fraction(1, 1000)

_MOV_OPTIONS = {"movflags": "+faststart", "movie_timescale": "90000"}
"""How much later than others a stream begins is said by the clock of the movie: milliseconds by default."""

# Not all that ffmpeg can put into a container plays elsewhere: these do.
_MP4 = VideoFormat(
    "mp4",
    "libx264",
    "aac",
    frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}),
    frozenset({"mov_text"}),
    run_up=True,
    seeks=True,
    covers=True,
    options=_MOV_OPTIONS,
)
_FORMATS = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": VideoFormat(
        "mov",
        "libx264",
        "aac",
        frozenset({"aac", "mp3", "ac3", "eac3", "alac"}),
        frozenset({"mov_text"}),
        pcm=True,
        run_up=True,
        seeks=True,
        options=_MOV_OPTIONS,
    ),
    ".mkv": VideoFormat(
        "matroska", "libx264", "aac", None, None, pcm=True, attachments=True, tick_s=_MILLISECOND
    ),
    ".webm": VideoFormat(
        "webm",
        "libvpx-vp9",
        "libopus",
        frozenset({"opus", "vorbis"}),
        frozenset({"webvtt"}),
        aspect=False,
        tick_s=_MILLISECOND,
    ),
    ".avi": VideoFormat(
        "avi",
        "libx264",
        "libmp3lame",
        frozenset({"mp3", "mp2", "ac3"}),
        frozenset(),
        pcm=True,
        stamps=False,
        chapters=False,
    ),
}


def format_of(path: Path) -> VideoFormat:
    """The kind of file that a name asks for.

    Raises:
        SinkError: its ending is none we write.
    """
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(_FORMATS)
        what = f"cannot write '{path.suffix}' files" if path.suffix else "the name has no extension"
        raise SinkError(f"{path}: {what}; end it with {known}") from None
