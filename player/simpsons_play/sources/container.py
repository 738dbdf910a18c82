"""What a media file says of its pictures: which stream they are, their rate, how many there are, how long."""

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
from simpsons_play.sources.demux import Demuxer, is_avi
from simpsons_play.sources.variants import best_first, leave_others, moving_pictures

_USUAL_RATE = Fraction(25)
_FASTEST = 2000
"""Frames per second; a rate above this is a count of ticks."""
_SAY_ENDS = {"matroska", "webm", "asf", "flv", "nut", "wtv"}
"""Headers of these say when a file ends by its own clock, or how long it lasts: it depends on the writer."""
_OF_OGG = ("theora", "vp8", "libvpx", "vp9", "libvpx-vp9", "daala", "dirac", "libdav1d", "av1")
_LATER_S = 1
_PROBED = 500
"""So many entries of an index are looked at to see how far apart pictures are."""
_CHUNK_BYTES = 8
"""Of the header of a chunk of AVI, which even an empty frame has."""
_PLACEHOLDER = 1 << 27
"""ffmpeg writes 2^30 ticks into the header of an AVI until it knows better; 2^27 frames last for 60 days."""
_STALE = Fraction(1, 20)
"""Statistics that differ by more than this share from the length of the file are those of another."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a container promises of a stream of pictures.

    Attributes:
        rate: mean frames per second, exact.
        steady: the rate never changes, as far as the container knows.
        frames: how many are to be shown; None where it does not say.
        indexed: an index lists every one of them, so that `frames` is no estimate.
        end: where the pictures end on the time line, in seconds; None where it does not say.
        whole: where all streams have ended, in seconds; None where nobody knows.
    """

    rate: Fraction
    steady: bool
    frames: int | None
    indexed: bool
    end: Fraction | None
    whole: Fraction | None


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The stream of moving pictures of an open file; the cover picture of a sound file is none.

    Raises:
        SourceError: there is none, or nothing here can decode it.
    """
    streams = moving_pictures(container)
    if not streams:
        what = "sound but no pictures" if container.streams.audio else "no pictures"
        raise SourceError(f"{name} holds {what}; give a video file")
    for stream in best_first(container, streams):
        if stream.codec_context is not None:
            leave_others(container, stream)
            return stream
    raise SourceError(f"{name} uses a codec that this ffmpeg cannot decode; convert it to H.264 first")


def facts_of(media: Demuxer, stream: VideoStream) -> StreamFacts:
    """What the container promises of a stream."""
    step = _step(stream)
    rate = rate_of(stream) / step
    whole = _whole(media, stream)
    # Without time stamps (H.264 by itself), or in a header that was never completed, all of it is a guess.
    estimated = stream.start_time is None or _is_unfinished_avi(media, stream)
    frames, indexed = (None, False) if estimated else _frames(media, stream, rate, whole, step=step)
    end = None if estimated else end_of(media, stream)
    if end is not None and whole is not None:
        if media.has_whole_index:
            whole = max(end, whole)
        elif media.end_of(stream) is None:
            end = min(end, whole)
    return StreamFacts(
        rate=rate,
        steady=stream.base_rate in (rate, rate * step),
        frames=frames,
        indexed=indexed,
        end=end,
        whole=None if estimated else whole,
    )


def rate_of(stream: VideoStream) -> Fraction:
    """The mean rate of a stream in frames per second, exact; 25 where the container does not say."""
    rates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if stream.start_time is None or stream.container.format.name == "mpeg":
        rates.insert(0, stream.guessed_rate)  # the codec's: ffmpeg takes raw streams to have 25
    for rate in rates:
        if rate is not None and 0 < rate <= _FASTEST:  # DV says 60,000
            return rate
    return _USUAL_RATE


def _is_unfinished_avi(media: Demuxer, stream: VideoStream) -> bool:
    """Whether an AVI promises more frames than there can be: its header is filled in at the end."""
    if not is_avi(media.container) or media.has_whole_index:
        return False
    return stream.frames >= _PLACEHOLDER or 0 < media.container.size < stream.frames * _CHUNK_BYTES


def is_ogm(stream: VideoStream) -> bool:
    """Whether a stream is in Ogg as OGM has it, with a codec of AVI, and counted like there."""
    return stream.container.format.name == "ogg" and stream.codec_context.name not in _OF_OGG


def is_live(container: InputContainer) -> bool:
    """Whether nobody says how long what comes from an address lasts, in bytes or seconds."""
    return container.size <= 0 and (container.duration is None or container.duration <= 0)


def _step(stream: VideoStream) -> int:
    """How many ticks of the header's rate a picture of an AVI lasts: H.264 is often counted by fields."""
    if not is_avi(stream.container):
        return 1
    stamps = [entry.timestamp for entry in islice(stream.index_entries, _PROBED)]
    steps = Counter(after - before for before, after in pairwise(stamps))
    return max(1, steps.most_common(1)[0][0]) if steps else 1


