"""The menu, and the sources that the user opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.player.window.window_kit import FakePlayQueue

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QMenu,
)

from simpsons_play.core.assets import sample_clip
from simpsons_play.window.widgets.keys import BINDINGS
from tests.player.window.cast_driver import (
    CastDriver,
    cast_driver_fixture,  # noqa: F401 - as `driver`
    settings_fixture,  # noqa: F401 - as `settings`
)


def test_dropped_and_opened_files_are_played(
    driver: CastDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "next.mp4"
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    driver.window.dropEvent(event)
    assert driver.play_queue.requested == [(str(path),)]
    assert driver.window.isVisible() and driver.window.playback is None, "the previous source has been left"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path), "b.mp4"], ""))
    driver.window.source_picker.open_dialog()
    assert driver.play_queue.requested[-1] == (str(path), "b.mp4")
    data.setUrls([QUrl("rtsp://camera.example/1")])
    driver.window.dropEvent(event)
    assert driver.play_queue.requested[-1] == ("rtsp://camera.example/1",)


def test_a_source_that_cannot_be_played_leaves_the_current_one_playing(
    driver: CastDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        driver.window.source_picker, "_play_queue", FakePlayQueue(broken="note.txt is not a video")
    )
    driver.press(Qt.Key.Key_Space)
    driver.window.source_picker.play_instead("note.txt")
    assert driver.banner.lines == ("note.txt is not a video",) and driver.banner.isVisible()
    assert driver.window.playback is not None and driver.window.playback.playing and driver.window.isVisible()


def test_a_typed_address_is_played(driver: CastDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [("", True), (" http://camera.example/2 ", True), ("http://x", False)]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: answers.pop(0))
    while answers:
        driver.window.source_picker.open_address()
    assert driver.play_queue.requested == [("http://camera.example/2",)]


def test_the_menu_contains_every_binding_and_the_recent_sources(driver: CastDriver, tmp_path: Path) -> None:
    menus = {m.title().replace("&", ""): m for m in driver.window.menuBar().findChildren(QMenu)}
    words = {action.text().split("\t")[-1] for menu in menus.values() for action in menu.actions()}
    assert {binding.shown for binding in BINDINGS} <= words
    assert {"Play", "Names", "View", "File"} <= set(menus)
    assert all(any(action.isSeparator() for action in menus[name].actions()) for name in ("Play", "View"))
    recent = menus["Open recent"]
    recent.aboutToShow.emit()
    assert [action.isEnabled() for action in recent.actions()] == [False]
    (tmp_path / "twice").mkdir()
    files = [tmp_path / name for name in ("a.mp4", "gone.mp4", "b.mp4", "a.mp4", "twice/b.mp4")]
    for source in (*map(str, files), "rtsp://camera.example/1", "0"):
        if "://" not in source and source != "0":
            Path(source).touch()
        driver.window.source_picker.remember(source)
    files[1].unlink()
    recent.aboutToShow.emit()
    shown = [action.text() for action in recent.actions()]
    assert shown == ["rtsp://camera.example/1", str(files[4]), "a.mp4", str(files[2])]
    recent.actions()[2].trigger()
    assert driver.play_queue.requested == [(str(files[0]),)]


def test_the_menu_opens_the_sample(driver: CastDriver) -> None:
    (file,) = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() == "&File"]
    next(action for action in file.actions() if action.text() == "Open sample").trigger()
    assert driver.play_queue.requested == [(str(sample_clip()),)]


def test_the_menu_checks_active_toggles(driver: CastDriver) -> None:
    def checked() -> set[str]:
        menus = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() in ("&Play", "&View")]
        for menu in menus:
            menu.aboutToShow.emit()
        return {a.text().split("\t")[-1] for menu in menus for a in menu.actions() if a.isChecked()}

    assert checked() == {"o", "t", "y"}
    for key in "otilmyu":
        driver.press(key)
    assert checked() == {"i", "l", "m", "u"}
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert checked() == {"i", "l", "m", "u", "f"}


def test_menu_entries_run_the_action_of_their_key(driver: CastDriver) -> None:
    (names,) = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() == "&Names"]
    before = driver.analysis.threshold
    next(action for action in names.actions() if action.text().endswith("\t+")).trigger()
    assert driver.analysis.threshold == pytest.approx(before + 0.05)
