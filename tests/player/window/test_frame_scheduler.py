"""When frames are handed over."""

from __future__ import annotations

import threading

import pytest

from simpsons_play.window.playback.clock import WallClock
from simpsons_play.window.playback.frame_scheduler import FrameScheduler
from tests.player.window.window_kit import (
    Wall,
    wall_fixture,  # noqa: F401 - as `wall`
)


class InstantWake(threading.Condition):
    """Waiting only moves the wall clock, as if nothing else happened."""

    def __init__(self, wall: Wall) -> None:
        super().__init__()
        self._wall = wall

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self._wall.now_s += timeout + 1e-9  # rounded, it could stay just before
        return False


@pytest.mark.parametrize(
    ("duration_s", "speed", "lead_s"),
    [
        (1.0, 1, 0.01),
        (1001 / 24000, 1, 0.01),
        (1 / 60, 1, 1 / 180),
        (1001 / 24000, 8, 1001 / 24000 / 24),
        (1 / 60, 0.25, 0.01),
        (0.0, 1, 0.0),
    ],
    ids=["1 fps", "24 fps", "60 fps", "24 fps, fast", "60 fps, slow", "unknown rate"],
)
def test_frames_are_handed_over_shortly_before_they_are_due(
    wall: Wall, duration_s: float, speed: float, lead_s: float
) -> None:
    clock = WallClock(wall=wall)
    clock.set_speed(speed)
    scheduler = FrameScheduler(clock, InstantWake(wall), lambda: False)
    scheduler.set_playing(True)
    scheduler.restart(0.0, stepping_back=False)
    scheduler.start(0.0, requested_s=0.0, stepping_back=False)
    assert scheduler.wait_due(0.0, duration_s, first=True)
    began_s = wall.now_s
    for number in range(1, 5):
        assert scheduler.wait_due(number * 0.25, duration_s, first=False)
        assert wall.now_s - began_s == pytest.approx(number * 0.25 / speed - lead_s)
    assert scheduler.dropped == 0
