"""Video containers that can be written, by file suffix."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from simpsons_play.core.errors import SinkError


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a container can hold and how it is written.

    Attributes:
        muxer: ffmpeg's name of the container.
        video_codec: encoder for the frames.
        sound_codec: encoder for sound that cannot be copied.
        joined_sound_codec: encoder for sound that is cut together, if it is not `sound_codec`. The delay of
            AAC moves the start of a Matroska file before 0, and players shift the frames by it.
        copied_sound: sound codecs that are copied; None copies every codec that ffmpeg can mux.
        copied_subtitles: subtitle codecs that are copied; None copies every codec that ffmpeg can mux.
        pcm: uncompressed sound is copied, too.
        timestamps: every packet has a timestamp; AVI only counts packets.
        tick_s: resolution of the timestamps in seconds, if the container has a fixed one; else 0.
        chapters: supports chapters.
        attachments: supports attached files, such as fonts of subtitles.
        preroll: supports sound before its beginning, which players decode but do not play.
        cover_art: supports cover art.
        needs_seeking: its muxer seeks in the file, which is impossible in a pipe.
        pixel_aspect: supports pixels that are not square; ffmpeg's WebM muxer does not.
        options: options for ffmpeg's muxer.
    """

    muxer: str
    video_codec: str
    sound_codec: str
    copied_sound: frozenset[str] | None
    copied_subtitles: frozenset[str] | None
    joined_sound_codec: str = ""
    pcm: bool = False
    timestamps: bool = True
    tick_s: Fraction = Fraction(0)
    chapters: bool = True
    attachments: bool = False
    preroll: bool = False
    cover_art: bool = False
    needs_seeking: bool = False
    pixel_aspect: bool = True
    options: dict[str, str] = field(default_factory=dict)

    def copies_sound(self, codec: str) -> bool:
        """Whether sound of a codec (ffmpeg's name: `mp3`, `pcm_s16le`) is copied unchanged."""
        return (
            self.copied_sound is None
            or codec in self.copied_sound
            or (self.pcm and codec.startswith("pcm_s16"))
        )

    def copies_subtitles(self, codec: str) -> bool:
        """Whether subtitles of a codec (ffmpeg's name: `subrip`, `mov_text`) are copied unchanged."""
        return self.copied_subtitles is None or codec in self.copied_subtitles


_MILLISECOND = Fraction(1, 1000)

_MOV_OPTIONS = {"movflags": "+faststart", "movie_timescale": "90000"}
"""The movie timescale is the resolution of the start times of streams: milliseconds by default."""

# ffmpeg can put more codecs into these containers than other players support; only widely supported ones are
# listed.
_MP4 = VideoFormat(
    "mp4",
    "libx264",
    "aac",
    frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}),
    frozenset({"mov_text"}),
    preroll=True,
    needs_seeking=True,
    cover_art=True,
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
        preroll=True,
        needs_seeking=True,
        options=_MOV_OPTIONS,
    ),
    ".mkv": VideoFormat(
        "matroska",
        "libx264",
        "aac",
        None,
        None,
        joined_sound_codec="flac",
        pcm=True,
        attachments=True,
        tick_s=_MILLISECOND,
    ),
    ".webm": VideoFormat(
        "webm",
        "libvpx-vp9",
        "libopus",
        frozenset({"opus", "vorbis"}),
        frozenset({"webvtt"}),
        pixel_aspect=False,
        tick_s=_MILLISECOND,
    ),
    ".avi": VideoFormat(
        "avi",
        "libx264",
        "libmp3lame",
        frozenset({"mp3", "mp2", "ac3"}),
        frozenset(),
        pcm=True,
        timestamps=False,
        chapters=False,
    ),
}


def format_of(path: Path) -> VideoFormat:
    """The format of a video file, chosen by its suffix.

    Raises:
        SinkError: no format has this suffix.

    Example:
        >>> format_of(Path("episode.mkv")).muxer
        'matroska'
    """
    try:
        return _FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(_FORMATS)
        what = f"cannot write '{path.suffix}' files" if path.suffix else "the name has no extension"
        raise SinkError(f"{path}: {what}; end it with {known}") from None
