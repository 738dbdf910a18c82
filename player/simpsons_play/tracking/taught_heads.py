"""Names of taught characters for tracks. Pure, except for the state kept between frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.tracking.head_tracker import Floats, Track


class TaughtHeads:
    """Names the tracks of a shot by all looks at each head so far.

    A detection without an embedding gets the name that its track has.
    """

    def __init__(self, names: TaughtNames) -> None:
        self._names = names
        self._looks: dict[int, list[Floats]] = {}

    def update(self, tracks: Sequence[Track], *, shot_begins: bool) -> tuple[Track, ...]:
        """Replace the probabilities of the detections in the next frame by those of all labels.

        Args:
            tracks: active tracks.
            shot_begins: whether it is the first frame of a shot.
        """
        if shot_begins:
            self._looks.clear()
        return tuple(self._named(track) for track in tracks)

    def _named(self, track: Track) -> Track:
        detection = track.detection
        if detection is None:
            return track
        if detection.embedding is not None:
            (likeness,) = self._names.likeness(detection.embedding[None].astype(np.float32))
            self._looks.setdefault(track.number, []).append(likeness)
        if track.number in self._looks:
            likeness = self._names.of_looks(np.stack(self._looks[track.number]))
            probabilities = self._names.name(detection.probabilities, likeness)
        else:
            probabilities = self._names.padded(detection.probabilities)
        return replace(track, detection=replace(detection, probabilities=probabilities))
