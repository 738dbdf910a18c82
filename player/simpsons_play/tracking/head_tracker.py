"""Tracks heads: matches the detections in each frame to the tracks so far.

Pure, except for the state kept between frames.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.config import SmoothingConfig, TrackingConfig
from simpsons_play.core.geometry import Boxes, iou
from simpsons_play.core.results import Detection, Detections, FrameDetections
from simpsons_play.tracking.smoother import Smoother

Floats = npt.NDArray[np.float32]

_SAME_LABEL_BONUS = 0.5
"""Added to the overlap of a detection with a track nearby that has the same best label."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The state of a track in one frame. A track follows one head through a shot.

    Attributes:
        number: number of the track in its shot, starting at 1; constant while the head is tracked.
        box: (4,) float32: x_min, y_min, x_max, y_max in pixels of the frame, smoothed.
        detection: the track's detection in this frame; None if the head was not detected.
    """

    number: int
    box: Floats
    detection: Detection | None


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame:
    """A frame whose heads are tracked but not labelled yet.

    Attributes:
        frame: detections in the frame.
        tracks: active tracks.
    """

    frame: FrameDetections
    tracks: tuple[Track, ...]

    @property
    def time_s(self) -> float:
        """Frame time in seconds."""
        return self.frame.time_s

    def probabilities_of(self, number: int) -> Floats | None:
        """(K,) float32: class probabilities of a track's detection in this frame; None without one."""
        for track in self.tracks:
            if track.number == number and track.detection is not None:
                return track.detection.probabilities
        return None

    def unlabelled(self, labelled: Collection[int]) -> list[Track]:
        """The tracks whose numbers are not in `labelled`."""
        return [track for track in self.tracks if track.number not in labelled]


class HeadTracker:
    """Tracks the heads in one video. Every shot starts with new tracks.

    Detections are matched to tracks greedily by intersection over union, as in Bochinski, Eiselein and Sikora
    2017 ("High-Speed Tracking-by-Detection Without Using Image Information", IOU Tracker). Cartoons are drawn
    on twos, so heads jump. Therefore a nearby detection with the same best label also matches, and, with the
    lowest priority, a detection anywhere that clearly shows the character of an unmatched track.

    Args:
        threshold: minimum smoothed probability for the character of a track to count as known, 0-1.
        smoothing: smoothing of that probability.
        tracking: options for matching detections.
    """

    def __init__(self, threshold: float, smoothing: SmoothingConfig, tracking: TrackingConfig) -> None:
        self._threshold, self._smoothing, self._tracking = threshold, smoothing, tracking
        self.reset()

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        self._tracks: list[_TrackState] = []
        self._count = 0
        self._time_s = -np.inf

    def update(self, time_s: float, detections: Detections, *, cut: bool) -> tuple[Track, ...]:
        """Add the next frame.

        Args:
            time_s: frame time in seconds; if it is earlier than the previous one, all state is discarded.
            detections: detections in the frame.
            cut: whether a new shot begins with the frame.

        Returns:
            All active tracks: those with a detection in this frame, and those with one within the last
            `coast_s`.
        """
        if time_s < self._time_s:
            cut = True
        if cut:
            self._tracks, self._count = [], 0
        passed_s = 0.0 if cut else time_s - self._time_s
        self._time_s = time_s
        matched = self._match(detections)
        for i in range(len(detections)):
            if i not in matched:
                self._count += 1
                smoother = Smoother(self._threshold, self._smoothing)
                matched[i] = _TrackState(self._count, detections.boxes[i], smoother)
                self._tracks.append(matched[i])
        for i, track in matched.items():
            track.add(
                time_s, detections[i], keep=self._keep(passed_s), min_overlap=self._tracking.min_overlap
            )
        self._tracks = [t for t in self._tracks if time_s - t.seen_s <= self._tracking.coast_s]
        detected = {track.number for track in matched.values()}
        return tuple(
            Track(t.number, t.box, t.detection if t.number in detected else None) for t in self._tracks
        )

    def _keep(self, passed_s: float) -> float:
        box_s = self._tracking.box_s
        return float(np.exp(-passed_s / box_s)) if box_s > 0 else 0.0

    def _match(self, detections: Detections) -> dict[int, _TrackState]:
        """Map the index of each matched detection to the track that it continues, best pairs first."""
        if not self._tracks or not len(detections):
            return {}
        before = np.stack([track.box for track in self._tracks])
        overlap = iou(detections.boxes, before)
        near = _distances(detections.boxes, before) < self._tracking.max_distance
        same_label = detections.probabilities.argmax(axis=1)[:, None] == [t.best for t in self._tracks]
        # A known character may have jumped to another place in the frame.
        recognized = [
            [track.known is not None and row[track.known] >= self._threshold for track in self._tracks]
            for row in detections.probabilities
        ]
        affinity = (
            overlap
            + _SAME_LABEL_BONUS * (near & same_label)
            + self._tracking.min_overlap * np.array(recognized)
        )
        matched: dict[int, _TrackState] = {}
        taken: set[int] = set()
        for flat in np.argsort(-affinity, axis=None):
            i, j = divmod(int(flat), len(self._tracks))
            if affinity[i, j] < self._tracking.min_overlap:
                break
            if i not in matched and j not in taken:
                matched[i] = self._tracks[j]
                taken.add(j)
        return matched


class _TrackState:
    """The state of one track between frames."""

    def __init__(self, number: int, box: Floats, smoother: Smoother) -> None:
        self.number, self.box = number, box
        self.seen_s = -np.inf
        self.detection: Detection | None = None
        self.best = -1
        self.known: int | None = None
        self._smoother = smoother

    def add(self, time_s: float, detection: Detection, *, keep: float, min_overlap: float) -> None:
        first = self.seen_s == -np.inf
        box, probabilities = detection.box, detection.probabilities
        # Boxes are smoothed, except after a jump.
        jumped = first or iou(box[None], self.box[None])[0, 0] < min_overlap
        self.box = box if jumped else (keep * self.box + (1 - keep) * box).astype(np.float32)
        self.seen_s, self.detection, self.best = time_s, detection, int(probabilities.argmax())
        shown = self._smoother.update(time_s, probabilities, cut=first)
        self.known = None if shown is None else shown[0]


def _distances(first: Boxes, second: Boxes) -> Floats:
    """(M, 4) and (T, 4) boxes -> (M, T): distances of centres, in longer sides of the second box."""
    centres = [(boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (first, second)]
    apart = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2)
    return np.asarray(apart / np.max(second[:, 2:] - second[:, :2], axis=1)[None], np.float32)
