"""Sound that begins later in a file than ffmpeg looks when it opens it."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache

import av
from av.container import InputContainer

from simpsons_play.sources.packets import every_packet

_FORMATS = ("mpegts", "mpeg")
"""These announce no sound at the beginning of the file: ffmpeg reads some, and looks at the end."""
_READ_BYTES = 192 << 20
"""So far into a file sound is looked for, at 500 MB/s and more."""
_ENOUGH_BYTES = 2 << 20
"""In so much after its first packet, there is enough of a stream to see its rate and channels."""


def probing_options(container: InputContainer, path: str) -> dict[str, str]:
    """The options of ffmpeg that a local file has to be opened with again so that all its sound is known.

    Such a container does not begin at its beginning: seek there first.

    Args:
        container: open without them, at its beginning.
        path: of the file.

    Returns:
        The options; none where nothing is missing or can be found.
    """
    if container.format.name not in _FORMATS or not _unknown(container):
        return {}
    try:
        found = os.stat(path)
    except OSError:
        return {}
    end = _end_of_probing(path, found.st_size, found.st_mtime_ns)
    if end is None:
        return {}
    # What ffmpeg reads in order to know the streams it would keep in memory until it is asked for.
    return {
        "probesize": str(end),
        "analyzeduration": str(1 << 62),
        "scan_all_pmts": "1",
        "fflags": "+nobuffer",
    }


@lru_cache(maxsize=16)
def _end_of_probing(path: str, size: int, mtime_ns: int) -> int | None:
    """How many bytes ffmpeg has to read to know every stream of sound; None where that is of no use.

    Args:
        path: of the file.
        size: in bytes.
        mtime_ns: when it was changed, so that a file that has changed is read again.
    """
    last = None
    with suppress(av.FFmpegError), av.open(f"file:{path}", metadata_errors="replace") as container:
        unknown = _unknown(container)
        for packet in every_packet(container):
            place = packet.pos or 0
            if packet.stream_index in unknown and packet.size:
                unknown.discard(packet.stream_index)
                last = place
            if not unknown or place > _READ_BYTES:
                break
    return None if last is None else last + _ENOUGH_BYTES


def _unknown(container: InputContainer) -> set[int]:
    """The streams of sound of which nothing was seen but their names, by index."""
    return {
        sound.index
        for sound in container.streams.audio
        if sound.codec_context is not None and not (sound.rate and sound.channels)
    }
