"""The packets of an open container, in spite of damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet

_FAILURES = 100
"""So many packets in a row that cannot be read mean that the rest of the file is gone."""

_UNKNOWN = 1_000_000
"""So many packets in a row of streams that nobody announced are no healthy file."""
_THEORA_HEADER = 0x80
"""Bit of the first byte of headers of Theora; frames do not have it."""


def every_packet(
    container: InputContainer, *, refused: Callable[[], object] = lambda: None
) -> Iterator[Packet[Any]]:
    """The packets of all streams from where a container stands, without PyAV's signs of the end.

    What cannot be read is passed over, and so are streams that come up later than at the beginning
    (MPEG-TS), of which PyAV knows nothing, and the headers of Theora that come again where one Ogg file
    follows another: their stamps are those of frames.

    Args:
        container: open.
        refused: called where the file goes on in a way that ffmpeg cannot follow: an Ogg file whose sound has
            another rate than the one before it.

    Raises:
        av.error.ExitError: nothing has come for as long as the container was told to wait.
    """
    failures = unknown = 0
    packets = container.demux()
    is_ogg = container.format.name == "ogg"
    while failures < _FAILURES and unknown < _UNKNOWN:
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
