"""Heads are named in a real window: the names are in the whole video at once, in others, and in exports."""

from __future__ import annotations

import csv
import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.cast.examples import jpeg
from tests.strangers import draw_shot, write_strangers
from tests.waiting import PATIENCE_S

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.members import Example
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.cli.play_windowed import play_in_window
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import use_colours, use_display_names
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.loading import load_embedder
from simpsons_play.window import ExportKind, ExportOptions
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.presenter import Presenter
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.head_outline import HeadOutline
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.naming_dialog import NamingDialog

SCREENSHOTS = Path(
    os.environ.get("SIMPSONS_SCREENSHOTS", Path(__file__).parents[3] / "build" / "screenshots")
)
LEFT = Qt.MouseButton.LeftButton
STRANGER, HOMER = Box(242, 99, 386, 302), Box(271, 84, 404, 300)
"""Heads in the first and in the second shot."""


OTTO = [("otto_mann", 0), ("homer_simpson", 1), ("otto_mann", 2), ("bart_simpson", 3), ("otto_mann", 4)]
"""Who is on screen, and from which second on, when the stranger who comes back is called Otto."""

Script = Generator[Callable[[], object], None, None]
"""What a user does; yields conditions to wait for."""


@pytest.fixture(scope="module", name="clip")
def clip_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_strangers(tmp_path_factory.mktemp("clip") / "strangers.mp4")


@pytest.fixture(name="request_")
def request_fixture(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayRequest]:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    yield PlayRequest(
        str(clip),
        provider="cpu",
        cast=tmp_path / "cast.json",
        corrections=tmp_path / "corrections",
        quiet=True,
    )
    use_display_names({})
    use_colours({})


def _line_of(script: Script) -> int:
    """Where a script waits."""
    while script.gi_yieldfrom is not None:
        script = script.gi_yieldfrom
    return script.gi_frame.f_lineno


def rows_of(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text().splitlines()))


class User:
    """Plays a request in a window, and does what a script says."""

    def __init__(self, *requests: PlayRequest) -> None:
        self._requests, self._template = requests, requests[0]

    @property
    def window(self) -> PlayerWindow:
        (window,) = (
            w for w in QApplication.topLevelWidgets() if isinstance(w, PlayerWindow) and w.isVisible()
        )
        return window

    @property
    def presenter(self) -> Presenter:
        return self.window.findChildren(Presenter)[-1]

    @property
    def dialog(self) -> NamingDialog | None:
        dialog = QApplication.activeModalWidget()
        return dialog if isinstance(dialog, NamingDialog) else None

    @property
    def analysed(self) -> bool:
        """Whether the video is analysed, and its first frames are on screen."""
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, PlayerWindow) and w.isVisible()]
        found = windows and windows[0].findChildren(Presenter)
        return bool(found and found[-1]._frame is not None and getattr(found[-1]._analysis, "done", True))

    def names(self) -> list[tuple[str, int]]:
        """Who is on screen, and in which second that begins."""
        return [(span.label, round(span.start_s)) for span in self.presenter._analysis.timeline().spans]

    def drawn(self) -> list[str]:
        result = self.presenter._shown_for(self.presenter._frame)
        return [caption.label for caption in result.captions] if result else []

    def seek(self, time_s: float) -> Callable[[], bool]:
        self.presenter._transport.seek_to(time_s)
        return lambda: (
            abs(self.presenter._frame.time_s - time_s) < 0.2
            and self.presenter._result_for(self.presenter._frame)
        )

    def place(self, box: Box) -> QPoint:
        return self.window.picture.place_of(box).center()

    def hover(self, box: Box) -> None:
        for place in (QPoint(1, 1), self.place(box)):
            QTest.mouseMove(self.window.picture, place)

    def click(self, box: Box) -> None:
        self.hover(box)
        QTest.mouseClick(self.window.picture, LEFT, pos=self.place(box))

    def type(self, text: str) -> None:
        """Type into the dialog, and press Enter."""
        QTest.keyClicks(self.dialog._text, text)
        QTest.keyClick(self.dialog._text, Qt.Key.Key_Return)

    def press(self, key: str) -> None:
        QTest.keyClicks(self.window, key)

    def undo(self) -> None:
        self.window._undo.trigger()

    @property
    def outline(self) -> HeadOutline:
        return self.window._layout.outline

    @property
    def lanes(self) -> Lanes:
        (lanes,) = self.window.findChildren(Lanes)
        return lanes

    @property
    def message(self) -> str:
        return self.window.status_text()[1]

    def save(self, name: str, typed: Sequence[str] = ()) -> None:
        """Save a screenshot of the dialog, after some text is typed, or of the window."""
        for text in typed:
            QTest.keyClicks(self.dialog._text, text)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        (self.dialog or self.window).grab().save(str(SCREENSHOTS / name))

    def follows(self, script: Script) -> None:
        """Play until the script ends."""
        conditions: list[Callable[[], object]] = [lambda: self.analysed]
        until, failed = [time.monotonic() + PATIENCE_S], list[BaseException]()
        busy = False

        def step() -> None:
            nonlocal busy
            if busy or failed:
                return
            busy = True
            try:
                assert time.monotonic() < until[-1], f"waited in vain, in line {_line_of(script)}"
                if conditions[-1]():
                    conditions.append(next(script))
                    until.append(time.monotonic() + PATIENCE_S)
            except StopIteration:
                timer.stop()
                self.window.close()
            except BaseException as error:  # Qt would only print it
                failed.append(error)
                timer.stop()
                self.window.close_without_asking()
            finally:
                busy = False

        timer = QTimer(QApplication.instance(), interval=20)
        timer.timeout.connect(step)
        timer.start()
        try:
            play_in_window(self._requests, self._template)
        finally:
            timer.stop()
        if failed:
            raise failed[0]


