"""What a video file is made of, as far as a browser cares."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

from av.video.stream import VideoStream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.container import pixel_aspect_of
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.orientation import Orientation, orientation_of
from simpsons_play.sources.video_decoder import VideoDecoder

_LONGEST_GOP_S = 20
"""Pictures with key frames farther apart than this are encoded: a segment would take too long to fetch."""
_MAX_ORIGIN_S = Fraction(1, 100)
"""A browser may count from another time than we do if the first time stamp is farther from 0 than this."""
_PROBED_PACKETS = 500
_MP4_VIDEO, _MP4_SOUND = ("h264", "av1", "vp9"), ("aac", "mp3", "opus")
_WEBM_VIDEO, _WEBM_SOUND = ("vp8", "vp9", "av1"), ("opus", "vorbis")
_PIXELS = ("yuv420p", "yuvj420p")


class VideoFileProbe:
    """What decides how a browser is given a file. Close it after use.

    Args:
        path: a local video file.

    Raises:
        SourceError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = VideoDecoder(lambda: Demuxer(path), start=Fraction(0), threads=1)
        try:
            self._first = self._decoder.decode_first()
            if self._first is None:
                raise SourceError(f"{path}: none of its frames can be decoded; copy it again")
        except BaseException:
            self._decoder.close()
            raise
        self.stream: VideoStream = self._decoder.stream

    def __enter__(self) -> VideoFileProbe:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()

    def file_type(self, *, has_sound: bool) -> str:
        """Content type of a file that browsers play as it is, with codecs; empty if they may not."""
        names, video = self._decoder.media.container.format.name, self._codec
        if not self._has_plain_pictures or abs(self._decoder.media.origin) > _MAX_ORIGIN_S:
            return ""
        sound = self._decoder.media.container.streams.audio
        codec = sound[0].codec_context.codec.canonical_name if has_sound and sound[0].codec_context else ""
        videos: tuple[str, ...]
        codecs: tuple[str, ...]
        if "mov" in names and self._path.suffix.lower() in (".mp4", ".m4v"):
            kind, videos, codecs = "video/mp4", _MP4_VIDEO, _MP4_SOUND
        elif "webm" in names and self._path.suffix.lower() == ".webm":
            kind, videos, codecs = "video/webm", _WEBM_VIDEO, _WEBM_SOUND
        else:
            return ""
        if video not in videos or (has_sound and codec not in codecs):
            return ""
        spoken = {"aac": "mp4a.40.2", "mp3": "mp4a.6B"}.get(codec, codec)
        return f'{kind}; codecs="{", ".join(filter(None, (self._video_codec(), spoken)))}"'

    def is_copied(self) -> bool:
        """Whether browsers decode the coded pictures if they come in fragments of MP4."""
        first, stream = self._first, self.stream
        return (
            self._codec == "h264"
            and self._has_plain_pictures
            and "avi" not in self._decoder.media.container.format.name  # has no presentation times
            and first is not None
            and orientation_of(first) == Orientation()
            and bool(stream.codec_context.extradata)
            and Fraction(1, 2) < pixel_aspect_of(stream) < 3
        )

    def key_times(self) -> list[Fraction] | None:
        """Times of the key frames, in seconds; None if the pictures cannot be cut there.

        Read from the index of a Matroska file. In other containers and without one, all packets are read.
        """
        with Demuxer(self._path) as media:
            stream = media.container.streams.video[self._number]
            return _key_times(media, stream)

    def measured_end(self) -> Fraction:
        """End of the last picture in seconds, found by reading all packets."""
        end = Fraction(0)
        with Demuxer(self._path) as media:
            stream = media.container.streams.video[self._number]
            for packet in media.packets(stream):
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None and packet.size:
                    end = max(end, media.time_of(stamp + (packet.duration or 0), packet.time_base))
        return end

    @property
    def _number(self) -> int:
        return list(self._decoder.media.container.streams.video).index(self.stream)

    @property
    def _codec(self) -> str:
        return str(self.stream.codec_context.codec.canonical_name)

    @property
    def _has_plain_pictures(self) -> bool:
        first = self._first
        return first is not None and first.format.name in _PIXELS and not first.interlaced_frame

    def _video_codec(self) -> str:
        extra = bytes(self.stream.codec_context.extradata or b"")
        if self._codec == "h264":
            return h264_codec(extra)
        if self._codec == "av1" and len(extra) >= 3:  # av1C: AV1 in ISO BMFF, 2.3
            profile, level, tier = extra[1] >> 5, extra[1] & 31, "H" if extra[2] & 128 else "M"
            return f"av01.{profile}.{level:02}{tier}.08"
        return {"vp9": "vp09.00.51.08", "av1": "av01.0.12M.08"}.get(self._codec, self._codec)


def h264_codec(extradata: bytes) -> str:
    """`avc1.` and profile, constraints and level (RFC 6381), from the header of H.264 in either form."""
    start = 1 if extradata[:1] == b"\x01" else extradata.find(b"\x00\x00\x01\x67") + 4
    return f"avc1.{extradata[start : start + 3].hex()}"


def _key_times(media: Demuxer, stream: VideoStream) -> list[Fraction] | None:
    """See `VideoFileProbe.key_times`."""
    base = stream.time_base or Fraction(1, 90_000)
    limit = None
    indexed: list[Fraction] = []
    if "matroska" in media.container.format.name and media.container.duration:
        length = Fraction(media.container.duration, 1_000_000)
        media.seek(length / 2, stream)  # reads the index
        indexed = [media.time_of(e.timestamp, base) for e in stream.index_entries if e.is_keyframe]
        media.seek(Fraction(0), stream)
        if len(indexed) > max(Fraction(1), length / _LONGEST_GOP_S) and indexed[-1] > length - _LONGEST_GOP_S:
            limit = _PROBED_PACKETS
    keys: list[Fraction] = []
    for packet in islice(media.packets(stream), limit):
        if not packet.size:
            continue
        if packet.pts is None:
            return None
        time = media.time_of(packet.pts, packet.time_base)
        if packet.is_keyframe:
            if keys and time - keys[-1] > _LONGEST_GOP_S:
                return None
            keys.append(time)
        elif not keys or time < keys[-1]:  # it needs pictures before the key frame
            return None
    if limit is not None and keys == indexed[: len(keys)]:
        keys = indexed
    elif limit is not None:
        return None
    gaps = (after - before for before, after in pairwise(keys))
    return (
        keys if keys and keys[0] >= 0 and all(0 < gap <= Fraction(_LONGEST_GOP_S) for gap in gaps) else None
    )
