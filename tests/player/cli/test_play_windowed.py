"""The player end to end: the sample, the shipped model and a real window on Qt's offscreen platform."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.commands import SAMPLE
from tests.fakes import COLOURS, LABELS, flat, write_colour_model
from tests.media import beginning

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QTimeEdit

from simpsons_play.analysis.cache import DetectionCache
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.cli import ahead
from simpsons_play.cli.ahead_process import AheadJob
from simpsons_play.cli.commands.play import play
from simpsons_play.cli.file_exporter import FileExporter
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.cli.play_windowed import play_in_window
from simpsons_play.core.child_process import give_job
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.names import colour_of
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.loading import load_classifier
from simpsons_play.sources import open_source
from simpsons_play.timelines.spans import SpanChanges
from simpsons_play.window import ExportKind, ExportOptions
from simpsons_play.window.export.box import ExportBox
from simpsons_play.window.export.dialog import ExportDialog
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.preview import Preview
from simpsons_play.window.widgets.welcome import Welcome

SCREENSHOT = Path(os.environ.get("SIMPSONS_SCREENSHOTS", Path(__file__).parents[3] / "build" / "screenshots"))


def show(*requests: PlayRequest) -> None:
    """Play requests in a window until it closes."""
    play_in_window(requests, requests[0])


@contextmanager
def watching(look: Callable[[], None]) -> Iterator[None]:
    """Call a function every 30 ms while the block runs."""
    timer = QTimer(QApplication.instance(), interval=30)
    timer.timeout.connect(look)
    timer.start()
    try:
        yield
    finally:
        timer.stop()


@pytest.fixture(scope="module")
def sample_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the detections of the sample; do not change it."""
    folder = tmp_path_factory.mktemp("cached") / "cache"
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SIMPSONS_CACHE", str(folder))
        play_without_window([PlayRequest(str(SAMPLE), provider="cpu")])
    return folder


