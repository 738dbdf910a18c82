"""One thumbnail for each appearance of a character, taken when the label was most probable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.render.brackets import draw_bracket

HEIGHT_PX = 144
"""Height of a thumbnail."""

_JPEG_QUALITY = 82
_MIN_IMPROVEMENT = 0.03
"""A thumbnail is only replaced if the probability is higher by this: most frames need no encoding then."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of a character.

    Attributes:
        time_s: frame time in seconds from the start of the source.
        probability: smoothed probability of the label, 0-1.
        jpeg: JPEG file content, `HEIGHT_PX` high, with a bracket around the head.
    """

    time_s: float
    probability: float
    jpeg: bytes


class Thumbnails:
    """Collects thumbnails frame by frame.

    Args:
        labels: all labels of the model, for their colours.
        pixel_aspect: width of a pixel over its height.
    """

    def __init__(self, labels: tuple[str, ...], *, pixel_aspect: float = 1.0) -> None:
        self._labels, self._pixel_aspect = labels, pixel_aspect
        self._by_label: dict[str, list[Thumbnail]] = {}
        self._on_screen: set[str] = set()

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Take thumbnails from the next frame; frames are in order of their times."""
        before = set() if result.cut else self._on_screen
        self._on_screen = {caption.label for caption in result.captions}
        for caption in result.captions:
            thumbnails = self._by_label.setdefault(caption.label, [])
            if caption.label not in before:
                thumbnails.append(self._take(frame, caption))
            elif caption.probability > thumbnails[-1].probability + _MIN_IMPROVEMENT:
                thumbnails[-1] = self._take(frame, caption)

    @classmethod
    def joined(cls, parts: Iterable[Thumbnails], labels: tuple[str, ...]) -> Thumbnails:
        """The thumbnails of consecutive parts of a video, each of whole shots; not to be updated any more."""
        joined = cls(labels)
        for part in parts:
            for label, thumbnails in part._by_label.items():
                joined._by_label.setdefault(label, []).extend(thumbnails)
        return joined

    def best(self, label: str, start_s: float, end_s: float) -> Thumbnail | None:
        """The most probable thumbnail of a character between two times in seconds; the end is excluded."""
        inside = [
            thumbnail for thumbnail in self._by_label.get(label, ()) if start_s <= thumbnail.time_s < end_s
        ]
        return max(inside, key=lambda thumbnail: thumbnail.probability, default=None)

    def _take(self, frame: Frame, caption: Caption) -> Thumbnail:
        box = caption.region.box if caption.region.is_head else None
        colour = colour_of(caption.label, self._labels)
        data = thumbnail_jpeg(frame.image, box, colour, pixel_aspect=self._pixel_aspect)
        return Thumbnail(frame.time_s, caption.probability, data)


def thumbnail_jpeg(
    image: Image, box: Box | None, colour_bgr: tuple[int, int, int], *, pixel_aspect: float
) -> bytes:
    """A frame as a thumbnail.

    Args:
        image: (H, W, 3) uint8 BGR frame.
        box: the head to draw a bracket around, in pixels of the frame; None for none.
        colour_bgr: colour of the bracket.
        pixel_aspect: width of a pixel over its height.

    Returns:
        JPEG file content, `HEIGHT_PX` high.
    """
    height, width = image.shape[:2]
    across, down = HEIGHT_PX * pixel_aspect / height, HEIGHT_PX / height
    size = (max(1, round(width * across)), HEIGHT_PX)
    small: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    if box is not None:
        draw_bracket(small, _scaled(box, across, down), colour_bgr)
    _, data = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))
    return data.tobytes()


def _scaled(box: Box, across: float, down: float) -> Box:
    return Box(
        round(box.x_min * across), round(box.y_min * down), round(box.x_max * across), round(box.y_max * down)
    )
