"""Whether sound keeps its format: what cannot be copied because it changes midway."""

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
"""Files up to this size are read whole, of larger ones samples."""
_SAMPLES = 64
_SAMPLE_PACKETS = 1000
"""Of a large file, so many packets at each of so many places: streams lie half a second apart at most."""
_RESTARTS = 0x0200
"""`AVFMT_TS_DISCONT`: the format allows files that are put one after the other."""
_HEAD_BYTES = 8

_VORBIS_ID, _VORBIS_SETUP = b"\x01vorbis", b"\x05vorbis"
_VORBIS_ID_BYTES = 30
"""Headers of Vorbis I, sections 4.2.1 and 4.2.2."""

Signature: TypeAlias = "tuple[str | int, ...]"


def signature(packet: Packet[Any], only: str | None = None) -> Signature | None:
    """What the head of a packet says of its codec and format, as far as copies must not change in it.

    Players follow AC-3, MP2 and MP3 to another number of channels, but not to another rate. The format of AAC
    is said once for all of the copy.

    Args:
        packet: of sound.
        only: the codec that it must be; None where any may follow.

    Returns:
        None where packets say nothing.
    """
    codec, head = codec_of(packet), bytes(memoryview(packet)[:_HEAD_BYTES])
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
    """Of the headers of a codec, as containers hold them, what decoding needs: not the comments of Vorbis."""
    data = extradata or b""
    first, last = data.find(_VORBIS_ID), data.find(_VORBIS_SETUP)
    if 0 <= first < last:
        return data[first : first + _VORBIS_ID_BYTES] + data[last:]
    return data


def may_change(container: InputContainer) -> bool:
    """Whether files of this format are put one after the other: elsewhere the header says the format."""
    return bool(container.format.flags & _RESTARTS)


def changing_sound(path: Path) -> frozenset[int]:
    """The streams of a local file whose format changes midway, by index; as far as it was looked into."""
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
            if index in by_packet and (said := signature(packet)) is not None:
                found.setdefault(index, set()).add(said)
            if packet.has_sidedata("new_extradata"):
                new = headers(bytes(packet.get_sidedata("new_extradata")))
                if new != known[index]:
                    changing.add(index)
    return frozenset(changing | {index for index, said in found.items() if len(said) > 1})


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