@pytest.fixture
def cached(sample_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The detections of the sample are cached."""
    shutil.copytree(sample_cache, tmp_path / "cache")
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the number of frames that are known, whenever a process is started to analyse the others."""
    known: list[int] = []

    def give(process: subprocess.Popen[bytes], job: AheadJob) -> None:
        known.append(len(job.known))
        give_job(process, job)

    monkeypatch.setattr(ahead, "give_job", give)
    return known


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process sends frame by frame, and the window takes its time for each of them."""
    settle = LogIndex.settle

    def wait(self: LogIndex, frames: int, changes: SpanChanges) -> None:
        time.sleep(0.02)
        settle(self, frames, changes)

    monkeypatch.setattr(ahead, "_CHUNK_S", 0.0)
    monkeypatch.setattr(LogIndex, "settle", wait)


def test_the_window_names_two_characters(qtbot: QtBot, cached: None) -> None:
    """Saves a screenshot in build/screenshots/ for inspection."""
    labels = load_classifier(provider="cpu").card.labels
    colours = [np.array(colour_of(name, labels)) for name in ("homer_simpson", "bart_simpson")]
    shots: list[np.ndarray] = []
    timer = QTimer(QApplication.instance(), interval=100)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            window.resize(1280, 934)
            image = window.picture.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
            pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
            picture = pixels[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
            if all((np.abs(picture.astype(int) - c).max(axis=2) < 12).sum() > 200 for c in colours):
                SCREENSHOT.mkdir(parents=True, exist_ok=True)
                window.grab().save(str(SCREENSHOT / "player.png"))
                shots.append(picture)
                timer.stop()
                window.close()

    timer.timeout.connect(look)
    timer.start()
    # The shot lasts 2.8 seconds; the window closes at the end if the captions never appear.
    show(PlayRequest(str(SAMPLE), provider="cpu", start_s=12.9, duration_s=6.0, close_at_end=True))
    assert shots, "the captions of Homer and Bart were never seen together in the window"


def test_each_picture_of_a_folder_gets_its_own_name(qtbot: QtBot, tmp_path: Path) -> None:
    """Never the name of the previous picture."""
    model = write_colour_model(tmp_path / "m.onnx")
    folder = tmp_path / "pictures"
    folder.mkdir()
    names = ("bart_simpson", "homer_simpson", "marge_simpson")
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / f"{number}.png"), flat(COLOURS[name], width=320, height=240))
    seen: set[tuple[str, str]] = set()
    timer = QTimer(QApplication.instance(), interval=30)

    def nearest(colour: np.ndarray, colours: dict[str, tuple[int, int, int]]) -> str:
        return min(colours, key=lambda name: int(np.abs(colour - np.array(colours[name])).sum()))

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, PlayerWindow) and window.isVisible():
                image = window.picture.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
                rows = np.frombuffer(image.constBits(), np.uint8).reshape(
                    image.height(), image.bytesPerLine()
                )
                picture = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
                shown = nearest(picture[image.height() // 4, image.width() // 2], COLOURS)
                for name in names:
                    bar = np.array(colour_of(name, LABELS))
                    if (np.abs(picture - bar).max(axis=2) < 8).sum() > 50:
                        seen.add((shown, name))

    timer.timeout.connect(look)
    timer.start()
    show(PlayRequest(str(folder), model=model, provider="cpu", close_at_end=True))
    timer.stop()
    assert seen == {(name, name) for name in names}


def test_a_cached_file_is_not_analysed_again(qtbot: QtBot, cached: None, started: list[int]) -> None:
    short = PlayRequest(str(SAMPLE), provider="cpu", start_s=12.9, duration_s=0.5, close_at_end=True)
    show(dataclasses.replace(short, config=AnalysisConfig(threshold=0.3)))
    assert not started
    show(dataclasses.replace(short, cached=False))
    assert started == [0], "the counter works"


def test_the_menu_exports_a_cached_file_without_running_a_model(
    qtbot: QtBot, cached: None, started: list[int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted, written = tmp_path / "wanted.srt", tmp_path / "springfield-names.srt"
    play_without_window([PlayRequest(str(SAMPLE), provider="cpu", subtitles=(wanted,), quiet=True)])
    shown: list[str] = []
    ends: list[float] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ExportDialog):
            (path,) = (edit for edit in dialog.findChildren(QLineEdit) if edit.accessibleName() == "File")
            path.setText(str(written))
            (end,) = (edit for edit in dialog.findChildren(QTimeEdit) if edit.accessibleName() == "To")
            ends.append(end.time().msecsSinceStartOfDay() / 1000)
            qtbot.keyClick(dialog, Qt.Key.Key_Return)
        for window in QApplication.topLevelWidgets():
            if dialog is not None or not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            boxes = window.findChildren(ExportBox)
            if not boxes:
                actions = {action.text().replace("&", ""): action for action in window.actions()}
                QTimer.singleShot(0, actions["Export subtitles…"].trigger)
            elif boxes[0].has_ended:
                shown.append(boxes[0].text)
                window.close()

    with watching(look):
        show(PlayRequest(str(SAMPLE), provider="cpu", start_s=5.0))
    assert shown == ["Exported springfield-names.srt"] and not started
    with open_source(str(SAMPLE)) as source:
        assert source.info.duration_s == pytest.approx(ends[0], abs=0.001), "of the whole file"
    assert written.read_bytes() == wanted.read_bytes()
    assert "Traceback" not in capfd.readouterr().err


def test_an_export_of_a_file_that_is_left_is_finished(
    qtbot: QtBot, slowly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window goes on to another file before the analysis is complete."""
    video = beginning(SAMPLE, tmp_path, 6)
    wanted, written = tmp_path / "wanted.csv", tmp_path / "written.csv"
    play_without_window([PlayRequest(str(video), provider="cpu", predictions=(wanted,), quiet=True)])
    texts: list[str] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            boxes = window.findChildren(ExportBox)
            (lanes,) = window.findChildren(Lanes)
            exporter = window._exports._exporter
            if not boxes and window.playback is not None:
                window.playback.pause()  # on a busy machine, the next file would begin too early
            if not boxes and lanes.known_s > 0.5:
                assert isinstance(exporter, FileExporter)
                window._exports._boxes.add(exporter.start(ExportOptions(ExportKind.TABLE, written)))
            elif boxes and window.source_picker.place == "1/2":
                window.source_picker.skip(1)
            elif boxes and boxes[0].has_ended:
                texts.append(boxes[0].text)
                window.close()

    with watching(look):
        show(*(PlayRequest(str(path), provider="cpu", cached=False) for path in (video, SAMPLE)))
    assert texts == ["Exported written.csv"]
    assert written.read_bytes() == wanted.read_bytes()


def test_a_window_that_closes_early_caches_incomplete_detections(
    qtbot: QtBot, started: list[int], slowly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next window continues from them, with the same result as one run."""
    video = beginning(SAMPLE, tmp_path, 6)
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "once"))
    play_without_window([PlayRequest(str(video), provider="cpu")])
    (once,) = (DetectionLog.load(path) for path in (tmp_path / "once").glob("*.track"))
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "twice"))
    for until_s in (4.0, once[len(once) - 1].time_s - 0.01):
        timer = QTimer(QApplication.instance(), interval=20)

        def look(timer: QTimer = timer, until_s: float = until_s) -> None:
            for window in QApplication.topLevelWidgets():
                if isinstance(window, PlayerWindow) and window.isVisible():
                    (lanes,) = window.findChildren(Lanes)
                    if lanes.known_s > until_s:
                        timer.stop()
                        window.close()

        timer.timeout.connect(look)
        timer.start()
        show(PlayRequest(str(video), provider="cpu"))
    (twice,) = (DetectionLog.load(path) for path in (tmp_path / "twice").glob("*.track"))
    assert twice.complete and len(twice) == len(once)
    for one, other in zip(once, twice, strict=True):
        assert (one.index, one.time_s, one.cut, one.repeated) == (
            other.index,
            other.time_s,
            other.cut,
            other.repeated,
        )
        np.testing.assert_array_equal(one.detections.probabilities, other.detections.probabilities)
    assert started[0] == 0 and started[1] > 0.1 * len(once), "the second run continues the first"


def test_a_cached_file_opened_in_the_window_has_full_lanes_immediately(
    qtbot: QtBot, cached: None, tmp_path: Path
) -> None:
    copy = tmp_path / "again.mp4"
    copy.write_bytes(SAMPLE.read_bytes())
    titles: list[str] = []
    lanes: list[int] = []
    timer = QTimer(QApplication.instance(), interval=50)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            (shown,) = window.findChildren(Lanes)
            if len(shown.rows) < 6:
                return
            titles.append(window.windowTitle())
            lanes.append(len(shown.rows))
            if len(titles) == 1:
                window.source_picker.play_instead(str(copy))
            else:
                timer.stop()
                window.close()

    timer.timeout.connect(look)
    timer.start()
    show(PlayRequest(str(SAMPLE), provider="cpu"))
    assert titles == ["springfield.mp4 - simpsons-play", "again.mp4 - simpsons-play"]
    assert lanes == [6, 6]


def test_the_window_shows_the_chosen_characters_alone(qtbot: QtBot, cached: None) -> None:
    seen: list[tuple[set[str], set[str], str]] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            (lanes,), (cast,) = window.findChildren(Lanes), window.findChildren(CastPanel)
            members = {member.label for member in cast.members}
            if members and lanes.rows:
                seen.append((set(lanes.rows), members, window.status_text()[1]))
                window.close()

    # Homer is on the left and Bart on the right; the second time, the cached spans must be those of everyone.
    request = PlayRequest(str(SAMPLE), provider="cpu", start_s=13.5, only=frozenset({"bart_simpson"}))
    with watching(look):
        show(request)
        show(dataclasses.replace(request, only=None))
    assert len(seen) == 2
    assert seen[0][:2] == ({"bart_simpson"}, {"bart_simpson"}) and "only Bart Simpson" in seen[0][2]
    assert len(seen[1][0]) == 6 and {"homer_simpson", "bart_simpson"} <= seen[1][1]
    assert "only" not in seen[1][2]


def test_one_window_plays_several_sources(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    for name in COLOURS:
        cv2.imwrite(str(tmp_path / f"{name}.png"), flat(COLOURS[name], width=320, height=240))
    names = ["bart_simpson.png", "missing.png", "homer_simpson.png", "marge_simpson.png"]
    request = PlayRequest("", model=model, provider="cpu", close_at_end=True)
    seen: list[str] = []
    shapes: list[tuple[int, int]] = []
    timer = QTimer(QApplication.instance(), interval=30)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            if not seen or window.windowTitle() != seen[-1]:
                seen.append(window.windowTitle())
                shapes.append((window.width(), window.height()))
            if len(seen) == 1 and window.width() != 700:
                window.resize(700, 520)
                window.source_picker.skip(-1)
                assert "This is the first file." in window.status_text()[1]
            elif len(seen) == 3:
                qtbot.keyClicks(window, "<")
                return

    timer.timeout.connect(look)
    timer.start()
    with pytest.raises(SourceError, match="1 source could not be played"):
        show(*(request.of(str(tmp_path / name)) for name in names))
    timer.stop()
    assert seen == [
        "bart_simpson.png (1/4) - simpsons-play",
        "homer_simpson.png (3/4) - simpsons-play",
        "marge_simpson.png (4/4) - simpsons-play",
        "homer_simpson.png (3/4) - simpsons-play",
        "marge_simpson.png (4/4) - simpsons-play",
    ]
    assert shapes[1:] == [(700, 520)] * 4
    assert "missing.png" in capsys.readouterr().err


def test_a_source_that_fails_shows_the_welcome_page_or_ends_the_list(
    qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    picture = tmp_path / "bart.png"
    cv2.imwrite(str(picture), flat(COLOURS["bart_simpson"], width=320, height=240))
    template = PlayRequest("", model=model, provider="cpu", close_at_end=True, quiet=True)
    tried: list[str] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if (
                not isinstance(window, PlayerWindow)
                or not window.isVisible()
                or not window.findChildren(Welcome)
            ):
                continue
            if not tried:
                tried.append("http://127.0.0.1:9/none")
            elif len(tried) == 1:
                (banner,) = window.findChildren(ErrorBanner)
                assert "127.0.0.1" in banner.lines[0] and banner.isVisible()
                tried.append(str(picture))
            else:
                continue
            window.source_picker.play_instead(tried[-1])

    with watching(look):
        play_in_window([], template)
    assert len(tried) == 2 and capsys.readouterr().err.count("127.0.0.1") == 1
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(SourceError, match="1 source could not be played"):
        show(*(template.of(str(path)) for path in (picture, broken)))


def test_streams_that_do_not_answer_are_tried_once_and_end_the_list(qtbot: QtBot, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    picture = tmp_path / "bart.png"
    cv2.imwrite(str(picture), flat(COLOURS["bart_simpson"], width=320, height=240))
    template = PlayRequest("", model=model, provider="cpu", close_at_end=True, quiet=True)
    names = (str(picture), "http://127.0.0.1:9/1", "http://127.0.0.1:9/2")
    with pytest.raises(SourceError, match="2 sources could not be played"):
        show(*(template.of(name) for name in names))


@pytest.mark.parametrize("playing", [True, False])
def test_why_a_choice_cannot_be_played_stays_on_screen(
    playing: bool, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was played goes on, or the welcome page stays."""
    model = write_colour_model(tmp_path / "m.onnx")
    picture = tmp_path / "bart.png"
    cv2.imwrite(str(picture), flat(COLOURS["bart_simpson"], width=320, height=240))
    (tmp_path / "notes.txt").write_text("not a video")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.m3u").write_text("gone1.mp4\ngone2.mp4\n")
    choices = {
        str(tmp_path / "notes.txt"): "text file",
        str(tmp_path / "empty.mp4"): "is empty",
        str(tmp_path / "folder"): "contains no pictures or videos",
        str(tmp_path / "deleted.mp4"): "no such file",
        str(tmp_path / "broken.m3u"): "gone2.mp4",
        "http://127.0.0.1:9/none": "connection refused",
        "http://camera.invalid/1": "the host camera.invalid is unknown",
        "98": "camera 98",
    }
    left, chosen = list(choices), [""]

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            pages = [page for page in window.findChildren(Welcome) if page.isVisible()]
            at_rest = not pages and window.picture.frame is not None if playing else bool(pages)
            (banner,) = window.findChildren(ErrorBanner)
            if not at_rest or (chosen[0] and not banner.lines):
                continue
            if chosen[0]:
                (line,) = banner.lines
                assert choices[chosen[0]] in line and banner.isVisible()
                banner.clear()
            if not left:
                window.close()
                return
            chosen[0] = left.pop(0)
            window.source_picker.play_instead(chosen[0], typed=chosen[0] == "98")

    template = PlayRequest("", model=model, provider="cpu", quiet=True)
    with watching(look):
        play_in_window([template.of(str(picture))] if playing else [], template)
    assert not left
    assert capsys.readouterr().err.count("Error: ") == len(choices) + 1, "and is written to the terminal"


def test_ctrl_c_caches_the_detections_so_far(
    qtbot: QtBot, slowly: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path))

    def look() -> None:
        for lanes in (
            lanes for window in QApplication.topLevelWidgets() for lanes in window.findChildren(Lanes)
        ):
            if lanes.known_s > 2:
                signal.raise_signal(signal.SIGINT)

    with watching(look), pytest.raises(KeyboardInterrupt):
        show(PlayRequest(str(SAMPLE), provider="cpu"))
    (entry,) = DetectionCache().entries()
    assert not entry.complete


def test_without_a_source_the_window_waits_for_one(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    picture = tmp_path / "bart.png"
    cv2.imwrite(str(picture), flat(COLOURS["bart_simpson"], width=320, height=240))
    filters: list[str] = []

    def choose(*about: object) -> tuple[list[str], str]:
        filters.append(str(about[3]))
        return [str(picture)], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    titles: list[str] = []
    timer = QTimer(QApplication.instance(), interval=30)

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            if not titles or titles[-1] != window.windowTitle():
                titles.append(window.windowTitle())
            for button in window.findChildren(QPushButton):
                if button.text() == "Open files…":
                    button.click()

    timer.timeout.connect(look)
    timer.start()
    play.main(["--model", str(model), "--close-at-end", "-q"], standalone_mode=False)
    timer.stop()
    assert titles == ["simpsons-play", "bart.png - simpsons-play"] and len(filters) == 1
    assert "*.avi" in filters[0] and "*.m3u" in filters[0]


def test_pictures_of_a_folder_wait(qtbot: QtBot, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate(COLOURS):
        cv2.imwrite(str(folder / f"{number}.png"), flat(COLOURS[name], width=320, height=240))
    seen: list[str] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or window.playback is None:
                continue
            name = window.playback.picture_name
            if name and (not seen or seen[-1] != name):
                seen.append(name)
                assert not window.playback.playing
            preview = window.findChild(Preview)
            if name == "1.png" and preview.has_picture:
                window.close()
            elif name == "1.png":
                window._layout.controls.hovered.emit(0.5, "", QPoint(5, 0))
            elif name:
                qtbot.keyClick(window, Qt.Key.Key_Right)

    with watching(look):
        show(PlayRequest(str(folder), model=model, provider="cpu"))
    assert seen == ["0.png", "1.png"]


def test_qt_is_not_imported_while_models_are(tmp_path: Path) -> None:
    """PySide6 ends the process if another thread imports anything meanwhile."""
    code = (
        "import sys\n"
        "from simpsons_play.cli import play_windowed\n"
        "from simpsons_play.core.errors import ModelError\n"
        "from simpsons_play.core.play_request import PlayRequest\n"
        "def load(*of, **options):\n"
        "    raise ModelError(f\"shiboken6 is imported: {'shiboken6' in sys.modules}\")\n"
        "play_windowed.load_model = load\n"
        "assert 'shiboken6' not in sys.modules\n"
        "try:\n"
        "    play_windowed.play_in_window([], PlayRequest(''))\n"
        "except ModelError as error:\n"
        "    print(error)\n"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert ended.stdout == "shiboken6 is imported: True\n", ended.stderr
