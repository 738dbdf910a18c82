"""Streams that come in several qualities (HLS): the best one, and the sound that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

_FORMATS = frozenset({"hls", "applehttp"})
_BIT_RATE = "variant_bitrate"
"""ffmpeg's name for the bits per second of the variant that a stream belongs to; shared streams have none."""


def has_variants(container: InputContainer) -> bool:
    """Whether a container offers the same in several qualities."""
    return bool(_FORMATS & set(container.format.name.split(",")))


def moving_pictures(container: InputContainer) -> list[VideoStream]:
    """The streams of pictures but for covers."""
    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def best_first(container: InputContainer, streams: Sequence[VideoStream]) -> list[VideoStream]:
    """Streams of pictures, those with most pixels first, and of those the ones with most bits.

    Where there are no variants, those that are marked as default come first, in the order of the container.
    """
    if not has_variants(container):
        return sorted(streams, key=lambda stream: not stream.disposition & Disposition.default)

    def quality(stream: VideoStream) -> tuple[int, int]:
        context = stream.codec_context
        return (0 if context is None else context.width * context.height), _bit_rate(stream)

    return sorted(streams, key=quality, reverse=True)


def sound_of(container: InputContainer, pictures: VideoStream) -> list[int]:
    """The indexes of the streams of sound that belong to a stream of pictures, in their order.

    HLS either packs sound with the pictures of each variant or shares it among variants.
    """
    sounds = list(container.streams.audio)
    if not has_variants(container):
        return [sound.index for sound in sounds]
    own = [sound for sound in sounds if _bit_rate(sound) == _bit_rate(pictures)]
    shared = [sound for sound in sounds if not _bit_rate(sound)]
    return [sound.index for sound in own or shared or sounds]


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """The streams of sound that belong to the pictures that are shown, in their order."""
    pictures = moving_pictures(container)
    if not pictures:
        return list(container.streams.audio)
    wanted = sound_of(container, best_first(container, pictures)[0])
    return [sound for sound in container.streams.audio if sound.index in wanted]


def leave_others(container: InputContainer, pictures: VideoStream) -> None:
    """Let ffmpeg load no other variant than that of these pictures and its sound."""
    if not has_variants(container):
        return
    kept = {pictures.index, *sound_of(container, pictures)}
    for stream in container.streams:
        if stream.index not in kept and not stream.disposition & Disposition.attached_pic:
            stream.discard = Discard.all


def _bit_rate(stream: Stream) -> int:
    value = stream.metadata.get(_BIT_RATE, "")
    return int(value) if value.isascii() and value.isdecimal() else 0
