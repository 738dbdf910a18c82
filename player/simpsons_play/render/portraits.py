"""Portraits: square pictures of heads, how good a portrait a head makes, and the best of a video. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult

MARGIN = 0.2
"""Space around the head on each side, as a share of the longer side of its box."""

FULL_SIZE_PX = 96
"""A head of this size, in pixels of the frame, makes as good a portrait as any larger one."""

_SHARPNESS_PX = 48
"""Size to which heads are scaled before their sharpness is measured, so that it depends little on size."""

_SHARP = 300.0
"""Variance of the Laplacian at which a head counts as half sharp; cartoons in motion have about 100, still
ones from 500 to 3000."""

_CUT_OFF = 0.5
"""Factor for a head that touches the border of the frame: part of it may be missing."""


_MIN_IMPROVEMENT = 1.05
"""A head is only looked at if it may be better by this factor: most frames need not even be converted."""


def size_score(size_px: tuple[int, int], box: Box) -> float:
    """How well a head's size and position suit a portrait, 0-1; an upper bound that needs no picture.

    Args:
        size_px: width and height of the frame.
        box: the head, in pixels of the frame.

    Example:
        >>> size_score((320, 240), Box(100, 80, 148, 120))
        0.5
    """
    width, height = size_px
    inside = box.x_min > 0 and box.y_min > 0 and box.x_max < width and box.y_max < height
    size = min(1.0, max(0, max(box.width, box.height)) / FULL_SIZE_PX)
    return size if inside else size * _CUT_OFF


def portrait_score(image: Image, box: Box, probability: float) -> float:
    """How good a portrait a head makes, 0-1: the product of its confidence, its size and its sharpness.

    Sharpness is v / (v + 300), where v is the variance of the Laplacian (Pech-Pacheco et al. 2000, "Diatom
    autofocusing in brightfield microscopy") of the head scaled to 48 x 48 grey pixels.

    Args:
        image: (H, W, 3) uint8 BGR frame.
        box: the head, in pixels of the frame; parts outside the frame are ignored.
        probability: probability of the head's label, 0-1.

    Example:
        >>> portrait_score(np.full((240, 320, 3), 90, np.uint8), Box(100, 80, 148, 120), 0.9)
        0.0
    """
    height, width = image.shape[:2]
    head = image[max(0, box.y_min) : max(0, box.y_max), max(0, box.x_min) : max(0, box.x_max)]
    if head.size == 0:
        return 0.0
    small = cv2.resize(head, (_SHARPNESS_PX, _SHARPNESS_PX), interpolation=cv2.INTER_AREA)
    variance = float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())
    return probability * size_score((width, height), box) * variance / (variance + _SHARP)


def portrait(image: Image, box: Box, size_px: int, *, pixel_aspect: float = 1.0) -> Image:
    """Crop a square around a head, with `MARGIN` on each side, and scale it.

    A square that would leave the frame is moved into it, or made smaller if the frame is too small.

    Args:
        image: (H, W, 3) uint8 BGR frame.
        box: the head, in pixels of the frame.
        size_px: width and height of the portrait.
        pixel_aspect: width of a pixel of the frame divided by its height.

    Returns:
        (size_px, size_px, 3) uint8 BGR with square pixels; a copy.

    Example:
        >>> portrait(np.zeros((240, 320, 3), np.uint8), Box(100, 80, 148, 120), 96).shape
        (96, 96, 3)
    """
    height, width = image.shape[:2]
    side = max(box.width * pixel_aspect, box.height, 1) * (1 + 2 * MARGIN)
    side = min(side, width * pixel_aspect, height)
    x_min, x_max = _stretch(box.x_min, box.x_max, side / pixel_aspect, width)
    y_min, y_max = _stretch(box.y_min, box.y_max, side, height)
    square = image[y_min:y_max, x_min:x_max]
    shrinks = side > size_px
    scaled = cv2.resize(
        square, (size_px, size_px), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    return np.asarray(scaled, np.uint8)


@dataclass(slots=True)
class _Best:
    """The best head of a character, and its highest `size_score` times probability in this shot."""

    score: float = 0.0
    picture: Image | None = None
    shot_bound: float = 0.0


class BestPortraits:
    """Chooses a portrait for each character, frame by frame.

    Heads are compared by `portrait_score`. In each shot, a head is only scored when its size and confidence
    have improved, so that only a few frames of a shot are looked at. Characters that are only named by a crop
    of the frame have no portrait.

    Args:
        size_px: width and height of a portrait.
        pixel_aspect: width of a pixel of the frames over its height.
        better: how much better another head must be to replace the one before.
    """

    def __init__(self, size_px: int, *, pixel_aspect: float = 1.0, better: float = 1.0) -> None:
        self._size_px, self._pixel_aspect, self._better = size_px, pixel_aspect, better
        self._best: dict[str, _Best] = {}

    @property
    def pictures(self) -> dict[str, Image]:
        """Label -> (size_px, size_px, 3) uint8 BGR."""
        return {label: best.picture for label, best in self._best.items() if best.picture is not None}

    def forget(self, labels: Iterable[str]) -> None:
        """Forget the portraits of some characters, as their heads turned out to be those of others."""
        for label in labels:
            self._best.pop(label, None)

    def update(
        self, result: FrameResult, size_px: tuple[int, int], image: Callable[[], Image]
    ) -> dict[str, Image]:
        """Look at the heads of the next frame.

        Args:
            result: its result.
            size_px: width and height of the frame.
            image: returns the frame, (H, W, 3) uint8 BGR without captions; only called if it is needed.

        Returns:
            The portraits that are new.
        """
        if result.cut:
            for best in self._best.values():
                best.shot_bound = 0.0
        heads = [caption for caption in result.captions if caption.region.is_head]
        return {
            head.label: new for head in heads if (new := self._better_one(head, size_px, image)) is not None
        }

    def _better_one(
        self, caption: Caption, size_px: tuple[int, int], image: Callable[[], Image]
    ) -> Image | None:
        best = self._best.setdefault(caption.label, _Best())
        box = caption.region.box
        bound = caption.probability * size_score(size_px, box)
        least = best.score * max(self._better, _MIN_IMPROVEMENT)
        if bound <= max(least, best.shot_bound * _MIN_IMPROVEMENT):
            return None
        best.shot_bound = bound
        score = portrait_score(image(), box, caption.probability)
        if best.picture is not None and score <= best.score * self._better:
            return None
        best.score = score
        best.picture = portrait(image(), box, self._size_px, pixel_aspect=self._pixel_aspect)
        return best.picture


def _stretch(low: int, high: int, length: float, limit: int) -> tuple[int, int]:
    """A range of a length around the middle of another, moved to lie between 0 and a limit."""
    whole = min(max(1, round(length)), limit)
    start = min(max(0, round((low + high - whole) / 2)), limit - whole)
    return start, start + whole