def _frames(
    media: Demuxer, stream: VideoStream, rate: Fraction, whole: Fraction | None, *, step: int
) -> tuple[int | None, bool]:
    """How many pictures are to be shown, and whether an index lists every one."""
    entries = stream.index_entries
    if "mov" in stream.container.format.name.split(",") and stream.frames > 0 and len(entries):
        # An edit list leaves some out and repeats others. To look at all of them takes 0.1 s an hour.
        return sum(not entry.is_discard for entry in entries), True
    if media.has_whole_index or (is_avi(stream.container) and _reaches_end(stream)):
        return len(entries), True  # the header counts dropped frames as well
    if stream.frames > 0:
        return stream.frames // step, False
    for key, value in stream.metadata.items():
        if key.upper().startswith("NUMBER_OF_FRAMES") and value.isascii() and value.isdecimal():
            count = int(value[:12])
            stale = whole is not None and abs(count / rate - whole) > max(Fraction(2), whole * _STALE)
            return (None if stale or not count else count), False
    return None, False


def _reaches_end(stream: VideoStream) -> bool:
    """Whether the index of an AVI goes on to the last of the frames that the header counts."""
    entries = stream.index_entries
    return len(entries) > 0 and entries[-1].timestamp >= stream.frames - 2


def end_of(media: Demuxer, stream: VideoStream | AudioStream) -> Fraction | None:
    """Where a stream ends on the time line, in seconds; None where the container does not say."""
    measured = media.end_of(stream)
    if measured is not None:
        return measured
    begin = (stream.start_time or 0) * (stream.time_base or 0) - media.origin
    if isinstance(stream, VideoStream) and media.has_whole_index and len(stream.index_entries):
        last = stream.index_entries[-1].timestamp + _step(stream)
        return last * (stream.time_base or Fraction(1, av.time_base)) - media.origin
    if stream.container.format.name == "asf":  # its header knows only the length of everything
        return None
    if not _is_matroska(stream.container):
        if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
            said = stream.duration * stream.time_base
            return begin + (_length(said, begin + media.origin) if _is_later_part(stream) else said)
        return None
    for key, value in stream.metadata.items():  # 00:21:13.440000000, DURATION or DURATION-eng
        parts = re.fullmatch(r"(\d{1,6}):(\d\d):(\d\d(?:\.\d{1,12})?)", value)
        if key.upper().startswith("DURATION") and parts is not None:
            hours, minutes, rest = parts.groups()
            said = int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)
            return begin + _length(said, begin + media.origin) if said else None
    return None


def _whole(media: Demuxer, stream: VideoStream) -> Fraction | None:
    """Where everything in a container has ended on the time line, in seconds; None if unknown."""
    container = media.container
    if media.measured_end is not None:
        return media.measured_end
    if container.duration is None or container.duration <= 0:
        return None
    whole = Fraction(container.duration, av.time_base)
    if container.format.name == "asf":  # ffmpeg adds the length of everything to the start of each stream
        whole -= max((s.start_time or 0) * (s.time_base or 0) for s in container.streams) - media.origin
    says_end = _is_later_part(stream) or set(container.format.name.split(",")) & _SAY_ENDS
    return _length(whole, media.origin) if says_end else whole


def _is_later_part(stream: VideoStream | AudioStream) -> bool:
    """Whether an MP4 is made of later fragments alone, of which ffmpeg says when they end."""
    begin = (stream.start_time or 0) * (stream.time_base or 0)
    return "mov" in stream.container.format.name.split(",") and not stream.frames and begin > _LATER_S


def _is_matroska(container: Container) -> bool:
    return "matroska" in container.format.name.split(",")  # WebM is called so, too


def _length(said: Fraction, begin: Fraction) -> Fraction:
    """How long something lasts, in seconds, by what its header says and its first time stamp.

    ffmpeg says when it ends instead, which differs where the clock does not begin at 0; mkvmerge says the
    length. The shorter of both is promised by either.
    """
    return said - begin if 0 < begin < said else said
