"""Where a new shot begins. Pure but for the memory of the frame before."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.types import Image

THUMB_PX = 16
CUT_DIFFERENCE = 24.0
"""Mean difference of thumbnails (0-255) above which a cut is seen. Between neighbouring frames of pans it
stays below 12 and at cuts it is seldom below 30, on cartoons; PySceneDetect's content detector uses 27 on
whole pictures."""


class CutDetector:
    """Tells, frame by frame, whether a new shot begins, by the mean difference of two small thumbnails.

    Averaging over cells of a 16th of the frame makes it blind to what moves within a shot and awake to what
    replaces it.
    """

    def __init__(self, difference: float = CUT_DIFFERENCE) -> None:
        self._difference = difference
        self._previous: Image | None = None

    def step(self, image: Image) -> bool:
        """Whether a shot begins with this frame, (H, W, 3) uint8 BGR; with the first one it does."""
        thumb = cv2.resize(image, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
        previous, self._previous = self._previous, thumb  # type: ignore[assignment]
        if previous is None:
            return True
        return float(np.mean(cv2.absdiff(thumb, previous))) > self._difference

    def reset(self) -> None:
        """Forget the frame before, as after a seek."""
        self._previous = None
