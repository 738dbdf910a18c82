from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box
from simpsons_play.library.box_path import PROBABILITY_TOLERANCE, TOLERANCE, TimedBox, thinned

SIZE = (640, 480)


def path_of(sides, probabilities, *, track="1-1", start=0):
    return [
        TimedBox((start + i) / 25, (start + i + 1) / 25, track, Box(x, y, x + 60, y + 80), p)
        for i, ((x, y), p) in enumerate(zip(sides, probabilities, strict=True))
    ]


def at(boxes, time_s, track):
    """The interpolated sides and probability of a track at a time."""
    of_track = [box for box in boxes if box.track == track]
    i = next(i for i, box in enumerate(of_track) if box.time_s <= time_s < box.until_s)
    box = of_track[i]
    values = np.array([box.box.x_min, box.box.y_min, box.box.x_max, box.box.y_max, box.probability])
    if i + 1 == len(of_track) or of_track[i + 1].time_s != box.until_s:
        return values
    after = of_track[i + 1]
    ends = np.array([after.box.x_min, after.box.y_min, after.box.x_max, after.box.y_max, after.probability])
    return values + (time_s - box.time_s) / (box.until_s - box.time_s) * (ends - values)


points = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 300)), min_size=1, max_size=40)


@given(points, st.randoms(use_true_random=False))
def test_every_frame_can_be_interpolated_within_the_tolerance(sides, random):
    boxes = path_of(sides, [random.random() for _ in sides])
    kept = thinned(boxes, size_px=SIZE)
    for box in boxes:
        found = at(kept, box.time_s, box.track)
        true = [box.box.x_min, box.box.y_min, box.box.x_max, box.box.y_max]
        assert np.abs(found[:4] - true).max() <= TOLERANCE * max(SIZE) + 1e-6
        assert abs(found[4] - box.probability) <= PROBABILITY_TOLERANCE + 1e-6


def test_a_head_that_stays_needs_two_boxes():
    kept = thinned(path_of([(10, 20)] * 50, [0.9] * 50), size_px=SIZE)
    assert [(box.time_s, box.until_s) for box in kept] == [(0.0, 49 / 25), (49 / 25, 2.0)]


def test_a_caption_that_pauses_ends_and_begins_again():
    boxes = path_of([(0, 0)] * 5, [0.9] * 5) + path_of([(99, 0)] * 5, [0.9] * 5, start=8)
    kept = thinned(boxes, size_px=SIZE)
    assert [(box.time_s, box.until_s) for box in kept] == [
        (0.0, 0.16),
        (0.16, 0.2),
        (0.32, 0.48),
        (0.48, 0.52),
    ]


def test_two_heads_at_a_time_keep_their_own_paths():
    left = path_of([(i, 0) for i in range(9)], [0.9] * 9, track="1-1")
    right = path_of([(400 - i, 0) for i in range(9)], [0.9] * 9, track="1-2")
    both = [box for pair in zip(left, right, strict=True) for box in pair]
    assert [(box.track, box.box.x_min) for box in thinned(both, size_px=SIZE)] == [
        ("1-1", 0),
        ("1-2", 400),
        ("1-1", 8),
        ("1-2", 392),
    ]
