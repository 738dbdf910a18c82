"""Everybody's time at a lower and a higher threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simpsons_play.analysis import sensitivity as band_module
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.sensitivity import Sensitivity, SensitivityCounter
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import LABELS

RATE = 25


def track_of(*sure: tuple[str, float, int]) -> DetectionLog:
    """Shots of so many frames in which one is named, as surely as told."""
    track = DetectionLog({})
    for label, probability, frames in sure:
        rows = np.full((1, len(LABELS)), (1 - probability) / len(LABELS), np.float32)
        rows[0, LABELS.index(label)] = probability
        detections = Detections(np.array([[0, 0, 64, 48]], np.float32), np.ones(1, np.float32), rows)
        for number in range(frames):
            index = len(track)
            track.append(FrameDetections(index, index / RATE, (64, 48), number == 0, number > 0, detections))
    return track


def follower_of() -> Callable[[float], Postprocessor]:
    config = AnalysisConfig(regions="full")
    return lambda threshold: make_postprocessor(LABELS, config, regions="full", threshold=threshold)


def test_who_is_barely_named_has_a_wide_band(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(band_module, "_BATCH", 64)
    bart, homer, marge = LABELS
    track = track_of((bart, 0.99, 500), (homer, 0.8, 250), (marge, 0.55, 250))
    counter = SensitivityCounter(track, follower_of(), threshold=0.7)
    for frames in (10, 10, 60, 300, 310, 700):
        counter.advance(frames)  # as the track grows, or at once
    band = counter.finish(1 / RATE)
    assert band == SensitivityCounter(track, follower_of(), threshold=0.7).finish(1 / RATE)
    assert (band.low, band.high) == (pytest.approx(0.55), pytest.approx(0.85))
    assert band.range_of(bart) == (pytest.approx(20.0), pytest.approx(20.0))
    assert band.range_of(homer) == (0.0, pytest.approx(10.0))
    assert band.range_of("nobody") == (0.0, 0.0)


def test_thresholds_stay_in_their_range_and_nothing_seen_is_nothing() -> None:
    band = SensitivityCounter(DetectionLog({}), follower_of(), threshold=0.95).finish(0.04)
    assert band == Sensitivity(pytest.approx(0.8), 1.0, {}, {})
