"""The media clock."""

from __future__ import annotations

import pytest

from simpsons_play.window.playback.clock import WallClock
from tests.player.window.window_kit import (
    Wall,
    wall_fixture,  # noqa: F401 - as `wall`
)


def test_without_sound_the_clock_follows_the_system_clock(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.seek(5.0)
    wall.now_s += 1
    assert clock.now() == 5.0 and clock.wait_s(5.5) > 0, "it is stopped"
    clock.start()
    wall.now_s += 1
    assert clock.now() == 6.0
    clock.set_speed(2.0)
    wall.now_s += 1
    assert (clock.now(), clock.wait_s(9.0), clock.late_s(7.0)) == (8.0, 0.5, 0.5)
    clock.pause()
    wall.now_s += 1
    assert clock.now() == 8.0
    clock.start()
    clock.set_back(7.0)
    wall.now_s += 0.5
    assert clock.now() == 8.0


def test_a_running_clock_reaches_times_earlier_by_a_lead(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.seek(5.0)
    assert clock.wait_s(5.005, lead_s=0.01) > 0, "it is stopped"
    clock.start(wait_s=1)
    assert clock.wait_s(5.005, lead_s=0.01) > 0, "it waits for sound"
    clock.stop_waiting()
    assert clock.wait_s(5.005, lead_s=0.01) == pytest.approx(-0.005)
    assert clock.wait_s(5.05, lead_s=0.01) == pytest.approx(0.04)
    clock.set_speed(2.0)
    assert clock.wait_s(5.05, lead_s=0.01) == pytest.approx(0.015), "a lead is in seconds of real time"


def test_the_clock_waits_for_the_first_sound_until_a_timeout(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.seek(1.0)
    clock.start(wait_s=0.5)
    wall.now_s += 0.4
    assert clock.waiting_for_sound and clock.now() == 1.0
    clock.sync(1.01, speed=1.0)
    wall.now_s += 0.1
    assert not clock.waiting_for_sound and clock.now() == pytest.approx(1.11)
    clock.seek(1.0)
    clock.start(wait_s=0.5)
    wall.now_s += 0.75
    assert clock.now() == 1.25


def test_the_clock_drifts_by_small_and_jumps_by_large_differences(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.start()
    clock.sync(0.02, speed=1.0)
    assert 0 < clock.now() < 0.02
    for _ in range(100):
        wall.now_s += 0.01
        clock.sync(clock.now() + 0.002, speed=1.0)
    before_s = clock.now()
    clock.sync(before_s - 3, speed=1.0)
    assert clock.now() == before_s - 3
