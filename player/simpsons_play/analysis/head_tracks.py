"""Follows heads through the shots of a detection log, with the looks at them that were embedded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.shot_looks import looks_at
from simpsons_play.cast.members import Embedding, Embeddings
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.geometry import Box, iou
from simpsons_play.core.results import Detection
from simpsons_play.render.portraits import size_score
from simpsons_play.timelines.spans import Side, side_of
from simpsons_play.tracking.head_tracker import HeadTracker, Track

Floats = npt.NDArray[np.float32]

_SAME_HEAD_IOU = 0.3
"""Overlap from which two boxes in one frame may be of the same head, found twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at a head, from which it was embedded.

    Attributes:
        time_s: frame time in seconds.
        box: the head, in pixels of the frame.
        score: objectness times `size_score`, 0-1: how well the head is seen.
        embedding: (D,) float32 unit vector.
    """

    time_s: float
    box: Box
    score: float
    embedding: Floats


@dataclass(frozen=True, slots=True, eq=False)
class HeadTrack:
    """One head, followed through a shot.

    Attributes:
        key: identifies the track in its video: the first frame of the shot and the number of the track in it.
        start_s: time of its first frame, in seconds.
        end_s: time of the sampled frame after its last one, in seconds; of the last frame, if none follows.
        side: side of the frame on which it begins.
        score: mean objectness, 0-1.
        probabilities: (K,) float32: mean class probabilities of the model.
        looks: looks at it; empty if the embedder did not run for it.
        beside: keys of the tracks that are seen at the same time, and therefore show others.
        source: name of the video, if several are looked at together.
    """

    key: str
    start_s: float
    end_s: float
    side: Side
    score: float
    probabilities: Floats
    looks: tuple[Look, ...]
    beside: frozenset[str]
    source: str = ""

    def within(self, source: str, prefix: str) -> HeadTrack:
        """The same track, beside those of other videos.

        Args:
            source: name of the video.
            prefix: is put before the keys, to tell them from those of other videos.
        """
        beside = frozenset(prefix + key for key in self.beside)
        return replace(self, key=prefix + self.key, beside=beside, source=source)

    @property
    def best(self) -> Look:
        """The best look; raises ValueError without looks."""
        return max(self.looks, key=lambda look: look.score)

    @property
    def embedding(self) -> Floats:
        """(D,) float32 unit vector: the mean of the looks."""
        mean = np.mean([look.embedding for look in self.looks], axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)


@dataclass(slots=True, eq=False)
class _Growing:
    """A track that may go on."""

    key: str
    start_s: float
    side: Side
    end_s: float = 0.0
    count: int = 0
    score: float = 0.0
    probabilities: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    looks: list[Look] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)

    def add(self, detection: Detection, time_s: float, size_px: tuple[int, int]) -> None:
        self.probabilities = detection.probabilities + (self.probabilities if self.count else 0)
        self.count, self.score, self.end_s = self.count + 1, self.score + detection.score, time_s
        if detection.embedding is not None:
            box = Box.rounded(detection.box)
            score = detection.score * size_score(size_px, box)
            self.looks.append(Look(time_s, box, score, detection.embedding.astype(np.float32)))

    def finished(self) -> HeadTrack:
        return HeadTrack(
            self.key,
            self.start_s,
            self.end_s,
            self.side,
            self.score / self.count,
            self.probabilities / np.float32(self.count),
            tuple(self.looks),
            frozenset(self.beside),
        )


class HeadTracks:
    """The tracks in a log, which may still grow.

    Only the sampled frames are looked at, in the way in which `HeadPostprocessor` tracks heads.

    Args:
        log: detection log of one video.
        config: options of the analysis.
        threshold: probability from which the model's name for a head counts as known, 0-1. Constant, so that
            tracks do not depend on the threshold in use.
    """

    def __init__(self, log: DetectionLog, config: AnalysisConfig, *, threshold: float) -> None:
        smoothing = config.smoothing.for_samples(config.sample_s) if config.sample_s else config.smoothing
        self._log, self._added = log, 0
        self._make_tracker = partial(HeadTracker, threshold, smoothing, config.tracking)
        self._tracker = self._make_tracker()
        self._finished: list[HeadTrack] = []
        self._shot, self._open = 0, dict[int, _Growing]()
        self._detected: list[_Growing] = []  # in the last sampled frame

    def advance(self, max_frames: int) -> bool:
        """Look at up to `max_frames` more frames; returns whether there were any."""
        end = min(self._added + max_frames, len(self._log))
        advanced = self._added < end
        for position in self._log.sampled(self._added, end):
            self._add(position)
        if advanced:
            for growing in self._detected:  # heads stay at least until the last frame that is known
                growing.end_s = self._log[end - 1].time_s
        self._added = end
        return advanced

    @property
    def complete(self) -> bool:
        """Whether the whole video was looked at."""
        return self._log.complete and self._added == len(self._log)

    def tracks(self) -> Sequence[HeadTrack]:
        """The tracks so far, in the order in which they begin; those in the last shot may still grow."""
        return [*self._finished, *(track.finished() for track in self._open.values())]

    def looks_at(self, time_s: float, box: Box, embedding: Embedding) -> Embeddings:
        """All looks at one head in its shot; see `shot_looks.looks_at`."""
        return looks_at(self._log, self._make_tracker(), time_s, box, embedding)

    def _add(self, position: int) -> None:
        frame = self._log[position]
        for before in self._detected:
            before.end_s = frame.time_s
        if frame.cut:
            self._finished += [track.finished() for track in self._open.values()]
            self._shot, self._open = position, {}
        tracks = self._tracker.update(frame.time_s, frame.detections, cut=frame.cut)
        seen = [(track, track.detection) for track in tracks if track.detection is not None]
        self._detected = []
        for track, detection in seen:
            growing = self._open.get(track.number)
            if growing is None:
                middle = float(detection.box[0] + detection.box[2]) / 2
                growing = _Growing(self._key(track), frame.time_s, side_of(middle / frame.size_px[0]))
                self._open[track.number] = growing
            growing.add(detection, frame.time_s, frame.size_px)
            self._detected.append(growing)
        if len(seen) > 1:
            boxes = np.stack([detection.box for _, detection in seen])
            for i, j in np.argwhere(iou(boxes, boxes) < _SAME_HEAD_IOU):
                self._detected[i].beside.add(self._detected[j].key)

    def _key(self, track: Track) -> str:
        return f"{self._shot}-{track.number}"


def head_tracks(log: DetectionLog, config: AnalysisConfig, *, threshold: float) -> Sequence[HeadTrack]:
    """The tracks in a whole log; see `HeadTracks`."""
    tracks = HeadTracks(log, config, threshold=threshold)
    tracks.advance(len(log))
    return tracks.tracks()
