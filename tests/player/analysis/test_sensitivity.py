"""Everybody's time at a lower and a higher threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simpsons_play.analysis import sensitivity as sensitivity_module
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.sensitivity import Sensitivity, SensitivityCounter
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import LABELS

RATE = 25


def log_of(*sure: tuple[str, float, int]) -> DetectionLog:
    """A log of shots: label, its probability, and number of frames."""
    log = DetectionLog({})
    for label, probability, frames in sure:
        rows = np.full((1, len(LABELS)), (1 - probability) / len(LABELS), np.float32)
        rows[0, LABELS.index(label)] = probability
        detections = Detections(np.array([[0, 0, 64, 48]], np.float32), np.ones(1, np.float32), rows)
        for number in range(frames):
            index = len(log)
            log.append(FrameDetections(index, index / RATE, (64, 48), number == 0, number > 0, detections))
    return log


def postprocessors() -> Callable[[float], Postprocessor]:
    config = AnalysisConfig(regions="full")
    return lambda threshold: make_postprocessor(LABELS, config, regions="full", threshold=threshold)


def test_a_barely_recognized_character_has_a_wide_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensitivity_module, "_BATCH", 64)
    bart, homer, marge = LABELS
    log = log_of((bart, 0.99, 500), (homer, 0.8, 250), (marge, 0.55, 250))
    counter = SensitivityCounter(log, postprocessors(), threshold=0.7)
    for frames in (10, 10, 60, 300, 310, 700):
        counter.advance(frames)  # as the track grows, or at once
    sensitivity = counter.finish(1 / RATE)
    assert sensitivity == SensitivityCounter(log, postprocessors(), threshold=0.7).finish(1 / RATE)
    assert (sensitivity.low, sensitivity.high) == (pytest.approx(0.55), pytest.approx(0.85))
    assert sensitivity.range_of(bart) == (pytest.approx(20.0), pytest.approx(20.0))
    assert sensitivity.range_of(homer) == (0.0, pytest.approx(10.0))
    assert sensitivity.range_of("nobody") == (0.0, 0.0)


def test_thresholds_stay_between_0_and_1_and_an_empty_log_gives_nothing() -> None:
    sensitivity = SensitivityCounter(DetectionLog({}), postprocessors(), threshold=0.95).finish(0.04)
    assert sensitivity == Sensitivity(pytest.approx(0.8), 1.0, {}, {})
