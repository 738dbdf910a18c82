"""Shot boundary detection. Pure, except for the thumbnail kept of the previous frame."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.core.frames import Image

THUMBNAIL_PX = 16
"""Side of the compared pictures: small enough to ignore motion within a shot, large enough to detect cuts."""

CUT_DIFFERENCE = 24.0
"""Mean difference of thumbnails (0-255) above which there is a cut. On cartoons it stays below 12 between
neighbouring frames of pans and is seldom below 30 at cuts; PySceneDetect's content detector uses 27 on whole
pictures."""


class ShotBoundaryDetector:
    """Detects cuts frame by frame, by the mean difference of thumbnails."""

    def __init__(self, difference: float = CUT_DIFFERENCE) -> None:
        self._difference = difference
        self._previous: Image | None = None

    def update(self, thumbnail: Image) -> bool:
        """Whether a new shot begins with the frame; the first frame always begins one.

        Args:
            thumbnail: (N, S, S, 3) uint8 BGR, from `Recognizer.thumbnail`; N must not change.
        """
        count, side = thumbnail.shape[:2]
        stacked = thumbnail.reshape(count * side, side, 3)
        size = (THUMBNAIL_PX, count * THUMBNAIL_PX)
        small = np.asarray(cv2.resize(stacked, size, interpolation=cv2.INTER_AREA), np.uint8)
        previous, self._previous = self._previous, small
        if previous is None:
            return True
        return cv2.norm(small, previous, cv2.NORM_L1) / small.size > self._difference

    def reset(self) -> None:
        """Forget the previous frame, as after a seek."""
        self._previous = None
