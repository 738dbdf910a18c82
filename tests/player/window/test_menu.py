"""The menu, and the sources that the user opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.player.window.window_kit import NETWORK, FakePlayQueue, draw_square

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QPushButton

from simpsons_play.core.assets import sample_clip
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets.address_dialog import AddressDialog
from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.welcome import Welcome
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


@pytest.mark.parametrize(
    ("text", "key", "requested"),
    [
        (" http://camera.example/2 ", Qt.Key.Key_Return, [("http://camera.example/2",)]),
        ("http://x", Qt.Key.Key_Escape, []),
    ],
)
def test_a_typed_address_is_played(
    driver: CastDriver, text: str, key: Qt.Key, requested: list[tuple[str, ...]]
) -> None:
    def type_it() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, AddressDialog) and dialog.width() >= 480
        (field,) = dialog.findChildren(QLineEdit)
        buttons = {button.text().replace("&", ""): button for button in dialog.findChildren(QPushButton)}
        assert set(buttons) == {"Open", "Cancel"} and field.accessibleName() == "Address"
        driver.qtbot.keyClicks(field, " ")
        assert not buttons["Open"].isEnabled(), "nothing is typed yet"
        driver.qtbot.keyClick(field, Qt.Key.Key_Return)
        driver.qtbot.keyClicks(field, text)
        assert buttons["Open"].isEnabled() and dialog.isVisible()
        driver.qtbot.keyClick(field, key)

    QTimer.singleShot(50, type_it)
    driver.window.source_picker.open_address()
    assert driver.play_queue.requested == requested
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(AddressDialog))


def test_the_file_dialog_starts_where_the_user_was_last(
    driver: CastDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picker = driver.window.source_picker
    folders = [tmp_path / name for name in ("first", "second", "third")]
    for folder in folders:
        folder.mkdir()
        (folder / "a.mp4").touch()
    starts: list[str] = []

    def choose(parent: object, title: str, start: str, filters: str, chosen: str, options: object) -> object:
        assert options == QFileDialog.Option.HideNameFilterDetails, "the types fit the screen"
        starts.append(start)
        return ([str(folders[1] / "a.mp4")] if len(starts) == 3 else []), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    picker.open_dialog()
    picker.on_opened(str(folders[0] / "a.mp4"))
    picker.on_opened(str(sample_clip()))
    picker.on_opened("rtsp://camera.example/1")
    for _ in range(3):
        picker.open_dialog()
    driver.window.session.open_source(
        str(folders[2]), driver.analysis, draw=draw_square, network=NETWORK, times=StageTimes()
    )
    picker.open_dialog()
    assert starts == [str(folder) for folder in (Path.cwd(), folders[0], folders[0], folders[1], folders[2])]
    picker.remember(str(folders[1] / "a.mp4"))
    picker.remember(str(sample_clip()))
    later = PlayerWindow(corrections=tmp_path, play_queue=FakePlayQueue())
    driver.qtbot.addWidget(later)
    later.source_picker.open_dialog()
    assert starts[-1] == str(folders[1]), "also in another run"


def test_a_folder_is_opened_from_the_menu(
    driver: CastDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["", str(tmp_path)]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    (file,) = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() == "&File"]
    (entry,) = [action for action in file.actions() if action.text() == "Open &folder…"]
    entry.trigger()
    assert not driver.play_queue.requested, "cancelled"
    entry.trigger()
    assert driver.play_queue.requested == [(str(tmp_path),)]


def test_the_list_of_recent_files_is_cleared_from_the_menu(driver: CastDriver, tmp_path: Path) -> None:
    picker = driver.window.source_picker
    (tmp_path / "a.mp4").touch()
    picker.remember(str(tmp_path / "a.mp4"))
    driver.window.show_welcome()
    (page,) = driver.window.findChildren(Welcome)
    (recent,) = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() == "Open &recent"]
    recent.aboutToShow.emit()
    *_, separator, clear = recent.actions()
    assert separator.isSeparator() and clear.text() == "&Clear list"
    clear.trigger()
    assert not picker.recent() and not page.grid.cards, "the welcome page forgets them, too"
    recent.aboutToShow.emit()
    assert [action.text() for action in recent.actions()] == ["No recent files"]


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
    assert shown[:4] == ["rtsp://camera.example/1", str(files[4]), "a.mp4", str(files[2])]
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
