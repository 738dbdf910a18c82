"""Sources one after the other, and what takes their place."""

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
    (tmp_path / "b.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("no video")
    return tmp_path


def play_queue(folder: Path, *names: str) -> tuple[PlayQueue, list[str]]:
    told: list[str] = []
    requests = [PlayRequest(str(folder / name)) for name in names]
    return PlayQueue(requests, TEMPLATE, tell=told.append), told


def name_of(one: PlayQueue) -> str:
    assert one.current is not None
    return Path(one.current.source).name


def test_goes_forth_and_back_and_passes_over_what_cannot_be_played_either_way(folder: Path) -> None:
    one, told = play_queue(folder, "a.png", "b.png", "c.png")
    assert (name_of(one), one.place) == ("a.png", (0, 3))
    (passed,) = one.step(1)
    assert (name_of(one), one.place) == ("c.png", (2, 3)) and "b.png" in passed
    assert len(one.step(-1)) == 1 and name_of(one) == "a.png"
    assert told == [passed] and one.unplayed == 1, "each is told once"


def test_stays_where_there_is_nothing_to_go_to(folder: Path) -> None:
    one, _ = play_queue(folder, "a.png", "b.png")
    with pytest.raises(SourceError, match="no previous source"):
        one.step(-1)
    with pytest.raises(SourceError, match=r"b\.png"):
        one.step(1)
    with pytest.raises(SourceError, match=r"notes\.txt"):
        one.play_instead([str(folder / "notes.txt")])
    assert name_of(one) == "a.png"


def test_what_is_chosen_takes_the_place_of_all_and_begins_at_its_beginning(folder: Path) -> None:
    one, _ = play_queue(folder)
    assert one.current is None and one.place == (0, 0)
    (passed,) = one.play_instead([str(folder / name) for name in ("b.png", "c.png", "d.png")])
    assert "b.png" in passed and one.place == (1, 3)
    assert one.current is not None and (one.current.start_s, one.current.duration_s) == (0.0, None)


def test_what_turns_out_not_to_be_playable_gives_way_to_what_follows_or_was_before(folder: Path) -> None:
    one, told = play_queue(folder, "a.png", "c.png")
    one.play_instead(["rtsp://camera.example/1", str(folder / "d.png")])
    assert one.give_up(SourceError("it does not answer")) and name_of(one) == "d.png"
    assert told == ["it does not answer"]
    assert not one.give_up(SourceError("gone")), "it is not gone back to what was given up"
    one.play_instead([str(folder / "c.png")])
    one.play_instead(["rtsp://camera.example/2"])
    assert one.give_up(SourceError("it does not answer")) and name_of(one) == "c.png"
    told = []
    requests = [PlayRequest(str(folder / "a.png")), PlayRequest("rtsp://camera.example/3")]
    one = PlayQueue(requests, TEMPLATE, tell=told.append)
    one.step(1)
    assert one.give_up(SourceError("dead")) and name_of(one) == "a.png" and told == ["dead"]
    one, _ = play_queue(folder, "a.png")
    assert not one.give_up(SourceError("gone")) and one.unplayed == 0
