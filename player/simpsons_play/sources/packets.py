"""Reads the packets of an open container in spite of damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet

_MAX_FAILURES = 100
"""After this many unreadable packets in a row, the rest of the file counts as lost."""

_MAX_UNKNOWN = 1_000_000
"""After this many packets in a row of streams that were not announced, reading stops."""
_THEORA_HEADER = 0x80
"""Bit in the first byte of a Theora header; frames do not have it."""


def every_packet(
    container: InputContainer, *, refused: Callable[[], object] = lambda: None
) -> Iterator[Packet[Any]]:
    """The packets of all streams from the current position, without the empty packets PyAV adds at the end.

    Skipped are unreadable packets, streams that appear only after the start (MPEG-TS), which PyAV does not
    know, and Theora headers that are repeated where Ogg files were joined: their stamps look like those of
    frames.

    Args:
        container: the open container.
        refused: called if ffmpeg refuses to read on: in joined Ogg files, when the sample rate changes.

    Raises:
        av.error.ExitError: nothing arrived within the timeout of the container.
    """
    failures = unknown = 0
    packets = container.demux()
    is_ogg = container.format.name == "ogg"
    while failures < _MAX_FAILURES and unknown < _MAX_UNKNOWN:
        try:
            packet = next(packets, None)
        except av.error.ExitError:
            raise
        except IndexError:  # a packet of a stream that PyAV does not know
            unknown += 1
            packets = container.demux()
            continue
        except Exception as error:  # an error ends the iterator, but the file may go on
            if is_ogg and isinstance(error, av.error.PatchWelcomeError):
                refused()
                return
            failures += 1
            packets = container.demux()
            continue
        if packet is None:
            return
        failures = unknown = 0
        if is_ogg and _is_theora_header(packet):
            continue
        if packet.size or packet.dts is not None:
            yield packet


def _is_theora_header(packet: Packet[Any]) -> bool:
    context = packet.stream.codec_context
    if context is None or context.name != "theora" or not packet.size:
        return False
    return memoryview(packet)[0] >= _THEORA_HEADER
