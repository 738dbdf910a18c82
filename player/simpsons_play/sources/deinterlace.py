"""Interlaced pictures made whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

Timed = tuple[Fraction, av.VideoFrame]
"""When a picture is shown, in seconds, and the picture."""


def deinterlaced(pictures: Iterator[Timed]) -> Iterator[Timed]:
    """The same pictures at the same times, those that are flagged as interlaced filtered by bwdif.

    Nothing is filtered before the first interlaced picture, so that progressive video costs nothing. Each
    picture stays one: `bwdif` in the mode `send_frame` makes no second one of the second field.

    Args:
        pictures: in the order they are shown.
    """
    bwdif: _Bwdif | None = None
    for time, picture in pictures:
        if bwdif is not None and not bwdif.takes(picture):
            yield from bwdif.finish()
            bwdif = None
        if bwdif is None:
            if not picture.interlaced_frame:
                yield time, picture
                continue
            bwdif = _Bwdif(picture)
        yield from bwdif.push(time, picture)
    if bwdif is not None:
        yield from bwdif.finish()


class _Bwdif:
    """One filter for pictures of one size and format. It looks one picture ahead."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._kind = _kind_of(picture)
        self._graph = graph = Graph()
        source = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 1000)
        )
        bwdif = graph.add("bwdif", mode="send_frame", deint="interlaced")
        graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
        self._waiting: deque[Timed] = deque()
        self._number = 0

    def takes(self, picture: av.VideoFrame) -> bool:
        return _kind_of(picture) == self._kind

    def push(self, time: Fraction, picture: av.VideoFrame) -> Iterator[Timed]:
        self._waiting.append((time, picture))
        picture.pts, picture.time_base = self._number, Fraction(1, 1000)
        self._number += 1
        self._graph.vpush(picture)
        yield from self._pull()

    def finish(self) -> Iterator[Timed]:
        self._graph.vpush(None)
        yield from self._pull()
        yield from self._waiting  # what the filter did not give back comes as it is
        self._waiting.clear()

    def _pull(self) -> Iterator[Timed]:
        while self._waiting:
            try:
                picture = self._graph.vpull()
            except (av.FFmpegError, EOFError):  # it wants more, or there is no more
                return
            yield self._waiting.popleft()[0], picture


def _kind_of(picture: av.VideoFrame) -> tuple[int, int, str, int, int]:
    return (
        picture.width,
        picture.height,
        picture.format.name,
        int(picture.colorspace),
        int(picture.color_range),
    )
