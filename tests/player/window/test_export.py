"""Exports from the window: menu, dialogs, progress and result, with a fake exporter."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt, QTime, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTimeEdit,
    QWidget,
)

from simpsons_play.core.assets import sample_clip
from simpsons_play.window import ExportKind, ExportOptions, ExportState, NoExporter
from simpsons_play.window.export import box as export_box
from simpsons_play.window.export import file_manager, suggestion
from simpsons_play.window.export.suggestion import suggested_path
from simpsons_play.window.shell.presenter import Presenter
from tests.player.window.cast_driver import settings_fixture  # noqa: F401 - as `settings`
from tests.player.window.export_driver import (
    ExportDriver,
    button,
    export_driver_fixture,  # noqa: F401 - as `driver`
)

ENTRIES = ("Export video", "Export subtitles", "Export table", "Export report")


def named(parent: QWidget, kind: type[QWidget], name: str) -> QWidget:
    """The widget of a kind with an accessible name."""
    (found,) = [one for one in parent.findChildren(kind) if one.accessibleName() == name]
    assert isinstance(found, kind)
    return found


def error_in(dialog: QDialog) -> str:
    label = named(dialog, QLabel, "Error")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


@pytest.mark.parametrize(
    ("entry", "kind", "name"),
    [
        ("Export video", ExportKind.VIDEO, "episode-named.mp4"),
        ("Export subtitles", ExportKind.SUBTITLES, "episode-names.srt"),
        ("Export table", ExportKind.TABLE, "episode-names.csv"),
        ("Export report", ExportKind.REPORT, "episode-report"),
    ],
)
def test_an_entry_of_the_menu_exports_the_whole_file_next_to_the_source(
    driver: ExportDriver, entry: str, kind: ExportKind, name: str
) -> None:
    driver.export(entry)
    assert driver.exporter.started == [ExportOptions(kind, driver.folder / name)]
    assert driver.wait_text(f"Exporting {name}: waiting for the analysis, 0%")
    assert driver.window.playback is not None and driver.window.playback.playing, "it goes on"


def test_ctrl_e_exports_the_video_also_in_full_screen(driver: ExportDriver) -> None:
    driver.qtbot.keyClicks(driver.window, "f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    driver.answer(lambda dialog: driver.qtbot.keyClick(dialog, Qt.Key.Key_Return))
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    driver.qtbot.waitUntil(lambda: len(driver.exporter.started) == 1)
    assert driver.exporter.started[0].kind is ExportKind.VIDEO


def test_the_dialog_sets_all_options(driver: ExportDriver) -> None:
    def fill_in(dialog: QDialog) -> None:
        path, format_, encoder = (
            named(dialog, QLineEdit, "File"),
            named(dialog, QComboBox, "Format"),
            named(dialog, QComboBox, "Encoder"),
        )
        assert isinstance(path, QLineEdit) and isinstance(format_, QComboBox)
        assert isinstance(encoder, QComboBox)
        assert driver.window.playback is not None and not driver.window.playback.playing
        format_.setCurrentIndex(format_.findData(".mkv"))
        assert path.text() == str(driver.folder / "episode-named.mkv")
        path.clear()
        driver.qtbot.keyClicks(path, "other.webm")
        assert format_.currentData() == ".webm"
        encoder.setCurrentIndex(encoder.findData("software"))
        start, end = (named(dialog, QTimeEdit, name) for name in ("From", "To"))
        assert isinstance(start, QTimeEdit) and isinstance(end, QTimeEdit)
        assert not start.isEnabled() and end.time() == QTime(1, 2, 5, 500)
        (part,) = [box for box in dialog.findChildren(QCheckBox) if box.isVisible()]
        driver.qtbot.mouseClick(part, Qt.MouseButton.LeftButton, pos=part.rect().center() / 4)
        part.setChecked(True)
        start.setTime(QTime(0, 1, 30))
        end.setTime(QTime(0, 1, 30))
        driver.click(dialog, "Export")
        assert error_in(dialog) == "The part must end after its start."
        end.setTime(QTime(0, 2, 0, 250))
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export video")
    assert driver.exporter.started == [
        ExportOptions(
            ExportKind.VIDEO, driver.folder / "other.webm", "software", start_s=90.0, duration_s=30.25
        )
    ]


def test_a_part_up_to_the_end_has_no_length(driver: ExportDriver) -> None:
    def fill_in(dialog: QDialog) -> None:
        start = named(dialog, QTimeEdit, "From")
        assert isinstance(start, QTimeEdit)
        (part,) = dialog.findChildren(QCheckBox)
        part.setChecked(True)
        start.setTime(QTime(1, 0))
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export table")
    assert driver.exporter.started == [
        ExportOptions(ExportKind.TABLE, driver.folder / "episode-names.csv", start_s=3600.0)
    ]


def test_without_a_length_no_part_can_be_chosen(driver: ExportDriver) -> None:
    driver.exporter.duration_s = None

    def look(dialog: QDialog) -> None:
        assert not any(part.isVisible() for part in dialog.findChildren(QCheckBox))
        driver.click(dialog, "Export")

    driver.answer(look)
    driver.choose("Export video")
    assert len(driver.exporter.started) == 1


def test_a_file_that_exists_is_only_replaced_on_request(driver: ExportDriver) -> None:
    (driver.folder / "episode-named.mp4").touch()
    asked: list[str] = []

    def answer(text: str) -> None:
        def click(dialog: QDialog) -> None:
            assert isinstance(dialog, QMessageBox)
            asked.append(dialog.text())
            driver.click(dialog, text)

        driver.answer(driver.accept, click)

    def after_no(dialog: QDialog) -> None:
        answer_no(dialog)
        assert not driver.exporter.started and dialog.isVisible(), "another name can be chosen"
        dialog.reject()

    def answer_no(dialog: QDialog) -> None:
        driver.click(dialog, "Export")

    driver.answer(after_no, lambda box: driver.click(box, "No"))
    driver.choose("Export video")
    assert not driver.exporter.started
    answer("Replace")
    driver.choose("Export video")
    assert len(driver.exporter.started) == 1
    assert asked == [f"episode-named.mp4 already exists in {driver.folder}. Replace it?"]


def test_a_name_confirmed_in_the_file_dialog_is_not_asked_for_again(
    driver: ExportDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = driver.folder / "films"
    other.mkdir()
    (other / "mine.mkv").touch()
    asked: list[tuple[object, ...]] = []

    def choose(*about: object) -> tuple[str, str]:
        asked.append(about[1:])
        return str(other / "mine.mkv"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)

    def fill_in(dialog: QDialog) -> None:
        driver.click(dialog, "Choose…")
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export video")
    assert [options.path for options in driver.exporter.started] == [other / "mine.mkv"]
    filters = "MP4 (*.mp4);;Matroska (*.mkv);;WebM (*.webm)"
    assert asked == [("Export video", str(driver.folder / "episode-named.mp4"), filters)]
    driver.export("Export subtitles")
    assert driver.exporter.started[-1].path == other / "episode-names.srt", "the folder is remembered"


def test_the_report_gets_a_folder_of_its_own(driver: ExportDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = ["", str(driver.folder / "elsewhere")]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: folders.pop(0))

    def fill_in(dialog: QDialog) -> None:
        driver.click(dialog, "Choose…")
        driver.click(dialog, "Choose…")
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export report")
    assert driver.exporter.started[0].path == driver.folder / "elsewhere" / "episode-report"


def test_why_a_name_is_refused_is_shown_and_another_can_be_chosen(driver: ExportDriver) -> None:
    def fill_in(dialog: QDialog) -> None:
        path = named(dialog, QLineEdit, "File")
        assert isinstance(path, QLineEdit)
        driver.exporter.refused = "episode.avi is the source; it would be overwritten"
        driver.click(dialog, "Export")
        assert error_in(dialog) == driver.exporter.refused
        driver.exporter.refused = ""
        path.clear()
        driver.click(dialog, "Export")
        assert error_in(dialog) == "Choose a name."
        for folder in ("/", ".", "..", "some/"):
            path.setText(folder)
            driver.click(dialog, "Export")
            assert error_in(dialog) == "Choose the name of a file, not of a folder."
        path.clear()
        driver.qtbot.keyClicks(path, "other")
        assert error_in(dialog) == ""
        driver.qtbot.keyClick(path, Qt.Key.Key_Return)

    driver.answer(fill_in)
    driver.choose("Export video")
    assert driver.exporter.started[0].path == driver.folder / "other.mp4"


def test_a_name_that_no_file_can_have_is_an_error(driver: ExportDriver) -> None:
    def fill_in(dialog: QDialog) -> None:
        path = named(dialog, QLineEdit, "File")
        assert isinstance(path, QLineEdit)
        path.setText("n" * 300 + ".mp4")
        driver.click(dialog, "Export")
        assert error_in(dialog).endswith("File name too long; choose another name")
        path.setText("~nobody-by-this-name/a.mp4")
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export video")
    (started,) = driver.exporter.started
    assert started.path == driver.folder / "~nobody-by-this-name" / "a.mp4"


def test_only_a_suffix_is_replaced_when_the_format_changes(driver: ExportDriver) -> None:
    def fill_in(dialog: QDialog) -> None:
        path, format_ = named(dialog, QLineEdit, "File"), named(dialog, QComboBox, "Format")
        assert isinstance(path, QLineEdit) and isinstance(format_, QComboBox)
        path.clear()
        driver.qtbot.keyClicks(path, "Vol. 2")
        assert format_.currentText() == "", "not one of these formats"
        format_.setCurrentIndex(format_.findData(".vtt"))
        assert path.text() == "Vol. 2.vtt"
        format_.setCurrentIndex(format_.findData(".ass"))
        driver.click(dialog, "Export")

    driver.answer(fill_in)
    driver.choose("Export subtitles")
    assert driver.exporter.started[0].path == driver.folder / "Vol. 2.ass"


def test_the_dialog_can_be_cancelled(driver: ExportDriver) -> None:
    driver.answer(lambda dialog: driver.qtbot.keyClick(dialog, Qt.Key.Key_Escape))
    driver.choose("Export video")
    assert not driver.exporter.started and not driver.boxes and driver.window.isVisible()


def test_progress_is_shown_and_then_the_file(driver: ExportDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())) or True
    )
    monkeypatch.setattr(file_manager, "_select", lambda *_, **__: False)
    monkeypatch.setattr(file_manager.shutil, "which", lambda name: None)
    monkeypatch.setattr(file_manager.sys, "platform", "linux")
    job = driver.export()
    job.show(ExportState.WAITING, 0.43, left_s=20.2)
    driver.wait_text("Exporting episode-named.mp4: waiting for the analysis, 43%, 20 s left")
    job.show(ExportState.RUNNING, 0.42, left_s=70.4)
    box = driver.wait_text("Exporting episode-named.mp4: 42%, 1 min 10 s left")
    picture, corner = driver.window.picture, box.mapTo(driver.window, box.rect().bottomRight())
    within = picture.mapTo(driver.window, picture.rect().bottomRight()) - corner
    assert 0 < within.x() < 30 and 0 < within.y() < 30
    assert [one.isVisible() for one in box.findChildren(QPushButton)] == [True, False, False, False]
    job.show(ExportState.DONE, 1.0)
    driver.wait_text("Exported episode-named.mp4")
    driver.click(box, "Show in folder")
    driver.click(box, "Open")
    assert opened == [driver.folder, job.path]
    driver.click(box, "Close")
    assert not driver.boxes


def test_the_result_disappears_after_a_while_unless_the_mouse_is_on_it(
    driver: ExportDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_box, "_SHOWN_MS", 20)
    monkeypatch.setattr(export_box.ExportBox, "underMouse", lambda self: on_it[0])
    on_it = [True]
    driver.export().show(ExportState.DONE, 1.0)
    box = driver.wait_text("Exported episode-named.mp4")
    with driver.qtbot.waitSignal(box._timer.timeout), driver.qtbot.assertNotEmitted(box.closed):
        pass
    on_it[0] = False
    driver.qtbot.waitUntil(lambda: not driver.boxes)


def test_errors_and_warnings_stay_until_they_are_closed(
    driver: ExportDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_box, "_SHOWN_MS", 0)
    driver.export().show(ExportState.FAILED, error="the disk is full")
    box = driver.wait_text("Cannot export episode-named.mp4: the disk is full")
    assert not box._timer.isActive() and not button(box, "Close").isHidden()
    driver.click(box, "Close")
    driver.qtbot.waitUntil(lambda: not driver.boxes)
    driver.export().show(ExportState.DONE, 1.0, warnings=("the file is damaged",))
    box = driver.wait_text("Exported episode-named.mp4\nWarning: the file is damaged")
    assert not box._timer.isActive()


def test_cancel_ends_an_export(driver: ExportDriver) -> None:
    job = driver.export()
    job.show(ExportState.RUNNING, 0.1)
    driver.click(driver.boxes[0], "Cancel")
    driver.qtbot.waitUntil(lambda: not driver.boxes)
    assert job.cancelled


def test_several_exports_have_boxes_above_each_other(driver: ExportDriver) -> None:
    driver.export("Export video")
    driver.export("Export table")
    driver.qtbot.waitUntil(lambda: len(driver.boxes) == 2)
    driver.window.resize(800, 900)
    first, second = driver.boxes
    driver.qtbot.waitUntil(lambda: first.geometry().bottom() < second.geometry().top())
    driver.qtbot.waitUntil(lambda: driver.window.picture.geometry().contains(first.parentWidget().geometry()))


def test_an_export_goes_on_when_the_source_changes(driver: ExportDriver) -> None:
    job = driver.export()
    driver.play(NoExporter("Only video files can be exported."))
    job.show(ExportState.RUNNING, 0.5)
    driver.wait_text("Exporting episode-named.mp4: 50%")
    assert not job.cancelled


def test_what_cannot_be_exported_says_why(driver: ExportDriver) -> None:
    assert all(driver.entry(text).isEnabled() for text in ENTRIES)
    assert driver.file_menu.toolTipsVisible()
    driver.play(NoExporter("Only video files can be exported; this source is a camera."))
    for text in ENTRIES:
        assert not driver.entry(text).isEnabled()
        assert "this source is a camera" in driver.entry(text).toolTip()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    driver.play(None)
    assert "Open a video first." in driver.entry("Export table").toolTip()
    driver.play(driver.exporter)
    assert driver.entry("Export table").isEnabled() and not driver.exporter.started


@pytest.mark.parametrize("close", [False, True])
def test_closing_the_window_asks_about_a_running_export(driver: ExportDriver, close: bool) -> None:
    job = driver.export()
    asked: list[str] = []

    def answer(box: QDialog) -> None:
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        if close:
            driver.click(box, "Cancel and close")
        else:
            driver.qtbot.keyClick(box, Qt.Key.Key_Return)

    driver.answer(answer)
    driver.window.close()
    assert asked == ["episode-named.mp4 is being exported. If you close the window, the export is cancelled."]
    assert (driver.window.closed, driver.window.isVisible(), job.cancelled) == (close, not close, close)


def test_the_question_is_gone_when_the_export_is_done(driver: ExportDriver) -> None:
    """So that a window that closes at the end of its source closes in the end."""
    job = driver.export()
    driver.answer(lambda box: job.show(ExportState.DONE, 1.0))
    driver.window.close()
    assert driver.window.closed and job.now.state is ExportState.DONE


def test_ctrl_c_closes_the_window_without_a_question(
    driver: ExportDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    job = driver.export()
    driver.answer(lambda box: driver.window.close_without_asking())
    driver.window.close()
    assert driver.window.closed and job.cancelled
    driver.window.close_without_asking()
    assert capsys.readouterr().err == f"Warning: the export of {job.path} is cancelled\n"


def test_the_suggested_folder_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestion.os, "access", lambda path, mode: False)
    videos = tmp_path / "Videos"
    monkeypatch.setattr(suggestion.QStandardPaths, "writableLocation", lambda _: str(videos))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    source = tmp_path / "media" / "episode.avi"
    assert suggested_path(ExportKind.VIDEO, source) == tmp_path / "episode-named.mp4"
    videos.mkdir()
    assert suggested_path(ExportKind.TABLE, source) == videos / "episode-names.csv"
    monkeypatch.undo()
    monkeypatch.setattr(suggestion.QStandardPaths, "writableLocation", lambda _: str(videos))
    source.parent.mkdir()
    assert suggested_path(ExportKind.TABLE, source) == source.with_name("episode-names.csv")
    assert suggested_path(ExportKind.TABLE, sample_clip()) == videos / "springfield-names.csv"


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_a_file_manager_that_is_missing_is_no_error(
    driver: ExportDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    def missing(*args: object, **options: object) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    monkeypatch.setattr(file_manager.subprocess, "Popen", missing)
    monkeypatch.setattr(file_manager.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(file_manager.sys, "platform", system)
    job = driver.export()
    job.show(ExportState.DONE, 1.0)
    box = driver.wait_text("Exported episode-named.mp4")
    driver.click(box, "Show in folder")
    driver.wait_text(f"Exported episode-named.mp4\nNo file manager answers. The file is:\n{job.path}")
    assert not box._timer.isActive(), "there is time to read it"
    (label,) = [one for one in box.findChildren(QLabel) if one.text() == box.text]
    driver.qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    driver.qtbot.waitUntil(lambda: box.parentWidget().rect().contains(box.geometry()))
    driver.click(box, "Open")
    driver.wait_text(
        f"Exported episode-named.mp4\nNo program opens this kind of file. The file is:\n{job.path}"
    )


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_a_program_that_fails_is_reported(
    driver: ExportDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    opened, opener = tmp_path / "opened", tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f"#!/bin/sh\necho noise\necho \"$1\" >> '{opened}'\nexit {code}\n")
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(opener.parent), prepend=os.pathsep)
    monkeypatch.setattr(file_manager, "_select", lambda *_, **__: False)
    monkeypatch.setattr(file_manager.sys, "platform", "linux")
    job = driver.export()
    job.show(ExportState.DONE, 1.0)
    box = driver.wait_text("Exported episode-named.mp4")

    def press(text: str, problem: str) -> None:
        driver.click(box, text)
        driver.qtbot.waitUntil(lambda: not [t for t in box.findChildren(QTimer) if t is not box._timer])
        note = f"\n{problem} The file is:\n{job.path}" if code else ""
        assert box.text == f"Exported episode-named.mp4{note}"

    press("Show in folder", "No file manager answers.")
    press("Open", "No program opens this kind of file.")
    assert opened.read_text().splitlines() == [str(driver.folder), str(job.path)]


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon")
def test_a_file_manager_that_cannot_start_is_reported(
    driver: ExportDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbus = pytest.importorskip("PySide6.QtDBus")
    services = tmp_path / "services"
    services.mkdir()
    (services / "manager.service").write_text(
        "[D-BUS Service]\nName=org.freedesktop.FileManager1\nExec=/bin/false\n"
    )
    config = tmp_path / "bus.conf"
    config.write_text(
        f"<busconfig><type>session</type><listen>unix:dir={tmp_path}</listen>"
        f"<servicedir>{services}</servicedir><policy context='default'>"
        "<allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/><allow own='*'/>"
        "</policy></busconfig>"
    )
    command = ["dbus-daemon", f"--config-file={config}", "--print-address", "--nofork"]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    monkeypatch.setattr(file_manager.shutil, "which", lambda name: None)
    monkeypatch.setattr(file_manager.sys, "platform", "linux")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            address = daemon.stdout.readline().strip()
            bus = dbus.QDBusConnection.connectToBus(address, "a test")
            assert bus.isConnected()
            monkeypatch.setattr(dbus.QDBusConnection, "sessionBus", lambda: bus)
            job = driver.export()
            job.show(ExportState.DONE, 1.0)
            driver.click(driver.wait_text("Exported episode-named.mp4"), "Show in folder")
            driver.wait_text(f"Exported episode-named.mp4\nNo file manager answers. The file is:\n{job.path}")
        finally:
            dbus.QDBusConnection.disconnectFromBus("a test")
            daemon.terminate()


def test_only_the_character_that_is_followed_is_exported(driver: ExportDriver) -> None:
    presenter = driver.window.findChild(Presenter)
    presenter._navigator.select("bart_simpson")
    seen: list[bool] = []

    def accept(dialog: QDialog, *, tick: bool) -> None:
        (only,) = [box for box in dialog.findChildren(QCheckBox) if box.text() == "Only Bart Simpson"]
        seen.append(only.isChecked())
        if tick:
            driver.qtbot.mouseClick(only, Qt.MouseButton.LeftButton, pos=QPoint(8, only.height() // 2))
        driver.click(dialog, "Export")

    driver.answer(lambda dialog: accept(dialog, tick=False))
    driver.choose("Export table")
    driver.answer(lambda dialog: accept(dialog, tick=True))
    driver.choose("Export table")
    presenter.show_only_selected(True)
    driver.answer(lambda dialog: accept(dialog, tick=False))
    driver.choose("Export table")
    assert seen == [False, False, True], "what the window shows is suggested"
    bart = frozenset({"bart_simpson"})
    assert [options.only for options in driver.exporter.started] == [None, bart, bart]
