"""Decodes sound whose codec or headers change midway, as in files joined with `cat`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

_HEAD_BYTES = 8
_BROADCAST_FORMATS = ("mpegts", "mpeg")
_LAYERS = {1: "mp3", 2: "mp2", 3: "mp1"}
_SAME_DECODER = {"eac3": "ac3"}
"""One decoder handles both."""


def codec_of(packet: Packet[Any]) -> str | None:
    """The codec of a packet in a broadcast, as ffmpeg names it, from its first bytes; None if unknown."""
    head = bytes(memoryview(packet)[:_HEAD_BYTES])
    if len(head) < _HEAD_BYTES:
        return None
    if head[:2] == b"\x0b\x77":  # ATSC A/52: bsid
        return "ac3" if head[5] >> 3 <= 10 else "eac3"
    if head[:4] == b"\x7f\xfe\x80\x01":  # ETSI TS 102 114
        return "dts"
    if head[0] == 0x56 and head[1] & 0xE0 == 0xE0:  # LOAS, ISO/IEC 14496-3
        return "aac_latm"
    if head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS, ISO/IEC 13818-7
        return "aac"
    if head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # ISO/IEC 11172-3
        return _LAYERS.get(head[1] >> 1 & 3)
    return None


def may_change_codec(stream: AudioStream) -> bool:
    """Whether the codec of a stream may change midway: every packet then identifies its codec."""
    name = stream.codec_context.codec.canonical_name
    return stream.container.format.name in _BROADCAST_FORMATS and name in (
        "aac",
        "aac_latm",
        "ac3",
        "dts",
        "eac3",
        *_LAYERS.values(),
    )


class SoundDecoder:
    """Decodes the packets of one stream of sound.

    Args:
        stream: the stream; its decoder is flushed.
    """

    def __init__(self, stream: AudioStream) -> None:
        self._context: AudioCodecContext = stream.codec_context
        self._context.flush_buffers()
        self._codec = self._context.codec.canonical_name
        self._watches = may_change_codec(stream)

    def decode(self, packet: Packet[Any]) -> Iterator[AudioFrame]:
        """Decode a packet; an empty packet flushes the decoder.

        Raises:
            Exception: it cannot be decoded; decoders raise nearly anything.
        """
        codec = codec_of(packet) if self._watches else None
        if codec is not None and _decoder_of(codec) != _decoder_of(self._codec):
            yield from self._flush()
            self._use(codec)
        elif self._codec == "vorbis" and packet.has_sidedata("new_extradata"):
            # The decoder would mix the first samples with the last ones before the change.
            yield from self._flush()
            self._use("vorbis", bytes(packet.get_sidedata("new_extradata")))
        yield from self._context.decode(packet if packet.size else None)

    def _flush(self) -> list[AudioFrame]:
        try:
            return self._context.decode(None)
        except av.FFmpegError:
            return []

    def _use(self, codec: str, headers: bytes | None = None) -> None:
        context = av.CodecContext.create(codec, "r")
        if isinstance(context, AudioCodecContext):
            self._context, self._codec = context, codec
            if headers is not None:
                context.extradata = headers


def _decoder_of(codec: str) -> str:
    return _SAME_DECODER.get(codec, codec)
