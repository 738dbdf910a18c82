"""Labels of tracked heads. Pure, except for the state kept between frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.tracking.head_tracker import Floats, TrackedFrame
from simpsons_play.tracking.smoother import Labelled, Smoother


class HeadLabels:
    """Labels tracks frame by frame, within one shot.

    A new label appears only at a head that is detected in the frame. Each label appears at most once per
    frame, at the track that fits it best. A head that is detected for less than `appear_s` gets no label. A
    track without a detection keeps its label if later frames show that the head returns or, if no later
    frames are known, until the track ends.

    Args:
        threshold: below this smoothed probability no label is shown, 0-1.
        config: options of the analysis.
    """

    def __init__(self, threshold: float, config: AnalysisConfig) -> None:
        self._threshold, self._config = threshold, config
        self._labels: dict[int, _TrackLabel] = {}

    def update(
        self, frame: TrackedFrame, later: Sequence[TrackedFrame], *, shot_begins: bool
    ) -> dict[int, Labelled]:
        """Label the tracks of the next frame.

        Args:
            frame: the next frame.
            later: known frames after it, in the same shot.
            shot_begins: whether it is the first frame of a shot; its heads are labelled immediately.

        Returns:
            Track number -> label index and smoothed probability; without unknown characters.
        """
        best: dict[int, tuple[tuple[float, float], int, Labelled]] = {}
        for track in frame.tracks:
            label = self._labels.get(track.number)
            if label is None:
                smoother = Smoother(self._threshold, self._config.smoothing)
                label = self._labels[track.number] = _TrackLabel(
                    smoother, frame.time_s, immediate=shot_begins
                )
            later_rows = [
                (after.time_s, row)
                for after in later
                if (row := after.probabilities_of(track.number)) is not None
            ]
            if track.detection is not None:
                label.update(frame.time_s, track.detection.probabilities, later_rows)
            elif not later_rows and self._config.smoothing.ahead_s > 0:
                continue  # the head does not return
            last_s = later_rows[-1][0] if later_rows else label.seen_s
            lasts = label.immediate or last_s >= label.since_s + self._config.tracking.appear_s
            if label.shown is not None and lasts:
                # Prefer the track that was detected last, then the more probable one.
                claim = (label.seen_s, label.shown[1])
                if label.shown[0] not in best or claim > best[label.shown[0]][0]:
                    best[label.shown[0]] = (claim, track.number, label.shown)
        return {number: shown for _, number, shown in best.values()}


class _TrackLabel:
    """The label of one track."""

    def __init__(self, smoother: Smoother, since_s: float, *, immediate: bool) -> None:
        self.since_s, self.immediate = since_s, immediate
        self.seen_s = -np.inf
        self.shown: Labelled | None = None
        self._smoother = smoother

    def update(self, time_s: float, row: Floats, later: Sequence[tuple[float, Floats]]) -> None:
        self.shown = self._smoother.update(time_s, row, cut=self.seen_s == -np.inf, later=later)
        self.seen_s = time_s
