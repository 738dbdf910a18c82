"""AVI: seeking and counting packets in a container that has no presentation time stamps.

ffmpeg makes the stamps up, with different rules for each codec. Only decoding time stamps are reliable.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Any

from av.container import Container, InputContainer
from av.packet import Packet
from av.stream import Stream

from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.structure import avi_media_end

_CHUNK_HEADER_BYTES = 8
_INDEX_MARGIN_BYTES = 1 << 16
_INDEX_ENTRY_BYTES = 8


def is_avi(container: Container) -> bool:
    """Whether a container is AVI."""
    return container.format.name == "avi"


def has_complete_index(container: InputContainer, path: Path) -> bool:
    """Whether an AVI was completely written and its index lists every packet.

    Args:
        container: the open file.
        path: path of the file.
    """
    media_end = avi_media_end(path)
    last_entries = [stream.index_entries[-1] for stream in container.streams if len(stream.index_entries)]
    if media_end is None or not last_entries:
        return False
    # Empty packets and the indexes of earlier packets may follow the last packet.
    margin = _INDEX_MARGIN_BYTES + sum(
        _INDEX_ENTRY_BYTES * len(stream.index_entries) for stream in container.streams
    )
    return max(entry.pos + entry.size for entry in last_entries) >= media_end - margin


class AviSeeker:
    """Finds key frames in an AVI without an index, and corrects ffmpeg's packet count after a seek.

    Args:
        container: the open file.
    """

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self._keyframes: dict[int, list[int]] | None = None
        self._corrections: dict[int, int] | None = None

    def keyframe_before(self, ticks: int, stream: Stream) -> int:
        """The decoding time stamp of the last key frame of a stream at or before `ticks`; 0 if none is.

        ffmpeg knows only the packets that it has read, and takes all of them for key frames. So the first
        call reads the whole file.
        """
        if self._keyframes is None:
            keyframes: dict[int, list[int]] = {}
            self._container.seek(0)
            for packet in every_packet(self._container):
                if packet.is_keyframe and packet.size and packet.dts is not None:
                    keyframes.setdefault(packet.stream_index, []).append(packet.dts)
            self._keyframes = keyframes
        stamps = self._keyframes.get(stream.index, [])
        following = bisect_right(stamps, ticks)
        return stamps[following - 1] if following else 0

    def start_counting(self) -> None:
        """Derive new corrections from the next packets: the container was just sought."""
        self._corrections = {}

    def correct(self, packet: Packet[Any]) -> None:
        """Correct the stamps of a video packet: after a seek ffmpeg does not count skipped empty packets."""
        if self._corrections is None or packet.stream.type != "video" or not packet.size:
            return
        index = packet.stream_index
        if index not in self._corrections:
            entries, position = packet.stream.index_entries, packet.pos or 0
            i = bisect_right(entries, position, key=lambda entry: entry.pos) - 1
            is_listed = i >= 0 and position - entries[i].pos <= _CHUNK_HEADER_BYTES
            self._corrections[index] = (
                entries[i].timestamp - packet.dts if is_listed and packet.dts is not None else 0
            )
        if packet.dts is not None:
            packet.dts += self._corrections[index]
        if packet.pts is not None:
            packet.pts += self._corrections[index]
