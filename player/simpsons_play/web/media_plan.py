"""How a browser is given a video: as it is, with its packets in another container, or encoded anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal

from av.video.stream import VideoStream

from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import SourceInfo
from simpsons_play.sources.container import pixel_aspect_of
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.orientation import Orientation, orientation_of
from simpsons_play.sources.sound import SoundFile, SoundStream
from simpsons_play.sources.video import VideoFile
from simpsons_play.sources.video_decoder import VideoDecoder

Kind = Literal["direct", "remux", "encode"]

SEGMENT_S = 4
"""Length of a segment in seconds; of copied packets the least length, up to the next key frame."""
MAX_WIDTH_PX, MAX_HEIGHT_PX = 1920, 1080
_LONGEST_GOP_S = 20
"""Pictures with key frames farther apart than this are encoded: a segment would take too long to fetch."""
_MAX_ORIGIN_S = Fraction(1, 100)
"""A browser may count from another time than we do if the first time stamp is farther from 0 than this."""
_PROBED_PACKETS = 500
_CACHED_PLANS = 64
_MIN_TIMESCALE = 10_000

_MP4_VIDEO, _MP4_SOUND = ("h264", "av1", "vp9"), ("aac", "mp3", "opus")
_WEBM_VIDEO, _WEBM_SOUND = ("vp8", "vp9", "av1"), ("opus", "vorbis")
_PIXELS = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a video: from `start` to before `end`, in seconds on the time line."""

    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """How a browser is given a video.

    Times count as in `VideoFile`: from the start of the container.

    Attributes:
        kind: `direct`: the file itself; `remux`: its coded pictures, with sound encoded as AAC; `encode`:
            pictures encoded as H.264 and sound as AAC. Every plan has segments; those of `direct` are for
            browsers that refuse the file.
        copies_video: the segments hold the coded pictures of the file.
        file_type: content type of the file, with codecs; empty unless `kind` is `direct`.
        width: of a shown picture of a segment, in square pixels unless `copies_video`.
        height: of a shown picture of a segment.
        rate: frames per second.
        timescale: ticks per second of the pictures in segments.
        duration_s: length of the video in seconds.
        segments: in order, without gaps.
        sounds: the sound streams that can be decoded.
        sound: number of the one that is played; None without sound.
    """

    kind: Kind
    copies_video: bool
    file_type: str
    width: int
    height: int
    rate: Fraction
    timescale: int
    duration_s: float
    segments: tuple[Segment, ...]
    sounds: tuple[SoundStream, ...]
    sound: int | None


_plans: OrderedDict[tuple[str, int, int, int | None], MediaPlan] = OrderedDict()
_lock = threading.Lock()


def media_plan(path: Path, sound: int | None = None) -> MediaPlan:
    """Probe a video and decide how a browser is given it; cached until the file changes.

    Args:
        path: a local video file.
        sound: number of the sound stream to play; None for the default.

    Raises:
        SourceError: it is no video that can be read, or has no such sound stream.

    Example:
        >>> from simpsons_play import sample_clip
        >>> media_plan(sample_clip()).kind
        'direct'
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    key = (str(path), stat.st_size, stat.st_mtime_ns, sound)
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    try:
        plan = _probe(path, sound)
    except SimpsonsError:
        raise
    except Exception as error:  # parsers and decoders raise nearly anything
        raise SourceError(f"{path} cannot be read: {error or type(error).__name__}") from error
    with _lock:
        _plans[key] = plan
        while len(_plans) > _CACHED_PLANS:
            _plans.popitem(last=False)
    return plan


def _probe(path: Path, sound: int | None) -> MediaPlan:
    with VideoFile(path) as video:
        info = video.info
    sounds, default = _sounds(path)
    if sound is not None and not 0 <= sound < len(sounds):
        raise SourceError(f"{path} has {len(sounds)} sound streams; there is no stream {sound}")
    with VideoFileProbe(path) as probe:
        is_default = sound is None or sound == default
        file_type = probe.file_type(has_sound=bool(sounds)) if is_default else ""
        keys = probe.key_times() if probe.is_copied() else None
        end = Fraction(info.duration_s) if info.duration_s else probe.measured_end()
        stream = probe.stream
        ticks = stream.time_base.denominator if stream.time_base else 0
        width, height = (stream.width, stream.height) if keys else _encoded_size(info)
    if ticks <= 0 or ticks > 1_000_000:
        ticks = 90_000
    end = max(end, 1 / info.rate)
    return MediaPlan(
        kind="direct" if file_type else "remux" if keys else "encode",
        copies_video=keys is not None,
        file_type=file_type,
        width=width,
        height=height,
        rate=info.rate,
        timescale=ticks * -(-_MIN_TIMESCALE // ticks),
        duration_s=float(end),
        segments=_segments(keys, end),
        sounds=sounds,
        sound=None if not sounds else default if sound is None else sound,
    )


def _sounds(path: Path) -> tuple[tuple[SoundStream, ...], int]:
    try:
        with SoundFile(path) as file:
            return file.streams, file.default
    except SourceError:
        return (), 0


def _segments(keys: list[Fraction] | None, end: Fraction) -> tuple[Segment, ...]:
    if keys is None:
        starts = [Fraction(n * SEGMENT_S) for n in range(int(-(-end // SEGMENT_S)))]
    else:
        starts = keys[:1]
        for key in keys:
            if key >= starts[-1] + SEGMENT_S and key < end:
                starts.append(key)
    ends = [*starts[1:], max(end, starts[-1] + Fraction(1, 1000))]
    return tuple(map(Segment, starts, ends))


def _encoded_size(info: SourceInfo) -> tuple[int, int]:
    """Width and height in square pixels, even, within the limits."""
    width, height = float(info.width * info.pixel_aspect), float(info.height)
    scale = min(1.0, MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height)
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


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
