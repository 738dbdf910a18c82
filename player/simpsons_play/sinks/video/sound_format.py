"""Detects sound streams that cannot be copied because their format changes midway."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from av.container import InputContainer
from av.packet import Packet

from simpsons_play.sources.opening import open_container
from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.sound_decoder import codec_of, may_change_codec

_READ_BYTES = 192 << 20
"""Files up to this size are read completely, larger ones at `_SAMPLES` positions."""
_SAMPLES = 64
_SAMPLE_PACKETS = 1000
"""Packets read at each position of a large file: streams are at most half a second apart."""
_RESTARTS = 0x0200
"""`AVFMT_TS_DISCONT`: the format allows files to be concatenated."""
_HEADER_BYTES = 8

_VORBIS_ID, _VORBIS_SETUP = b"\x01vorbis", b"\x05vorbis"
_VORBIS_ID_BYTES = 30
"""Headers of Vorbis I, sections 4.2.1 and 4.2.2."""

Signature: TypeAlias = "tuple[str | int, ...]"


def signature(packet: Packet[Any], only: str | None = None) -> Signature | None:
    """Codec and format from the header of a packet, as far as they must not change within a copied stream.

    Players follow AC-3, MP2 and MP3 to another number of channels, but not to another sample rate. The format
    of AAC is stored once for the whole stream.

    Args:
        packet: a packet of sound.
        only: the codec the packet must have; None allows any.

    Returns:
        None if packets of this codec do not carry their format.
    """
    codec, head = codec_of(packet), bytes(memoryview(packet)[:_HEADER_BYTES])
    if only is not None and codec != only:
        return None
    if codec == "aac":
        return codec, head[2] >> 6, head[2] >> 2 & 15, (head[2] & 1) << 2 | head[3] >> 6
    if codec in ("mp1", "mp2", "mp3"):
        return codec, head[1] >> 3 & 3, head[2] >> 2 & 3
    if codec in ("ac3", "eac3"):
        return codec, head[4] >> 6
    return None if codec is None else (codec,)


def headers(extradata: bytes | None) -> bytes:
    """The codec headers of a container without parts that decoding does not need: the comments of Vorbis."""
    data = extradata or b""
    first, last = data.find(_VORBIS_ID), data.find(_VORBIS_SETUP)
    if 0 <= first < last:
        return data[first : first + _VORBIS_ID_BYTES] + data[last:]
    return data


def may_change(container: InputContainer) -> bool:
    """Whether files of this format can be concatenated; in others, one header gives the sound format."""
    return bool(container.format.flags & _RESTARTS)


def changing_sound(path: Path) -> frozenset[int]:
    """The indexes of the sound streams of a file whose format changes midway.

    Changes in a large file can be missed, as only parts of it are read.
    """
    found: dict[int, set[Signature]] = {}
    changing = set()
    with open_container(str(path)) as container:
        if not may_change(container):
            return frozenset()
        known = {
            stream.index: headers(stream.codec_context.extradata)
            for stream in container.streams.audio
            if stream.codec_context is not None
        }
        by_packet = {
            stream.index
            for stream in container.streams.audio
            if stream.codec_context is not None and may_change_codec(stream)
        }
        for packet in _packets(container, path.stat().st_size):
            index = packet.stream_index
            if index not in known or not packet.size:
                continue
            if index in by_packet and (packet_signature := signature(packet)) is not None:
                found.setdefault(index, set()).add(packet_signature)
            if packet.has_sidedata("new_extradata"):
                new = headers(bytes(packet.get_sidedata("new_extradata")))
                if new != known[index]:
                    changing.add(index)
    return frozenset(changing | {index for index, signatures in found.items() if len(signatures) > 1})


def _packets(container: InputContainer, size: int) -> Iterator[Packet[Any]]:
    if size <= _READ_BYTES:
        yield from every_packet(container)
        return
    for number in range(_SAMPLES):
        container.seek(size * number // _SAMPLES, unsupported_byte_offset=True)
        missing = {stream.index for stream in container.streams.audio}
        for packet in islice(every_packet(container), _SAMPLE_PACKETS):
            yield packet
            missing.discard(packet.stream_index)
            if not missing:
                break
