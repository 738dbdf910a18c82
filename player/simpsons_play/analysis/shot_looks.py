"""Finds all looks at one head in its shot. Pure."""

from __future__ import annotations

import numpy as np

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.members import NO_EMBEDDINGS, Embedding, Embeddings
from simpsons_play.cast.same_heads import SHOT_SIMILARITY
from simpsons_play.core.frames import ROUNDED_TIME_S
from simpsons_play.core.geometry import Box, most_overlapping
from simpsons_play.tracking.head_tracker import HeadTracker, Track

_MIN_IOU = 0.3
"""Overlap from which a head in the sampled frame next in time may be the same."""

_SAME_PERSON = 0.5
"""Cosine from which a look at the same track shows the same person: a track may go over to another head."""


def looks_at(
    log: DetectionLog, tracker: HeadTracker, time_s: float, box: Box, embedding: Embedding
) -> Embeddings:
    """The embeddings of all looks at a head in its shot, as far as the shot is in the log.

    Args:
        log: detection log of the video.
        tracker: a new tracker, set up as for the analysis of the video.
        time_s: a time at which the head is seen, in seconds.
        box: where it is then, in pixels of the frame.
        embedding: its embedding then.

    Returns:
        (N, D) embeddings; (0, 0) if no look at the head is known.
    """
    start, end = log.shot_of(max(0, log.frame_at(time_s + ROUNDED_TIME_S))) if len(log) else (0, 0)
    shot = [log[position] for position in log.sampled(start, end)]
    meant = min(shot, key=lambda frame: abs(frame.time_s - time_s), default=None)
    number: int | None = None
    of_track, embeddings = list[int](), list[Embedding]()
    for frame in shot:
        tracks = tracker.update(frame.time_s, frame.detections, cut=frame is shot[0])
        for track in tracks:
            if track.detection is not None and track.detection.embedding is not None:
                of_track.append(track.number)
                embeddings.append(track.detection.embedding.astype(np.float32))
        if frame is meant:
            number = _track_at(box, tracks)
    if not embeddings:
        return NO_EMBEDDINGS
    looks = np.stack(embeddings)
    similarity = looks @ embedding
    own = (np.array(of_track) == number) & (similarity >= _SAME_PERSON)
    found = own if own.any() else similarity >= SHOT_SIMILARITY  # it may have moved since the sampled frame
    return looks[found] if found.any() else NO_EMBEDDINGS


def _track_at(box: Box, tracks: tuple[Track, ...]) -> int | None:
    """The number of the track whose head is at a place; None without one."""
    seen = [(track.number, track.detection.box) for track in tracks if track.detection is not None]
    if not seen:
        return None
    best = most_overlapping(box.sides, np.stack([there for _, there in seen]), min_iou=_MIN_IOU)
    return None if best is None else seen[best][0]
