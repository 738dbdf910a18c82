"""Decides which heads to embed: each head of a shot once, and again when it is seen better or later.

Pure, except for the state kept between frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.geometry import Boxes, most_overlapping
from simpsons_play.core.results import Detections

_MIN_SCORE, _MIN_PX = 0.4, 16
"""Objectness and longer side, in pixels, of a head from which it can be told apart from others."""

_MIN_IOU = 0.3
"""Overlap from which a head counts as one that was embedded before."""

_MAX_LOOKS = 4
"""How often a head is embedded in a shot at most. The mean of a few is surer than one, more add little."""

_AGAIN_S, _BETTER = 2.0, 2.0
"""A head is embedded again after this time, in seconds, or if it is better by this factor."""

_CLEAR_PX = 80
"""Longer side, in pixels, from which a head is not seen better when it is larger."""


@dataclass(slots=True, eq=False)
class _Look:
    """The last look at one head, and when it was seen last."""

    box: Boxes
    time_s: float
    quality: float
    seen_s: float
    count: int = 0


class HeadLooks:
    """Chooses heads frame by frame, in order, so that the embedder runs once or a few times for each.

    Args:
        coast_s: how long a track continues without a detection, in seconds: see `TrackingConfig`. A head that
            returns later begins a new track, and is embedded again.
    """

    def __init__(self, coast_s: float) -> None:
        self._coast_s = coast_s
        self._looks: list[_Look] = []

    def reset(self) -> None:
        """Forget all heads, as at a cut."""
        self._looks = []

    def choose(self, time_s: float, detections: Detections) -> npt.NDArray[np.intp]:
        """Choose the heads of the next frame to embed.

        Args:
            time_s: frame time in seconds.
            detections: detections in the frame.

        Returns:
            Indices of detections, in ascending order.
        """
        chosen = []
        for i, look, quality in self._seen(time_s, detections):
            if look.count < _MAX_LOOKS and (
                not look.count or time_s - look.time_s >= _AGAIN_S or quality >= _BETTER * look.quality
            ):
                look.time_s, look.quality, look.count = time_s, max(quality, look.quality), look.count + 1
                chosen.append(i)
        return np.array(chosen, np.intp)

    def follow(self, time_s: float, detections: Detections) -> None:
        """Note where heads are in the next frame, of which none is embedded.

        Args:
            time_s: frame time in seconds.
            detections: detections in the frame.
        """
        for _ in self._seen(time_s, detections):
            pass

    def _seen(self, time_s: float, detections: Detections) -> Iterator[tuple[np.intp, _Look, float]]:
        """The heads in a frame that can be told apart: index, last look, and how well each is seen now."""
        sides = np.max(detections.boxes[:, 2:] - detections.boxes[:, :2], axis=1, initial=0)
        taken = set[int]()
        for i in np.flatnonzero((detections.scores >= _MIN_SCORE) & (sides >= _MIN_PX)):
            box, quality = detections.boxes[i], float(detections.scores[i] * min(sides[i] / _CLEAR_PX, 1.0))
            look = self._match(box, taken)
            if look is None:
                look = _Look(box, time_s, 0.0, time_s)
                self._looks.append(look)
                taken.add(len(self._looks) - 1)
            look.box, look.seen_s = box, time_s
            yield i, look, quality
        self._looks = [look for look in self._looks if time_s - look.seen_s <= self._coast_s]

    def _match(self, box: Boxes, taken: set[int]) -> _Look | None:
        free = [i for i in range(len(self._looks)) if i not in taken]
        if not free:
            return None
        best = most_overlapping(box, np.stack([self._looks[i].box for i in free]), min_iou=_MIN_IOU)
        if best is None:
            return None
        taken.add(free[best])
        return self._looks[free[best]]