def test_a_stranger_is_named_everywhere_with_three_letters(
    qtbot: QtBot, request_: PlayRequest, tmp_path: Path
) -> None:
    """The name is in the picture, lanes, panel and report, and undo takes it back."""
    file = CastFile(tmp_path / "cast.json")
    embedder = load_embedder(provider="cpu")
    elsewhere = Example(np.eye(1, embedder.dimensions, dtype=np.float32)[0], jpeg(1), "other.mp4")
    file.update(lambda cast: cast.teach("otto_mann", [elsewhere], embedder=embedder.id))
    user = User(request_)

    def script() -> Script:
        user.window.resize(1100, 800)
        user.press(" ")
        before = user.names()
        assert before == [("homer_simpson", 1), ("bart_simpson", 3)]
        yield user.seek(0.25)
        user.hover(STRANGER)
        assert user.outline.tip == "Click to name"
        user.save("hover.png")
        user.click(STRANGER)
        yield lambda: user.dialog
        user.save("naming.png", ("ott",))
        user.type("")
        yield lambda: not user.dialog
        assert (user.names(), user.drawn()) == (OTTO, ["otto_mann"]), user.message
        assert user.message.startswith("Otto Mann: 3 appearances in this video. Undo: Ctrl+Z")
        (saved,) = (tmp_path / "corrections" / "characters" / "otto_mann").iterdir()
        assert saved.name.startswith("strangers-00000.") and saved.suffix == ".png"
        yield user.seek(4.5)
        assert user.drawn() == ["otto_mann"]
        (panel,) = user.window.findChildren(CastPanel)
        yield lambda: "otto_mann" in panel._portraits
        assert "otto_mann" in [member.label for member in panel.members]
        assert "otto_mann" in user.lanes.rows
        user.save("named.png")
        job = user.window._exports._exporter.start(ExportOptions(ExportKind.REPORT, tmp_path / "report"))
        yield lambda: job.progress().state.is_final
        rows = rows_of(tmp_path / "report" / "appearances.csv")
        assert [row["label"] for row in rows].count("otto_mann") == 3
        assert "Otto Mann" in (tmp_path / "report" / "index.html").read_text()
        assert user.window._undo.text() == "Undo: Taught Otto Mann from 1 picture"
        panel.label_clicked.emit("otto_mann")
        assert user.presenter.selected == "otto_mann"
        user.undo()
        assert user.names() == before and user.drawn() == []
        assert user.message == "Undone: Taught Otto Mann from 1 picture"
        assert "otto_mann" not in user.lanes.rows and len(file.load()["otto_mann"].examples) == 1
        user.undo()
        assert file.load().labels == () and not user.window._undo.isEnabled()
        assert user.presenter.selected is None, "nobody has this name any more"

    user.follows(script())
    assert not list((tmp_path / "corrections" / "characters" / "otto_mann").iterdir())


