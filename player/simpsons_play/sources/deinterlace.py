"""Deinterlacing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

TimedPicture = tuple[Fraction, av.VideoFrame]
"""Time of a picture in seconds, and the picture."""


def deinterlaced(pictures: Iterator[TimedPicture]) -> Iterator[TimedPicture]:
    """The same pictures at the same times; those that are flagged as interlaced are filtered by bwdif.

    The filter starts with the first interlaced picture, so that progressive video costs nothing. The number
    of pictures stays the same: in the mode `send_frame`, `bwdif` does not turn each field into a picture.

    Args:
        pictures: in display order.
    """
    bwdif: _Bwdif | None = None
    for time, picture in pictures:
        if bwdif is not None and not bwdif.fits(picture):
            yield from bwdif.flush()
            bwdif = None
        if bwdif is None:
            if not picture.interlaced_frame:
                yield time, picture
                continue
            bwdif = _Bwdif(picture)
        yield from bwdif.push(time, picture)
    if bwdif is not None:
        yield from bwdif.flush()


class _Bwdif:
    """A filter for pictures of one size and format. It looks one picture ahead."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._format = _format_of(picture)
        self._graph = graph = Graph()
        source = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 1000)
        )
        bwdif = graph.add("bwdif", mode="send_frame", deint="interlaced")
        graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
        self._waiting: deque[TimedPicture] = deque()
        self._number = 0

    def fits(self, picture: av.VideoFrame) -> bool:
        return _format_of(picture) == self._format

    def push(self, time: Fraction, picture: av.VideoFrame) -> Iterator[TimedPicture]:
        self._waiting.append((time, picture))
        picture.pts, picture.time_base = self._number, Fraction(1, 1000)
        self._number += 1
        self._graph.vpush(picture)
        yield from self._pull()

    def flush(self) -> Iterator[TimedPicture]:
        self._graph.vpush(None)
        yield from self._pull()
        yield from self._waiting  # pictures that the filter did not return stay as they are
        self._waiting.clear()

    def _pull(self) -> Iterator[TimedPicture]:
        while self._waiting:
            try:
                picture = self._graph.vpull()
            except (av.FFmpegError, EOFError):  # it needs more pictures, or has no more
                return
            yield self._waiting.popleft()[0], picture


def _format_of(picture: av.VideoFrame) -> tuple[int, int, str, int, int]:
    return (
        picture.width,
        picture.height,
        picture.format.name,
        int(picture.colorspace),
        int(picture.color_range),
    )
