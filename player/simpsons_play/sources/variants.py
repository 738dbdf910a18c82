"""Streams in several qualities (HLS variants): the best one, and the sound that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

_FORMATS = frozenset({"hls", "applehttp"})
_BIT_RATE = "variant_bitrate"
"""ffmpeg's metadata key for the bit rate of the variant that a stream belongs to; shared streams lack it."""


def has_variants(container: InputContainer) -> bool:
    """Whether a container may offer the same video in several qualities."""
    return bool(_FORMATS & set(container.format.name.split(",")))


def video_streams(container: InputContainer) -> list[VideoStream]:
    """The video streams without cover pictures."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def best_first(container: InputContainer, streams: Sequence[VideoStream]) -> list[VideoStream]:
    """Video streams by number of pixels, then by bit rate, the best first.

    Without variants, streams marked as default come first, otherwise in the order of the container.
    """
    if not has_variants(container):
        return sorted(streams, key=lambda stream: not stream.disposition & Disposition.default)

    def quality(stream: VideoStream) -> tuple[int, int]:
        context = stream.codec_context
        return (0 if context is None else context.width * context.height), _bit_rate(stream)

    return sorted(streams, key=quality, reverse=True)


def sound_of(container: InputContainer, video: VideoStream) -> list[int]:
    """Indexes of the sound streams that belong to a video stream, in their order.

    In HLS each variant has sound of its own, or variants share it.
    """
    sounds = list(container.streams.audio)
    if not has_variants(container):
        return [sound.index for sound in sounds]
    own = [sound for sound in sounds if _bit_rate(sound) == _bit_rate(video)]
    shared = [sound for sound in sounds if not _bit_rate(sound)]
    return [sound.index for sound in own or shared or sounds]


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """The sound streams that belong to the best video stream, in their order; all without video."""
    videos = video_streams(container)
    if not videos:
        return list(container.streams.audio)
    wanted = sound_of(container, best_first(container, videos)[0])
    return [sound for sound in container.streams.audio if sound.index in wanted]


def discard_others(container: InputContainer, video: VideoStream) -> None:
    """Keep ffmpeg from loading other variants than that of a video stream and its sound."""
    if not has_variants(container):
        return
    wanted = {video.index, *sound_of(container, video)}
    for stream in container.streams:
        if stream.index not in wanted and not stream.disposition & Disposition.attached_pic:
            stream.discard = Discard.all


def _bit_rate(stream: Stream) -> int:
    value = stream.metadata.get(_BIT_RATE, "")
    return int(value) if value.isascii() and value.isdecimal() else 0
