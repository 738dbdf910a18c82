"""Where a new shot begins. Pure but for the memory of the frame before."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.core.types import Image
from simpsons_play.inference.preprocess import to_square

THUMB_PX = 16
"""Cells of a sixteenth of a region are blind to what moves in it and awake to what replaces it."""

CUT_DIFFERENCE = 24.0
"""Mean difference of thumbnails (0-255) above which a cut is seen. Between neighbouring frames of pans it
stays below 12 and at cuts it is seldom below 30, on cartoons; PySceneDetect's content detector uses 27 on
whole pictures."""


class CutDetector:
    """Tells, frame by frame, whether a new shot begins, by the mean difference of small thumbnails."""

    def __init__(self, difference: float = CUT_DIFFERENCE) -> None:
        self._difference = difference
        self._previous: Image | None = None

    def step(self, batch: Image) -> bool:
        """Whether a shot begins with this frame; with the first one it does.

        Args:
            batch: (N, S, S, 3) uint8 BGR, the frame's regions as the network sees them; N stays the same.
        """
        thumbs = np.stack([to_square(picture, THUMB_PX) for picture in batch])
        previous, self._previous = self._previous, thumbs
        if previous is None:
            return True
        return float(np.mean(cv2.absdiff(thumbs, previous))) > self._difference

    def reset(self) -> None:
        """Forget the frame before, as after a seek."""
        self._previous = None
