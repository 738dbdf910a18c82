"""Pictures of recent sources: stored when a source is left, and removed with it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import (
    NETWORK,
    FakeAnalysis,
    FakePlayQueue,
    ListSource,
    draw_square,
    number_of,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.recent import RecentSources
from simpsons_play.window.shell.recent_pictures import RecentPictures, pictures_folder
from tests.player.window.new_user import new_user_fixture  # noqa: F401 - as `new_user`

PICTURE = np.full((18, 32, 3), 200, np.uint8)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, new_user: None) -> Path:
    return tmp_path / "cache" / "recent"


def watch(qtbot: QtBot, source: str) -> None:
    """Play a source, pause on frame 7 and close the window."""
    analysis = FakeAnalysis()
    window = PlayerWindow(corrections=Path("x"), play_queue=FakePlayQueue())
    qtbot.addWidget(window)
    window.session.open_source(source, analysis, draw=draw_square, network=NETWORK, times=StageTimes())
    window.show()
    window.session.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(48))))
    qtbot.waitUntil(lambda: len(analysis.frames) > 2)
    assert window.playback is not None
    window.playback.pause()
    window.playback.seek(7 / 24000 * 1001)
    qtbot.waitUntil(lambda: analysis.frames[-1].index == 7)
    window.close()


def test_the_frame_on_screen_is_stored_when_a_source_is_left(
    qtbot: QtBot, tmp_path: Path, folder: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.touch()
    watch(qtbot, str(clip))
    (stored,) = folder.iterdir()
    picture = RecentSources().pictures.load(str(clip))
    assert picture is not None and picture.shape == (240, 320, 3) and number_of(picture) == 7
    assert "clip" not in stored.name


def test_no_name_of_a_picture_tells_an_address(qtbot: QtBot, folder: Path) -> None:
    watch(qtbot, "rtsp://user:secret@camera.example/1")
    (stored,) = folder.iterdir()
    assert stored.suffix == ".jpg" and not {"user", "secret", "camera"} & set(stored.stem.split("-"))
    assert "secret" not in stored.name


def test_cameras_have_no_picture(qtbot: QtBot, folder: Path) -> None:
    watch(qtbot, "0")
    assert not folder.exists()


def test_pictures_of_sources_that_fall_out_of_the_list_are_removed(folder: Path) -> None:
    recent = RecentSources()
    names = [f"http://camera.example/{number}" for number in range(12)]
    for name in names:
        recent.add(name)
        recent.pictures.store(name, PICTURE)
    (folder / "notes.txt").write_text("not ours")
    recent.add(names[-1])
    assert len(recent.sources()) == 10
    known = [recent.pictures.load(name) is not None for name in names]
    assert known == [False] * 2 + [True] * 10
    assert len(list(folder.iterdir())) == 11, "files of others stay"
    recent.clear()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_an_empty_variable_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", "")
    assert pictures_folder() is None
    pictures = RecentPictures(pictures_folder())
    pictures.store("a.mp4", PICTURE)
    pictures.keep([])
    assert pictures.load("a.mp4") is None


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_damaged_pictures_and_unwritable_folders_are_ignored(content: bytes, folder: Path) -> None:
    pictures = RecentPictures(folder)
    pictures.store("a.mp4", PICTURE)
    (stored,) = folder.iterdir()
    stored.write_bytes(content)
    assert pictures.load("a.mp4") is None
    blocked = RecentPictures(stored / "below a file")
    blocked.store("a.mp4", PICTURE)
    blocked.keep([])
    assert blocked.load("a.mp4") is None and os.listdir(folder) == [stored.name]
