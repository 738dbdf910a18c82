"""The queue of sources: moving, replacing, and giving up."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SourceError
from simpsons_play.sources.play_queue import PlayQueue
from tests.media import make_pictures

TEMPLATE = PlayRequest("", start_s=3.0, duration_s=9.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_pictures(tmp_path, ["a.png", "b.png", "c.png", "d.png"], size=(8, 8))
    (tmp_path / "b.png").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("not a video")
    return tmp_path


def play_queue(folder: Path, *names: str) -> tuple[PlayQueue, list[str]]:
    messages: list[str] = []
    requests = [PlayRequest(str(folder / name)) for name in names]
    return PlayQueue(requests, TEMPLATE, tell=messages.append), messages


def name_of(one: PlayQueue) -> str:
    assert one.current is not None
    return Path(one.current.source).name


def test_unplayable_sources_are_skipped_in_both_directions(folder: Path) -> None:
    one, messages = play_queue(folder, "a.png", "b.png", "c.png")
    assert (name_of(one), one.place) == ("a.png", (0, 3))
    (skipped,) = one.step(1)
    assert (name_of(one), one.place) == ("c.png", (2, 3)) and "b.png" in skipped
    assert len(one.step(-1)) == 1 and name_of(one) == "a.png"
    assert messages == [skipped] and one.unplayed == 1, "each is reported once"


def test_the_queue_does_not_move_if_no_other_source_can_be_played(folder: Path) -> None:
    one, _ = play_queue(folder, "a.png", "b.png")
    with pytest.raises(SourceError, match="no previous source"):
        one.step(-1)
    with pytest.raises(SourceError, match=r"b\.png"):
        one.step(1)
    with pytest.raises(SourceError, match=r"notes\.txt"):
        one.play_instead([str(folder / "notes.txt")])
    assert name_of(one) == "a.png"


def test_chosen_sources_replace_the_queue_and_play_from_the_start(folder: Path) -> None:
    one, _ = play_queue(folder)
    assert one.current is None and one.place == (0, 0)
    (skipped,) = one.play_instead([str(folder / name) for name in ("b.png", "c.png", "d.png")])
    assert "b.png" in skipped and one.place == (1, 3)
    assert one.current is not None and (one.current.start_s, one.current.duration_s) == (0.0, None)


def test_giving_up_moves_to_the_next_or_back_to_the_previous_source(folder: Path) -> None:
    one, messages = play_queue(folder, "a.png", "c.png")
    one.play_instead(["rtsp://camera.example/1", str(folder / "d.png")])
    assert one.give_up(SourceError("it does not answer")) and name_of(one) == "d.png"
    assert messages == ["it does not answer"]
    assert not one.give_up(SourceError("gone")), "it does not return to a source that was given up"
    one.play_instead([str(folder / "c.png")])
    one.play_instead(["rtsp://camera.example/2"])
    assert one.give_up(SourceError("it does not answer")) and name_of(one) == "c.png"
    messages = []
    requests = [PlayRequest(str(folder / "a.png")), PlayRequest("rtsp://camera.example/3")]
    one = PlayQueue(requests, TEMPLATE, tell=messages.append)
    one.step(1)
    assert one.give_up(SourceError("dead")) and name_of(one) == "a.png" and messages == ["dead"]
    one, _ = play_queue(folder, "a.png")
    assert not one.give_up(SourceError("gone")) and one.unplayed == 0
