"""Replaces samples between two others that agree, so that the model need not run on them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpsons_play.core.geometry import iou
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.inference.recognizers import leaves_room

_MIN_SCORE = 0.4
"""Heads with a lower score are left out: they have no name yet, or keep one from other samples."""

_MIN_IOU = 0.5
"""A head has to overlap by this much with the same head of the other sample."""

_SURE = 0.7
"""Probability from which a name has to be the same in both samples; below it, it has to stay below it. On the
labelled clips, 0.6 gives the same names, but runs the model more often."""

_Indices = npt.NDArray[np.intp]


def detections_between(
    before: Detections, after: Detections, shares: Sequence[float], *, width: int
) -> list[Detections] | None:
    """Interpolate detections between two samples of a shot, if both show the same.

    They agree if they have the same heads in nearly the same places with the same names or without, and,
    where the fallback classifier matters, the same names for the crops.

    Args:
        before: the earlier sample.
        after: the later sample.
        shares: where to interpolate, from 0 (`before`) to 1 (`after`).
        width: frame width in pixels.

    Returns:
        Detections for each share, with the heads that both samples have; None if the samples disagree.
    """
    matched = _matched(before, after)
    if matched is None:
        return None
    first, second = matched
    if not _same_names(before.probabilities[first], after.probabilities[second]):
        return None
    earlier, later = before.crop_probabilities, after.crop_probabilities
    if not (earlier is None and later is None):
        room = leaves_room(before, width)
        if room != leaves_room(after, width):
            return None
        if not room:  # the first sample of a shot has them without need
            earlier = later = None
        elif earlier is None or later is None or not _same_names(earlier, later):
            return None
    return [
        Detections(
            _mix(before.boxes[first], after.boxes[second], share),
            _mix(before.scores[first], after.scores[second], share),
            _mix(before.probabilities[first], after.probabilities[second], share),
            None if earlier is None or later is None else _mix(earlier, later, share),
        )
        for share in shares
    ]


def _matched(before: Detections, after: Detections) -> tuple[_Indices, _Indices] | None:
    """The indices of the same heads in both samples, in the same order; None if one of them lacks a head."""
    first, second = (np.flatnonzero(sample.scores >= _MIN_SCORE) for sample in (before, after))
    if len(first) != len(second):
        return None
    if not len(first):
        return first, second
    overlaps = iou(before.boxes[first], after.boxes[second])
    nearest = overlaps.argmax(axis=1)
    if overlaps.max(axis=1).min() < _MIN_IOU or len(np.unique(nearest)) < len(nearest):
        return None
    return first, second[nearest]


def _same_names(first: Probabilities, second: Probabilities) -> bool:
    """Whether the rows, (N, K) each, name the same characters, or leave the same ones without a name."""
    sure = first.max(axis=1, initial=0) >= _SURE
    if not np.array_equal(sure, second.max(axis=1, initial=0) >= _SURE):
        return False
    return np.array_equal(first[sure].argmax(axis=1), second[sure].argmax(axis=1))


def _mix(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], share: float
) -> npt.NDArray[np.float32]:
    return first + (second - first) * np.float32(share)
