"""What a media file promises about its video: the stream, its frame rate, number of frames and length."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise

import av
from av.audio.stream import AudioStream
from av.container import Container, InputContainer
from av.video.stream import VideoStream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.avi import is_avi
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.variants import best_first, discard_others, video_streams

_DEFAULT_RATE = Fraction(25)
_MAX_RATE = 2000
"""Frames per second. A higher rate is a number of ticks: DV has 60,000."""
_END_OR_LENGTH = {"matroska", "webm", "asf", "flv", "nut", "wtv"}
"""Depending on the writer, headers of these hold the end of the file by its own clock, or its length."""
_OGG_CODECS = ("theora", "vp8", "libvpx", "vp9", "libvpx-vp9", "daala", "dirac", "libdav1d", "av1")
_LATER_PART_S = 1
_PROBED_ENTRIES = 500
_CHUNK_HEADER_BYTES = 8
"""Size of the chunk header in AVI; an empty frame has nothing else."""
_PLACEHOLDER_FRAMES = 1 << 27
"""ffmpeg writes 2^30 ticks into an AVI header and corrects it at the end; 2^27 frames last for 60 days."""
_STALE_SHARE = Fraction(1, 20)
"""Statistics that differ from the length of the file by more than this share belong to another file."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a container promises about a video stream.

    Attributes:
        rate: mean frames per second, exact.
        constant_rate: the rate never changes, as far as the container knows.
        frames: number of frames to show; None if the container does not say.
        indexed: an index lists every frame, so that `frames` is not an estimate.
        end: end of the video, in seconds on the time line; None if the container does not say.
        container_end: end of the longest stream, in seconds on the time line; None if unknown.
    """

    rate: Fraction
    constant_rate: bool
    frames: int | None
    indexed: bool
    end: Fraction | None
    container_end: Fraction | None


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The video stream to show; the cover picture of a sound file does not count.

    Raises:
        SourceError: there is no video stream, or no decoder for it.
    """
    streams = video_streams(container)
    if not streams:
        what = "sound but no video" if container.streams.audio else "no video"
        raise SourceError(f"{name} contains {what}; give a video file")
    for stream in best_first(container, streams):
        if stream.codec_context is not None:
            discard_others(container, stream)
            return stream
    raise SourceError(f"{name} uses a codec that this ffmpeg cannot decode; convert it to H.264 first")


def facts_of(media: Demuxer, stream: VideoStream) -> StreamFacts:
    """What the container promises about a stream."""
    step = _step(stream)
    rate = rate_of(stream) / step
    container_end = _container_end(media, stream)
    # Raw H.264 has no time stamps, an incomplete header no true length: then everything is a guess.
    estimated = stream.start_time is None or _is_unfinished_avi(media, stream)
    frames, indexed = (None, False) if estimated else _frames(media, stream, rate, container_end, step=step)
    end = None if estimated else end_of(media, stream)
    if end is not None and container_end is not None:
        if media.has_complete_index:
            container_end = max(end, container_end)
        elif media.end_of(stream) is None:
            end = min(end, container_end)
    return StreamFacts(
        rate=rate,
        constant_rate=stream.base_rate in (rate, rate * step),
        frames=frames,
        indexed=indexed,
        end=end,
        container_end=None if estimated else container_end,
    )


def rate_of(stream: VideoStream) -> Fraction:
    """The mean rate of a stream in frames per second, exact; 25 if the container does not say."""
    rates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if stream.start_time is None or stream.container.format.name == "mpeg":
        rates.insert(0, stream.guessed_rate)  # from the codec: ffmpeg assumes 25 for raw streams
    for rate in rates:
        if rate is not None and 0 < rate <= _MAX_RATE:
            return rate
    return _DEFAULT_RATE


def pixel_aspect_of(stream: VideoStream) -> Fraction:
    """Width of a pixel over its height; 1 if the container does not say or the value is implausible."""
    aspect = stream.sample_aspect_ratio
    return Fraction(1) if aspect is None or not Fraction(1, 10) < aspect < 10 else Fraction(aspect)


def is_ogm(stream: VideoStream) -> bool:
    """Whether a stream is OGM: Ogg with a codec of AVI, whose packets are counted as in AVI."""
    return stream.container.format.name == "ogg" and stream.codec_context.name not in _OGG_CODECS


def is_live(container: InputContainer) -> bool:
    """Whether the input has no known length, neither in bytes nor in seconds."""
    return container.size <= 0 and (container.duration is None or container.duration <= 0)


