"""Everybody's time at a lower and a higher threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simpsons_play.config import AnalysisConfig
from simpsons_play.followers import Follower, make_follower
from simpsons_play.threshold_band import ThresholdBand, threshold_band
from simpsons_play.track import Track
from simpsons_play.types import Places, Sighting
from tests.fakes import LABELS

RATE = 25


def track_of(*sure: tuple[str, float, int]) -> Track:
    """Shots of so many frames in which one is named, as surely as told."""
    track = Track({})
    for label, probability, frames in sure:
        rows = np.full((1, len(LABELS)), (1 - probability) / len(LABELS), np.float32)
        rows[0, LABELS.index(label)] = probability
        places = Places(np.array([[0, 0, 64, 48]], np.float32), np.ones(1, np.float32), rows)
        for number in range(frames):
            index = len(track)
            track.append(Sighting(index, index / RATE, (64, 48), number == 0, number > 0, places))
    return track


def follower_of() -> Callable[[float], Follower]:
    config = AnalysisConfig(regions="full")
    return lambda threshold: make_follower(LABELS, config, regions="full", threshold=threshold)


def test_who_is_barely_named_has_a_wide_band() -> None:
    bart, homer, marge = LABELS
    track = track_of((bart, 0.99, 50), (homer, 0.8, 25), (marge, 0.55, 25))
    band = threshold_band(track, follower_of(), threshold=0.7, last_frame_s=1 / RATE)
    assert (band.low, band.high) == (pytest.approx(0.55), pytest.approx(0.85))
    assert band.of(bart) == (pytest.approx(2.0), pytest.approx(2.0))
    assert band.of(homer) == (0.0, pytest.approx(1.0))
    assert band.of("nobody") == (0.0, 0.0)


def test_thresholds_stay_in_their_range_and_nothing_seen_is_nothing() -> None:
    band = threshold_band(Track({}), follower_of(), threshold=0.95, last_frame_s=0.04)
    assert band == ThresholdBand(pytest.approx(0.8), 1.0, {}, {})
