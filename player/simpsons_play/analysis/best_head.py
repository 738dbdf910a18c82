"""Finds where in a video a character is seen well, for a portrait. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.frames import ROUNDED_TIME_S
from simpsons_play.core.geometry import Box
from simpsons_play.render.portraits import size_score
from simpsons_play.timelines.spans import Span

_SPANS, _SHARES = 12, (0.2, 0.5, 0.8)
"""Number of spans in which to look, the longest ones, and where in them."""


def best_head(
    log: DetectionLog, spans: Sequence[Span], labels: Sequence[str], label: str
) -> tuple[float, Box] | None:
    """The time, in seconds, and the box of the head that shows a character best.

    The best one has the largest product of objectness, probability and `size_score`. Some frames of the
    longest spans are compared, not all.

    Args:
        log: Detections in the video, as far as it is analysed.
        spans: Spans of all characters.
        labels: Labels of the model.
        label: Label of the character.

    Returns:
        None if no head in these frames belongs to the character, or if the model detects no heads.
    """
    if label not in labels:
        return None
    own = [span for span in spans if span.label == label]
    longest = sorted(own, key=lambda span: span.start_s - span.end_s)[:_SPANS]
    frames = {
        log.frame_at(span.start_s + share * (span.end_s - span.start_s) + ROUNDED_TIME_S)
        for span in longest
        for share in _SHARES
    }
    heads = [head for i in sorted(frames) if i >= 0 and (head := _head_in(log, i, labels.index(label)))]
    return max(heads, key=lambda head: head[0])[1:] if heads else None


def _head_in(log: DetectionLog, index: int, number: int) -> tuple[float, float, Box] | None:
    """The head of a character in a frame: how well it suits a portrait, the time in seconds, and the box."""
    frame = log[index]
    detections = frame.detections
    if not len(detections) or detections.probabilities.shape[1] <= number:
        return None
    certain = detections.scores * detections.probabilities[:, number]
    best = int(certain.argmax())
    box = Box(*(round(float(value)) for value in detections.boxes[best]))
    return float(certain[best]) * size_score(frame.size_px, box), frame.time_s, box
