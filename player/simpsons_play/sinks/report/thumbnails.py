"""A small picture of everybody each time they come on screen, taken when the network was surest."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.render.plates import draw_bracket

HEIGHT_PX = 144
"""Of a still."""

_QUALITY = 82
_SURER = 0.03
"""A still is taken again only where the network is so much surer: most frames cost nothing."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture of somebody.

    Attributes:
        time_s: of the frame, in seconds from the start of the source.
        probability: of the name; 0-1.
        jpeg: the file's contents, `HEIGHT_PX` high, a bracket around the head.
    """

    time_s: float
    probability: float
    jpeg: bytes


class Thumbnails:
    """Collects stills frame by frame.

    Args:
        labels: all that the network knows, for their colours.
        pixel_aspect: width of a pixel over its height.
    """

    def __init__(self, labels: tuple[str, ...], *, pixel_aspect: float = 1.0) -> None:
        self._labels, self._aspect = labels, pixel_aspect
        self._found: dict[str, list[Thumbnail]] = {}
        self._here: set[str] = set()

    def add(self, frame: Frame, result: FrameResult) -> None:
        """Take the next frame in; frames come in the order of their times."""
        before = set() if result.cut else self._here
        self._here = {caption.label for caption in result.captions}
        for caption in result.captions:
            stills = self._found.setdefault(caption.label, [])
            if caption.label not in before:
                stills.append(self._take(frame, caption))
            elif caption.probability > stills[-1].probability + _SURER:
                stills[-1] = self._take(frame, caption)

    def best(self, label: str, start_s: float, end_s: float) -> Thumbnail | None:
        """The surest still of somebody between two moments, in seconds; the end is not included."""
        there = [still for still in self._found.get(label, ()) if start_s <= still.time_s < end_s]
        return max(there, key=lambda still: still.probability, default=None)

    def _take(self, frame: Frame, caption: Caption) -> Thumbnail:
        height, width = frame.image.shape[:2]
        across, down = HEIGHT_PX * self._aspect / height, HEIGHT_PX / height
        size = (max(1, round(width * across)), HEIGHT_PX)
        small: Image = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        if caption.region.is_head:
            draw_bracket(
                small, _scaled(caption.region.box, across, down), colour_of(caption.label, self._labels)
            )
        _, packed = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
        return Thumbnail(frame.time_s, caption.probability, packed.tobytes())


def _scaled(box: Box, across: float, down: float) -> Box:
    return Box(
        round(box.x_min * across), round(box.y_min * down), round(box.x_max * across), round(box.y_max * down)
    )
