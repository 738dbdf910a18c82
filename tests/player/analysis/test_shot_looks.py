"""All looks at one head are found in its shot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_tracks import HeadTracks
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections, FrameDetections
from tests.fakes import DENSE, LABELS
from tests.player.analysis.people import SIZE_PX, STEP_S, face_of, log_of

OTTO, TROY = ("otto", 10), ("troy", 200)


def box_at(x: float) -> Box:
    return Box(round(x), 40, round(x) + 60, 100)


def looks_at(log: DetectionLog, time_s: float, x: float, name: str = "otto") -> np.ndarray:
    return HeadTracks(log, DENSE, threshold=0.6).looks_at(time_s, box_at(x), face_of(name).astype(np.float32))


def shot(faces: Sequence[np.ndarray | None]) -> DetectionLog:
    """One head that moves by 20 pixels a frame, embedded as these faces."""
    log = DetectionLog({})
    for i, face in enumerate(faces):
        box = np.float32([[10 + 20 * i, 40, 70 + 20 * i, 100]])
        rows = np.full((1, len(LABELS)), 0.05, np.float32)
        embeddings = None if face is None else face.astype(np.float16)[None]
        detections = Detections(box, np.float32([0.9]), rows, None, embeddings)
        log.append(FrameDetections(i, i * STEP_S, SIZE_PX, i == 0, False, detections))
    return log


@pytest.mark.parametrize(("time_s", "x", "name"), [(0.1, 10, "otto"), (1.9, 14, "otto"), (1.0, 200, "troy")])
def test_looks_at_the_head_at_a_place_are_found(time_s: float, x: float, name: str) -> None:
    log = log_of([OTTO, TROY], [("moe", 10)])
    found = looks_at(log, time_s, x, name)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.stack([face_of(name)] * 2))


def test_looks_in_other_shots_are_not() -> None:
    log = log_of([OTTO], [TROY], [OTTO])
    np.testing.assert_array_equal(looks_at(log, 2.5, 200, "troy"), np.stack([face_of("troy")] * 2))


def test_a_head_that_moves_is_followed_both_ways() -> None:
    turned = face_of("otto") + face_of("moe")
    log = shot([face_of("otto"), None, None, turned / np.linalg.norm(turned), None])
    for time_s, x in ((0.0, 10), (1.0, 90)):
        assert len(looks_at(log, time_s, x)) == 2


def test_a_track_that_goes_over_to_another_head_is_cut() -> None:
    log = shot([face_of("otto"), face_of("otto"), face_of("troy"), face_of("troy")])
    np.testing.assert_array_equal(looks_at(log, 0.25, 30), np.stack([face_of("otto")] * 2))
    np.testing.assert_array_equal(looks_at(log, 0.75, 70, "troy"), np.stack([face_of("troy")] * 2))


def test_a_head_that_has_moved_since_the_sampled_frame_is_found_by_its_looks() -> None:
    log = log_of([OTTO, TROY])
    for x in (100, 200):
        np.testing.assert_array_equal(looks_at(log, 0.1, x), np.stack([face_of("otto")] * 2))


def test_frames_that_another_thread_is_adding_are_left_out() -> None:
    log = log_of([OTTO])
    log._cuts += b"\0\1"  # the times are added last
    log._sampled += b"\1\1"
    assert log.shot_of(0) == (0, 8) and len(looks_at(log, 0.1, 10)) == 2


@pytest.mark.parametrize(
    "log",
    [DetectionLog({}), shot([None] * 4), log_of([]), log_of([TROY])],
    ids=["none", "unseen", "empty", "no"],
)
def test_without_a_look_there_are_none(log: DetectionLog) -> None:
    assert looks_at(log, 0.5, 10).shape == (0, 0)