def test_a_new_character_is_known_in_other_videos_too(
    qtbot: QtBot, request_: PlayRequest, clip: Path, tmp_path: Path
) -> None:
    """In the next one in the same window, and in a run without a window."""
    other = tmp_path / "other.mp4"
    shutil.copy(clip, other)
    user = User(request_, dataclasses.replace(request_, source=str(other)))

    def script() -> Script:
        user.press(" ")
        yield user.seek(0.25)
        user.click(STRANGER)
        yield lambda: user.dialog
        user.type("Otto Mann")
        yield lambda: user.names() == OTTO
        user.press(">")
        yield lambda: user.window.windowTitle().startswith("other.mp4")
        yield lambda: user.analysed
        assert user.names() == OTTO

    user.follows(script())
    play_without_window([dataclasses.replace(request_, report=tmp_path / "report")])
    rows = rows_of(tmp_path / "report" / "appearances.csv")
    assert [row["label"] for row in rows].count("otto_mann") == 3


def test_wrong_names_are_corrected_and_taken_away(
    qtbot: QtBot, request_: PlayRequest, tmp_path: Path
) -> None:
    """Homer is really Otto, is really Barney, is nobody; each change is undone in turn."""
    user = User(request_)

    def name(text: str) -> Script:
        user.click(HOMER)
        yield lambda: user.dialog
        user.type(text)
        yield lambda: not user.dialog

    def second() -> list[str]:
        return [label for label, start_s in user.names() if start_s == 1]

    def script() -> Script:
        user.press(" ")
        yield user.seek(1.25)
        user.hover(HOMER)
        assert user.outline.tip == "Homer Simpson: click to correct" and user.drawn() == ["homer_simpson"]
        yield from name("otto mann")
        assert second() == user.drawn() == ["otto_mann"]
        yield user.seek(1.75)
        assert user.drawn() == ["otto_mann"]
        yield from name("barney")
        assert second() == user.drawn() == ["barney"]
        yield from name("nob")
        assert second() == user.drawn() == [] and "No name for this head" in user.message
        for expected in (["barney"], ["otto_mann"], ["homer_simpson"]):
            user.undo()
            assert second() == user.drawn() == expected

    user.follows(script())
    assert CastFile(tmp_path / "cast.json").load().labels == ()


def test_a_cast_that_cannot_be_used_is_told_and_not_overwritten(
    qtbot: QtBot, request_: PlayRequest, tmp_path: Path
) -> None:
    """The window plays without it, and what was named is still saved for training."""
    cast = tmp_path / "cast.json"
    cast.write_text("{broken")
    user = User(request_)

    def script() -> Script:
        (banner,) = user.window.findChildren(ErrorBanner)
        assert "cast.json is not a cast file, or is damaged" in banner.lines[0] and len(banner.lines) == 1
        user.press(" ")
        assert user.names() == [("homer_simpson", 1), ("bart_simpson", 3)]
        yield user.seek(0.25)
        user.click(STRANGER)
        yield lambda: user.dialog
        user.type("Otto Mann")
        yield lambda: not user.dialog
        assert "cast.json is not a cast file" in user.message and "Saved for training" in user.message

    user.follows(script())
    assert cast.read_text() == "{broken"
    assert list((tmp_path / "corrections" / "characters" / "otto_mann").iterdir())


def test_pictures_are_taught_like_frames(qtbot: QtBot, request_: PlayRequest, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, frame in ((0, 0), (1, 0), (4, 6)):
        cv2.imwrite(str(folder / f"{number}.png"), draw_shot(number, frame))
    user = User(dataclasses.replace(request_, source=str(folder)))

    def script() -> Script:
        yield lambda: user.presenter._heads()
        user.click(STRANGER)
        yield lambda: user.dialog
        user.type("Otto Mann")
        yield lambda: user.drawn() == ["otto_mann"]
        user.press(">")
        yield lambda: user.presenter._frame.name == "1.png" and user.drawn() == ["homer_simpson"]
        user.press(">")
        yield lambda: user.presenter._frame.name == "4.png" and user.drawn() == ["otto_mann"]

    user.follows(script())
    (example,) = CastFile(tmp_path / "cast.json").load()["otto_mann"].examples
    assert (example.source, example.time_s) == ("0.png", None)
