"""Decides which frames the model runs on. Pure, except for the state kept between frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import ROUNDED_TIME_S, Image
from simpsons_play.inference.recognizers import CropUse
from simpsons_play.inference.shot_boundaries import ShotBoundaryDetector

REPEAT_DIFFERENCE = 3
"""Thumbnails in which no pixel differs by more than this, of 255, count as the same picture. Cartoons are
drawn on twos, and compression changes a repeated picture by no more than this."""


_MIN_LAST_S = 0.1
"""The model runs on the last frame of a shot only if it last ran at least this long before, in seconds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What to do with a frame.

    Attributes:
        cut: whether a new shot begins with the frame.
        repeated: whether the picture hardly differs from the last one that the model ran on.
        runs: whether the model runs on it.
        runs_if_last: the same if it turns out to be the last frame of its shot.
        crops: when the fallback classifier runs, too, if the model runs.
    """

    cut: bool
    repeated: bool
    runs: bool
    runs_if_last: bool
    crops: CropUse


class FrameSampler:
    """Decides frame by frame.

    The model runs on the first and the last frame of a shot, and on each frame that is at least `sample_s`
    later than the last one, unless the picture has hardly changed. In shots without changes it runs once.
    Without the last frame, names that have become wrong would stay until the end of the shot.

    Args:
        config: options of the analysis.
    """

    def __init__(self, config: AnalysisConfig) -> None:
        self._interval_s = config.sample_s - ROUNDED_TIME_S
        self._every = 0 if config.sample_s > 0 else config.crops.every
        self._stills = config.stills
        self._shot_boundaries = ShotBoundaryDetector()
        self.reset()

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        self._shot_boundaries.reset()
        self._thumbnail: Image | None = None
        self._time_s = 0.0
        self._runs = 0  # in this shot, after the first one

    def update(self, time_s: float, thumbnail: Image) -> Sample:
        """Decide about the next frame.

        Args:
            time_s: frame time in seconds.
            thumbnail: (N, S, S, 3) uint8 BGR, from `Recognizer.thumbnail`; N must not change.
        """
        cut = self._shot_boundaries.update(thumbnail) or self._stills
        repeated = not cut and self._is_repeat(thumbnail)
        passed_s = time_s - self._time_s
        first = self._thumbnail is None
        runs = cut or first or (not repeated and (passed_s >= self._interval_s or passed_s < 0))
        runs_if_last = runs or (not repeated and passed_s >= _MIN_LAST_S)
        if runs:
            self._thumbnail, self._time_s = thumbnail, time_s
            self._runs = 0 if cut or first else self._runs + 1
        return Sample(cut, repeated, runs, runs_if_last, self._crops())

    def _crops(self) -> CropUse:
        if self._runs == 0:
            return CropUse.ALWAYS
        if not self._every:
            return CropUse.IF_NEEDED
        return CropUse.NEVER if self._runs % self._every else CropUse.ALWAYS

    def _is_repeat(self, thumbnail: Image) -> bool:
        # Compare with the last picture that the model ran on, not with the previous frame, so that slow
        # changes cannot add up unnoticed.
        if self._thumbnail is None:
            return False
        return cv2.norm(thumbnail, self._thumbnail, cv2.NORM_INF) <= REPEAT_DIFFERENCE
