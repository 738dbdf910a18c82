"""Finds where in a video a character is seen well, for a portrait. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.frames import ROUNDED_TIME_S
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.render.portraits import size_score
from simpsons_play.timelines.spans import Span

_SPANS, _SHARES = 12, (0.2, 0.5, 0.8)
"""Number of spans in which to look, the longest ones, and where in them."""


def best_head(
    log: DetectionLog,
    spans: Sequence[Span],
    labels: Sequence[str],
    label: str,
    *,
    taught: TaughtNames | None = None,
) -> tuple[float, Box] | None:
    """The time, in seconds, and the box of the head that shows a character best.

    The best one has the largest product of objectness, probability and `size_score`. Some frames of the
    longest spans are compared, not all. With taught names, those with embeddings come first: of the others,
    it is not known whose heads they are.

    Args:
        log: Detections in the video, as far as it is analysed.
        spans: Spans of all characters.
        labels: Labels of the model.
        label: Label of the character.
        taught: Names heads by their embeddings; None for only the names of the model.

    Returns:
        None if no head in these frames belongs to the character, or if the model detects no heads.
    """
    labels = labels if taught is None else taught.labels
    if label not in labels:
        return None
    own = [span for span in spans if span.label == label]
    longest = sorted(own, key=lambda span: span.start_s - span.end_s)[:_SPANS]
    shares = {
        log.frame_at(span.start_s + share * (span.end_s - span.start_s) + ROUNDED_TIME_S)
        for span in longest
        for share in _SHARES
    }
    embedded = set[int]() if taught is None else _embedded_in(log, longest)
    for frames in (embedded, shares):
        heads = [
            head
            for i in sorted(frames)
            if i >= 0 and (head := _head_in(log, i, labels.index(label), taught)) is not None
        ]
        if heads:
            return max(heads, key=lambda head: head[0])[1:]
    return None


def _embedded_in(log: DetectionLog, spans: Sequence[Span]) -> set[int]:
    """The frames of spans that have embeddings."""
    frames = set()
    for span in spans:
        first, last = log.frame_at(span.start_s + ROUNDED_TIME_S), log.frame_at(span.end_s - ROUNDED_TIME_S)
        for i in range(max(0, first), last + 1):
            if log[i].sampled and log[i].detections.embeddings is not None:
                frames.add(i)
    return frames


def _head_in(
    log: DetectionLog, index: int, number: int, taught: TaughtNames | None
) -> tuple[float, float, Box] | None:
    """The head of a character in a frame: how well it suits a portrait, the time in seconds, and the box."""
    frame = log[index]
    detections = frame.detections
    probabilities = _named(detections, taught)
    if not len(detections) or probabilities.shape[1] <= number:
        return None
    certain = detections.scores * probabilities[:, number]
    best = int(certain.argmax())
    if certain[best] <= 0:
        return None
    box = Box.rounded(detections.boxes[best])
    return float(certain[best]) * size_score(frame.size_px, box), frame.time_s, box


def _named(detections: Detections, taught: TaughtNames | None) -> Probabilities:
    """The probabilities of all labels: (M, L) float32."""
    if taught is None or not len(detections):
        return detections.probabilities
    rows = []
    for i in range(len(detections)):
        one = detections[i]
        if one.embedding is None:
            rows.append(taught.padded(one.probabilities))
        else:
            (likeness,) = taught.likeness(one.embedding[None].astype(np.float32))
            rows.append(taught.name(one.probabilities, likeness))
    return np.stack(rows)
