"""Whether sound keeps its format: what cannot be copied because it changes midway."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from av.container import InputContainer
from av.packet import Packet

from simpsons_play.sources.demux import open_container
from simpsons_play.sources.packets import every_packet

_READ_BYTES = 192 << 20
"""Files up to this size are read whole, of larger ones samples."""
_SAMPLES = 64
_SAMPLE_PACKETS = 1000
"""Of a large file, so many packets at each of so many places: streams lie half a second apart at most."""
_RESTARTS = 0x0200
"""`AVFMT_TS_DISCONT`: the format allows files that are put one after the other."""
_HEAD_BYTES = 8

Signature: TypeAlias = "tuple[int, ...]"


def signature(codec: str, packet: Packet[Any]) -> Signature | None:
    """What the header of a packet says of its format, as far as copies must not change in it.

    Players follow AC-3, MP2 and MP3 to another number of channels, but not to another rate. The format of AAC
    is said once for all of the copy. None where packets say nothing.
    """
    head = bytes(memoryview(packet)[:_HEAD_BYTES])
    if len(head) < _HEAD_BYTES:
        return None
    if codec == "aac" and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS, ISO/IEC 13818-7
        return head[2] >> 6, head[2] >> 2 & 15, (head[2] & 1) << 2 | head[3] >> 6
    if codec in ("mp1", "mp2", "mp3") and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # ISO/IEC 11172-3
        return head[1] >> 3 & 3, head[2] >> 2 & 3
    if codec in ("ac3", "eac3") and head[:2] == b"\x0b\x77":  # ATSC A/52
        return (head[4] >> 6,)
    return None


def changing_sound(path: Path) -> frozenset[int]:
    """The streams of a local file whose format changes midway, by index; as far as it was looked into.

    Only of formats that are put one after the other (MPEG-TS, VOB): elsewhere the header says the format.
    """
    found: dict[int, set[Signature]] = {}
    with open_container(str(path)) as container:
        if not container.format.flags & _RESTARTS:
            return frozenset()
        codecs = {
            stream.index: stream.codec_context.codec.canonical_name
            for stream in container.streams.audio
            if stream.codec_context is not None
        }
        for packet in _packets(container, path.stat().st_size):
            codec = codecs.get(packet.stream_index)
            if codec is not None and (said := signature(codec, packet)) is not None:
                found.setdefault(packet.stream_index, set()).add(said)
    return frozenset(index for index, said in found.items() if len(said) > 1)


def _packets(container: InputContainer, size: int) -> Iterator[Packet[Any]]:
    if size <= _READ_BYTES:
        yield from every_packet(container)
        return
    for number in range(_SAMPLES):
        container.seek(size * number // _SAMPLES, unsupported_byte_offset=True)
        wanted = {stream.index for stream in container.streams.audio}
        for packet in islice(every_packet(container), _SAMPLE_PACKETS):
            yield packet
            wanted.discard(packet.stream_index)
            if not wanted:
                break
