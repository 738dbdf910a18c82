"""Sound that starts after the part of a file that ffmpeg probes when it opens it."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache

import av
from av.container import InputContainer

from simpsons_play.sources.packets import every_packet

_FORMATS = ("mpegts", "mpeg")
"""These announce no streams at the start of the file: ffmpeg probes the start and the end."""
_SEARCHED_BYTES = 192 << 20
"""How far into a file sound is searched for, at 500 MB/s or more."""
_PROBED_BYTES = 2 << 20
"""This much data from the first packet of a sound stream on is enough to know its rate and channels."""


def probing_options(container: InputContainer, path: str) -> dict[str, str]:
    """The ffmpeg options with which a local file must be opened again so that all its sound is known.

    A container opened with them does not start at its beginning: seek there first.

    Args:
        container: opened without them, at its beginning.
        path: path of the file.

    Returns:
        The options; empty if no sound is unknown, or none of it can be found.
    """
    if container.format.name not in _FORMATS or not _unknown(container):
        return {}
    try:
        status = os.stat(path)
    except OSError:
        return {}
    end = _end_of_probing(path, status.st_size, status.st_mtime_ns)
    if end is None:
        return {}
    # Without nobuffer, ffmpeg would keep everything it probes in memory until it is read.
    return {
        "probesize": str(end),
        "analyzeduration": str(1 << 62),
        "scan_all_pmts": "1",
        "fflags": "+nobuffer",
    }


@lru_cache(maxsize=16)
def _end_of_probing(path: str, size: int, mtime_ns: int) -> int | None:
    """How many bytes ffmpeg must read to know every sound stream; None if it would find no more.

    Args:
        path: path of the file.
        size: its size in bytes.
        mtime_ns: when it was modified; a modified file is read again.
    """
    last = None
    with suppress(av.FFmpegError), av.open(f"file:{path}", metadata_errors="replace") as container:
        unknown = _unknown(container)
        for packet in every_packet(container):
            position = packet.pos or 0
            if packet.stream_index in unknown and packet.size:
                unknown.discard(packet.stream_index)
                last = position
            if not unknown or position > _SEARCHED_BYTES:
                break
    return None if last is None else last + _PROBED_BYTES


def _unknown(container: InputContainer) -> set[int]:
    """Indexes of the sound streams that were announced, but whose rate and channels are unknown."""
    return {
        sound.index
        for sound in container.streams.audio
        if sound.codec_context is not None and not (sound.rate and sound.channels)
    }