def end_of(media: Demuxer, stream: VideoStream | AudioStream) -> Fraction | None:
    """End of a stream, in seconds on the time line; None if the container does not say."""
    measured = media.end_of(stream)
    if measured is not None:
        return measured
    start = (stream.start_time or 0) * (stream.time_base or 0) - media.origin
    if isinstance(stream, VideoStream) and media.has_complete_index and len(stream.index_entries):
        last = stream.index_entries[-1].timestamp + _step(stream)
        return last * (stream.time_base or Fraction(1, av.time_base)) - media.origin
    if stream.container.format.name == "asf":  # its header has only the length of the whole file
        return None
    if not _is_matroska(stream.container):
        if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
            stated = stream.duration * stream.time_base
            return start + (_length(stated, start + media.origin) if _is_later_part(stream) else stated)
        return None
    for key, value in stream.metadata.items():  # 00:21:13.440000000, in DURATION or DURATION-eng
        parts = re.fullmatch(r"(\d{1,6}):(\d\d):(\d\d(?:\.\d{1,12})?)", value)
        if key.upper().startswith("DURATION") and parts is not None:
            hours, minutes, rest = parts.groups()
            stated = int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)
            return start + _length(stated, start + media.origin) if stated else None
    return None


def _is_unfinished_avi(media: Demuxer, stream: VideoStream) -> bool:
    """Whether an AVI promises more frames than fit into it: its header was never completed."""
    if not is_avi(media.container) or media.has_complete_index:
        return False
    min_bytes = stream.frames * _CHUNK_HEADER_BYTES
    return stream.frames >= _PLACEHOLDER_FRAMES or 0 < media.container.size < min_bytes


def _step(stream: VideoStream) -> int:
    """Ticks per frame of an AVI by the rate in its header; H.264 is often counted in fields."""
    if not is_avi(stream.container):
        return 1
    stamps = [entry.timestamp for entry in islice(stream.index_entries, _PROBED_ENTRIES)]
    steps = Counter(after - before for before, after in pairwise(stamps))
    return max(1, steps.most_common(1)[0][0]) if steps else 1


def _frames(
    media: Demuxer, stream: VideoStream, rate: Fraction, container_end: Fraction | None, *, step: int
) -> tuple[int | None, bool]:
    """Number of frames to show, and whether an index lists every one of them."""
    entries = stream.index_entries
    if "mov" in stream.container.format.name.split(",") and stream.frames > 0 and len(entries):
        # An edit list leaves some frames out and repeats others. Checking all takes 0.1 s per hour of video.
        return sum(not entry.is_discard for entry in entries), True
    if media.has_complete_index or (is_avi(stream.container) and _reaches_last_frame(stream)):
        return len(entries), True  # the header counts dropped frames as well
    if stream.frames > 0:
        return stream.frames // step, False
    for key, value in stream.metadata.items():
        if key.upper().startswith("NUMBER_OF_FRAMES") and value.isascii() and value.isdecimal():
            count = int(value[:12])
            is_stale = container_end is not None and abs(count / rate - container_end) > max(
                Fraction(2), container_end * _STALE_SHARE
            )
            return (None if is_stale or not count else count), False
    return None, False


def _reaches_last_frame(stream: VideoStream) -> bool:
    """Whether the index of an AVI reaches the last of the frames that its header counts."""
    entries = stream.index_entries
    return len(entries) > 0 and entries[-1].timestamp >= stream.frames - 2


def _container_end(media: Demuxer, stream: VideoStream) -> Fraction | None:
    """End of the longest stream, in seconds on the time line; None if unknown."""
    container = media.container
    if media.measured_end is not None:
        return media.measured_end
    if container.duration is None or container.duration <= 0:
        return None
    end = Fraction(container.duration, av.time_base)
    if container.format.name == "asf":  # ffmpeg adds the length of the file to the start of each stream
        end -= max((s.start_time or 0) * (s.time_base or 0) for s in container.streams) - media.origin
    may_be_end = _is_later_part(stream) or set(container.format.name.split(",")) & _END_OR_LENGTH
    return _length(end, media.origin) if may_be_end else end


def _is_later_part(stream: VideoStream | AudioStream) -> bool:
    """Whether an MP4 consists of later fragments only: ffmpeg then reports their end, not their length."""
    start = (stream.start_time or 0) * (stream.time_base or 0)
    return "mov" in stream.container.format.name.split(",") and not stream.frames and start > _LATER_PART_S


def _is_matroska(container: Container) -> bool:
    return "matroska" in container.format.name.split(",")  # includes WebM


def _length(stated: Fraction, start: Fraction) -> Fraction:
    """A length, in seconds, from the value in a header and the first time stamp.

    ffmpeg writes the end in place of the length, which differs if the clock does not start at 0; mkvmerge
    writes the length. The shorter of the two is safe.
    """
    return stated - start if 0 < start < stated else stated
