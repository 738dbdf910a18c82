"""Playback statistics."""

from __future__ import annotations

import dataclasses
import re
import time
from fractions import Fraction

import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import (
    FakeAnalysis,
    ListSource,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt

from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.stats_overlay import StatsOverlay
from tests.player.window.driver import (
    WindowDriver,
    driver_fixture,  # noqa: F401 - as `driver`
    make_window,
)


def test_i_shows_statistics(driver: WindowDriver) -> None:
    stats = driver.window.findChild(StatsOverlay)
    assert stats is not None and not stats.isVisible()
    driver.press("i")
    assert stats.isVisible()
    driver.qtbot.waitUntil(lambda: " fps" in stats.text() and "show picture" in stats.text())
    assert "models on one processor" in stats.text()
    assert "320 x 240" in stats.text()
    assert "delay" not in stats.text()  # only live sources have one
    driver.press("i")
    assert not stats.isVisible()


def test_statistics_show_that_it_is_paused_instead_of_a_frame_rate(driver: WindowDriver) -> None:
    stats = driver.window.findChild(StatsOverlay)
    assert isinstance(stats, StatsOverlay)
    driver.press(Qt.Key.Key_Space)
    driver.press("i")
    assert stats.text().startswith("paused<br>") and "fps" not in stats.text()
    for height, table in ((700, True), (240, False)):
        driver.window.resize(700, height)
        assert ("p95" in stats.text()) == table, "a table would cover a small picture"


def test_statistics_are_below_the_cast_panel(driver: WindowDriver) -> None:
    layout, stats = driver.window.findChild(Layout), driver.window.findChild(StatsOverlay)
    assert isinstance(layout, Layout) and isinstance(stats, StatsOverlay)
    driver.window.resize(900, 700)
    whole = layout.cast.height()
    driver.press("i")
    driver.qtbot.waitUntil(lambda: "show picture" in stats.text())
    assert not stats.geometry().intersects(layout.picture.geometry())
    assert not stats.geometry().intersects(layout.cast.geometry()) and layout.cast.isVisible()
    assert stats.geometry().right() < layout.width()
    driver.press("t")
    assert layout.picture.geometry().contains(stats.geometry()), "in a corner of the picture"
    driver.press("t")
    driver.press("i")
    assert layout.cast.height() == whole


def test_statistics_of_a_live_source_show_frame_age_and_skipped_frames(qtbot: QtBot) -> None:
    analysis, times = FakeAnalysis(), StageTimes()
    analysis.dropped = 1234
    window = make_window("camera 0", analysis, times=times)
    qtbot.addWidget(window)
    window.show()
    frames = [
        dataclasses.replace(frame, arrived_s=time.monotonic() - 3600)
        for frame in numbered_frames(9, rate=Fraction(1))
    ]
    window.session.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(frames, live=True)))
    qtbot.waitUntil(lambda: bool(analysis.frames))
    times.record("age", 0.125)
    qtbot.keyClicks(window, "i")
    stats = window.findChild(StatsOverlay)
    assert stats is not None
    assert re.search(r"frame age p50 3600\d\d\d, p95 3600\d\d\d ms", stats.text())
    assert "1,234 frames skipped by the models" in stats.text()
    assert "name age p50 125, p95 125 ms" in stats.text()
    window.close()
