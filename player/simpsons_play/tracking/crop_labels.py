"""Labels for the whole frame or its halves, from the fallback classifier, used if no head is labelled.

Pure, except for the state kept between frames.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import CROPS
from simpsons_play.tracking.head_tracker import Track, TrackedFrame
from simpsons_play.tracking.smoother import Labelled, Smoother

_FULL, _LEFT, _RIGHT = CROPS


@dataclass(frozen=True, slots=True)
class CropLabel:
    """A label for a crop of the frame.

    Attributes:
        crop: one of `crops.CROPS`.
        track: number of the track in the crop that is most likely this character, although its probability is
            too low for a label of its own; None if there is no such track.
        label: label index and smoothed probability.
    """

    crop: str
    track: int | None
    label: Labelled


class CropLabels:
    """Labels crops frame by frame, within one shot.

    If no head is labelled, the whole frame may get a label, or each half, if the labels of the halves differ.
    If the only labelled head lies entirely in one half, the other half may get a label. If a head in the same
    shot clearly identified a character, the crop keeps that label as long as it still resembles the
    character, with the probability of the head.

    Args:
        threshold: below this smoothed probability no label is shown, 0-1.
        config: options of the analysis.
    """

    def __init__(self, threshold: float, config: AnalysisConfig) -> None:
        self._config, self._threshold = config.crops, threshold
        self._confirm_above = max(config.crops.confirm_above, threshold)
        self._confirmed: dict[str, dict[int, float]] = {crop: {} for crop in CROPS}
        self._confirmed_until_s = -inf
        full = replace(
            config.smoothing, window_s=config.crops.window_s, hysteresis=config.crops.full_hysteresis
        )
        half = replace(full, hysteresis=config.crops.half_hysteresis)
        self._smoothers = {crop: Smoother(threshold, full if crop == _FULL else half) for crop in CROPS}

    def update(
        self,
        frame: TrackedFrame,
        later: Sequence[TrackedFrame],
        heads: Mapping[int, Labelled],
        *,
        shot_begins: bool,
    ) -> list[CropLabel]:
        """Label the crops of the next frame.

        Args:
            frame: the next frame.
            later: known frames after it, in the same shot.
            heads: track number -> label; without unknown characters.
            shot_begins: whether it is the first frame of a shot.
        """
        rows = frame.frame.detections.crop_probabilities
        if rows is None:
            return []
        later_rows = [
            (after.time_s, after.frame.detections.crop_probabilities)
            for after in later
            if after.frame.detections.crop_probabilities is not None
        ]
        self._confirm((frame, *later))
        labels: dict[str, Labelled] = {}
        for i, (crop, smoother) in enumerate(self._smoothers.items()):
            confirmed = self._confirmed[crop]
            label = smoother.update(
                frame.time_s,
                rows[i],
                cut=shot_begins,
                later=[(time_s, row[i]) for time_s, row in later_rows],
                min_probability=dict.fromkeys(confirmed, self._config.keep_above),
            )
            if label is not None:
                index, probability = label
                probability = max(min(probability, self._config.max_probability), confirmed.get(index, 0.0))
                if probability >= self._threshold:
                    labels[crop] = index, probability
        known = {index for index, _ in heads.values()}
        return [
            CropLabel(crop, self._likely_track(frame, crop, labels[crop][0], heads), labels[crop])
            for crop in _usable_crops(frame, heads, labels)
            if labels[crop][0] not in known and not self._is_contradicted(frame, crop, labels[crop][0], heads)
        ]

    def _confirm(self, frames: Sequence[TrackedFrame]) -> None:
        """Remember which characters were clearly identified by a head, and in which crops."""
        for frame in frames:
            if frame.time_s <= self._confirmed_until_s:
                continue
            self._confirmed_until_s = frame.time_s
            for track in frame.tracks:
                if track.detection is None:
                    continue
                row = track.detection.probabilities
                index = int(row.argmax())
                if row[index] < self._confirm_above:
                    continue
                for crop, confirmed in self._confirmed.items():
                    if _is_in(crop, track, frame.frame.size_px[0]):
                        confirmed[index] = max(confirmed.get(index, 0.0), float(row[index]))

    def _is_contradicted(self, frame: TrackedFrame, crop: str, index: int, labelled: Collection[int]) -> bool:
        """Whether the clearly visible face of an unknown character in a crop contradicts a label."""
        width, height = frame.frame.size_px
        for track in frame.unlabelled(labelled):
            detection = track.detection
            if detection is None or not _is_in(crop, track, width):
                continue
            left, top, right, bottom = detection.box
            large = (right - left) * (bottom - top) >= self._config.min_face_area * width * height
            clear = detection.score >= self._config.min_face_score
            if clear and large and detection.probabilities[index] < self._config.min_face_probability:
                return True
        return False

    def _likely_track(
        self, frame: TrackedFrame, crop: str, index: int, labelled: Collection[int]
    ) -> int | None:
        """The unlabelled track in a crop that is most likely a character; None if none is likely enough."""
        probabilities = {
            track.number: float(track.detection.probabilities[index])
            for track in frame.unlabelled(labelled)
            if track.detection is not None and _is_in(crop, track, frame.frame.size_px[0])
        }
        best = max(probabilities, key=lambda number: probabilities[number], default=None)
        return best if best is not None and probabilities[best] >= self._config.min_face_probability else None


def _usable_crops(
    frame: TrackedFrame, heads: Mapping[int, Labelled], labels: Mapping[str, Labelled]
) -> list[str]:
    """The crops whose labels may be shown, given the labelled heads."""
    if not heads:
        left, right = labels.get(_LEFT), labels.get(_RIGHT)
        if left is not None and right is not None and left[0] != right[0]:
            return [_LEFT, _RIGHT]
        if _FULL not in labels:
            return []
        agree = [crop for crop in (_LEFT, _RIGHT) if crop in labels and labels[crop][0] == labels[_FULL][0]]
        return agree if len(agree) == 1 else [_FULL]
    if len(heads) > 1:
        return []
    (box,) = (track.box for track in frame.tracks if track.number in heads)
    middle = frame.frame.size_px[0] / 2
    other = _RIGHT if box[2] <= middle else _LEFT if box[0] >= middle else None
    return [other] if other is not None and other in labels else []


def _is_in(crop: str, track: Track, width: int) -> bool:
    """Whether the centre of a head is in a crop of a frame with this width."""
    return crop == _FULL or (crop == _LEFT) == bool(track.box[0] + track.box[2] < width)
