"""Cameras, with a fake in place of the driver."""

import os
from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import Camera
from simpsons_play.sources.camera import open_capture
from simpsons_play.sources.opencv_log import quiet
from tests.media import FakeCapture, number_of, numbered


def steps(step_ns: int) -> Callable[[], int]:
    ticks = count(0, step_ns)
    return lambda: next(ticks)


def test_frames_carry_their_arrival_time() -> None:
    with Camera(0, capture=lambda _: FakeCapture(), clock=steps(50_000_000)) as camera:
        assert camera.info.live
        assert camera.info.frames is None
        assert camera.info.rate == 30
        frames = list(camera)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])
    assert [frame.arrived_s for frame in frames] == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


def test_unplugging_ends_with_a_warning() -> None:
    fake = FakeCapture(3)
    with Camera(2, capture=lambda _: fake) as camera:
        assert [number_of(frame.image) for frame in camera] == [0, 1, 2]
    assert camera.warnings == ["camera 2 stopped after 3 frames; was it unplugged?"]
    assert fake.released


def test_it_stops_after_its_duration() -> None:
    with Camera(0, duration_s=0.1, capture=lambda _: FakeCapture(99), clock=steps(40_000_000)) as camera:
        assert len(list(camera)) == 3
    assert camera.warnings == []


def test_a_clock_that_stands_still_does_not_stop_time() -> None:
    with Camera(0, capture=lambda _: FakeCapture(), clock=lambda: 5) as camera:
        times = [frame.time for frame in camera]
    assert all(one < other for one, other in pairwise(times))


@pytest.mark.parametrize("fake", [FakeCapture(opened=False), FakeCapture(0)], ids=["none", "dark"])
def test_a_camera_that_is_missing_or_silent_is_an_error(fake: FakeCapture) -> None:
    with pytest.raises(SourceError, match="camera 7"), Camera(7, capture=lambda _: fake):
        pass
    assert fake.released


def test_a_live_source_cannot_start_later() -> None:
    with pytest.raises(SourceError, match="live"):
        Camera(0, start_s=3)


def test_grey_and_resized_frames_become_bgr_of_one_size() -> None:
    class Odd(FakeCapture):
        def read(self) -> tuple[bool, Any]:
            ok, image = super().read()
            if ok and self._number == 2:
                return True, np.ascontiguousarray(image[..., 0])
            return ok, cv2.resize(numbered(5), (128, 96)) if ok and self._number == 3 else image

    with Camera(0, capture=lambda _: Odd(3)) as camera:
        frames = list(camera)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    assert [number_of(frame.image) for frame in frames] == [0, 1, 5]


def test_opencv_prints_nothing_about_missing_cameras(capfd: pytest.CaptureFixture[str]) -> None:
    assert not open_capture(9999).isOpened()
    assert capfd.readouterr() == ("", "")


def test_quiet_restores_everything(capfd: pytest.CaptureFixture[str]) -> None:
    level = cv2.utils.logging.getLogLevel()
    with pytest.raises(ZeroDivisionError), quiet():
        os.write(2, b"hidden")
        _ = 1 / 0
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"
    assert cv2.utils.logging.getLogLevel() == level
