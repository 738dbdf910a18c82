"""The queue of sources: moving, replacing, and giving up."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.play_request import PlayRequest
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


def name_of(queue: PlayQueue) -> str:
    assert queue.current is not None
    return Path(queue.current.source).name


def test_unplayable_sources_are_skipped_in_both_directions(folder: Path) -> None:
    queue, messages = play_queue(folder, "a.png", "b.png", "c.png")
    assert (name_of(queue), queue.place) == ("a.png", (0, 3)) and queue.has_next
    (skipped,) = queue.step(1)
    assert (name_of(queue), queue.place) == ("c.png", (2, 3)) and "b.png" in skipped
    assert len(queue.step(-1)) == 1 and name_of(queue) == "a.png"
    assert messages == [skipped] and queue.unplayed == 1, "each is reported once"


def test_the_queue_does_not_move_if_no_other_source_can_be_played(folder: Path) -> None:
    queue, _ = play_queue(folder, "a.png", "b.png")
    with pytest.raises(SourceError, match=r"^This is the first file\.$"):
        queue.step(-1)
    with pytest.raises(SourceError, match=r"^This is the last file\.$"):
        queue.step(2)
    with pytest.raises(SourceError, match=r"b\.png"):
        queue.step(1)
    with pytest.raises(SourceError, match=r"notes\.txt"):
        queue.play_instead([str(folder / "notes.txt")])
    assert name_of(queue) == "a.png"


def test_chosen_sources_replace_the_queue_and_play_from_the_start(folder: Path) -> None:
    queue, _ = play_queue(folder)
    assert queue.current is None and queue.place == (0, 0)
    with pytest.raises(SourceError, match=r"^Open a file first\.$"):
        queue.step(1)
    (skipped,) = queue.play_instead([str(folder / name) for name in ("b.png", "c.png", "d.png")])
    assert "b.png" in skipped and queue.place == (1, 3)
    assert queue.current is not None and (queue.current.start_s, queue.current.duration_s) == (0.0, None)


def test_giving_up_moves_to_the_next_or_back_to_the_previous_source(folder: Path) -> None:
    queue, messages = play_queue(folder, "a.png", "c.png")
    queue.play_instead(["rtsp://camera.example/1", str(folder / "d.png")])
    assert queue.give_up(SourceError("it does not answer")) and name_of(queue) == "d.png"
    assert messages == ["it does not answer"]
    assert queue.give_up(SourceError("gone")) and name_of(queue) == "a.png", "what was played before"
    assert queue.give_up(SourceError("gone")) and name_of(queue) == "c.png"
    assert not queue.give_up(SourceError("gone")), "it does not return to a source that was given up"
    queue.play_instead([str(folder / "c.png")])
    queue.play_instead(["rtsp://camera.example/2"])
    assert queue.give_up(SourceError("it does not answer")) and name_of(queue) == "c.png"
    messages = []
    requests = [PlayRequest(str(folder / "a.png")), PlayRequest("rtsp://camera.example/3")]
    queue = PlayQueue(requests, TEMPLATE, tell=messages.append)
    queue.step(1)
    assert queue.give_up(SourceError("dead")) and name_of(queue) == "a.png" and messages == ["dead"]
    assert not queue.has_next, "playing on by itself, it would try a dead stream again and again"
    queue, _ = play_queue(folder)
    queue.play_instead([str(folder / "a.png")])
    queue.play_instead([str(folder / "c.png")])
    assert queue.give_up(SourceError("gone")) and name_of(queue) == "a.png"
    assert queue.give_up(SourceError("gone")) and queue.current is None, "the window stays open"
    queue, _ = play_queue(folder, "a.png")
    assert not queue.give_up(SourceError("gone")) and queue.unplayed == 0


def test_giving_up_returns_to_the_picture_or_moment_that_was_left(folder: Path) -> None:
    for source in (folder / "a.png", folder):
        queue, _ = play_queue(folder, "c.png")
        queue.play_instead([str(source)])
        queue.play_instead(["rtsp://camera.example/1"])
        queue.left_at(2.0)
        assert queue.give_up(SourceError("it does not answer"))
        assert queue.current is not None
        assert (queue.current.source, queue.current.start_s) == (str(source), 2.0)
