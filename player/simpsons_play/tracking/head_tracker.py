"""Heads over time: which head of this frame is which of the frame before.

Pure but for the memory of what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.config import SmoothingConfig, TrackingConfig
from simpsons_play.core.types import Places
from simpsons_play.tracking.smoother import Smoother

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FollowedHead:
    """A head of this frame, or one that was there a moment ago.

    Attributes:
        number: of the head in its shot, from 1; it keeps it as long as it is followed.
        box: (4,) float32: x_min, y_min, x_max, y_max in pixels of the frame, steadied.
        seen: index of it in the `Places` of this frame; None where it was not found.
    """

    number: int
    box: Floats
    seen: int | None


class HeadTracker:
    """Follows the heads of one video. A new shot begins with new heads.

    Heads are matched to those of the frame before greedily, by intersection over union as in Bochinski,
    Eiselein and Sikora 2017 ("High-Speed Tracking-by-Detection Without Using Image Information", IOU
    Tracker); cartoons are drawn on twos and jump, so a head with the same name nearby is taken, too, and one
    that is plainly of somebody who was known and is found nowhere else.

    Args:
        threshold: from this smoothed probability on somebody is known; 0-1.
        smoothing: how steady that is.
        tracking: how heads are followed.
    """

    def __init__(self, threshold: float, smoothing: SmoothingConfig, tracking: TrackingConfig) -> None:
        self._threshold, self._smoothing, self._tracking = threshold, smoothing, tracking
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a seek."""
        self._tracks: list[_Track] = []
        self._count = 0
        self._time_s = -np.inf

    def step(self, time_s: float, heads: Places, *, cut: bool) -> tuple[FollowedHead, ...]:
        """Take the next frame in.

        Args:
            time_s: of the frame; earlier than the one before, everything is forgotten.
            heads: seen in it.
            cut: a new shot begins with it.
        """
        if time_s < self._time_s:
            cut = True
        if cut:
            self._tracks, self._count = [], 0
        passed_s = 0.0 if cut else time_s - self._time_s
        self._time_s = time_s
        matched = self._match(heads)
        for i in range(len(heads.boxes)):
            if i not in matched:
                self._count += 1
                smoother = Smoother(self._threshold, self._smoothing)
                matched[i] = _Track(self._count, heads.boxes[i], smoother)
                self._tracks.append(matched[i])
        for i, track in matched.items():
            track.see(
                time_s, heads.boxes[i], heads.probabilities[i], self._keep(passed_s), self._tracking.overlap
            )
        self._tracks = [t for t in self._tracks if time_s - t.seen_s <= self._tracking.coast_s]
        index_of = {id(track): i for i, track in matched.items()}
        return tuple(FollowedHead(t.number, t.box, index_of.get(id(t))) for t in self._tracks)

    def _keep(self, passed_s: float) -> float:
        box_s = self._tracking.box_s
        return float(np.exp(-passed_s / box_s)) if box_s > 0 else 0.0

    def _match(self, heads: Places) -> dict[int, _Track]:
        """Index of a head -> the track that it goes on with; the closest pairs first."""
        if not self._tracks or not len(heads.boxes):
            return {}
        before = np.stack([track.box for track in self._tracks])
        overlap = _overlaps(heads.boxes, before)
        near = _distances(heads.boxes, before) < self._tracking.reach
        names = heads.probabilities.argmax(axis=1)[:, None] == [track.best for track in self._tracks]
        # Last of all, whoever was known may have turned up elsewhere.
        said = [
            [track.known is not None and row[track.known] >= self._threshold for track in self._tracks]
            for row in heads.probabilities
        ]
        closeness = overlap + 0.5 * (near & names) + self._tracking.overlap * np.array(said)
        found: dict[int, _Track] = {}
        taken: set[int] = set()
        for flat in np.argsort(-closeness, axis=None):
            i, j = divmod(int(flat), len(self._tracks))
            if closeness[i, j] < self._tracking.overlap:
                break
            if i not in found and j not in taken:
                found[i] = self._tracks[j]
                taken.add(j)
        return found


class _Track:
    """One head as long as it is followed."""

    def __init__(self, number: int, box: Floats, smoother: Smoother) -> None:
        self.number, self.box = number, box
        self.seen_s = -np.inf
        self.best = -1
        self.known: int | None = None
        self._smoother = smoother

    def see(self, time_s: float, box: Floats, probabilities: Floats, keep: float, overlap: float) -> None:
        first = self.seen_s == -np.inf
        # A box follows smoothly, but one that has jumped is there at once.
        jumped = first or _overlaps(box[None], self.box[None])[0, 0] < overlap
        self.box = box if jumped else (keep * self.box + (1 - keep) * box).astype(np.float32)
        self.seen_s, self.best = time_s, int(probabilities.argmax())
        shown = self._smoother.step(time_s, probabilities, cut=first)
        self.known = None if shown is None else shown[0]


def _overlaps(first: Floats, second: Floats) -> Floats:
    """(M, 4) and (T, 4) boxes -> (M, T) intersection over union."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    area = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second)]
    return np.asarray(shared / (area[0][:, None] + area[1][None] - shared), np.float32)


def _distances(first: Floats, second: Floats) -> Floats:
    """(M, 4) and (T, 4) boxes -> (M, T): between centres, in longer sides of the second's boxes."""
    centres = [(boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (first, second)]
    apart = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2)
    return np.asarray(apart / np.max(second[:, 2:] - second[:, :2], axis=1)[None], np.float32)
