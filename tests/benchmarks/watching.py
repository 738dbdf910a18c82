"""Watches what a window paints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from simpsons_play.types import Image


@contextmanager
def on_paint(call: Callable[[Image], object]) -> Iterator[None]:
    """Call with each new picture, (H, W, 3) uint8 BGR before it was scaled, once it is painted."""
    from simpsons_play.window.picture import Picture

    paint, last = Picture.paintEvent, [None]

    def watched(self: Picture, event: object) -> None:
        paint(self, event)  # type: ignore[arg-type]
        if self.image is not None and self.image is not last[0]:
            last[0] = self.image  # type: ignore[call-overload]
            call(self.image)

    with mock.patch.object(Picture, "paintEvent", watched):
        yield
