"""Adding videos to a library, with a model that names colours."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.library.adding import AddSummary, add_videos
from simpsons_play.library.api import Library
from simpsons_play.library.engine import JobDone, JobFailed, JobStarted
from simpsons_play.library.episode_analysis import analyse_episode, episode_id
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.schema import TABLES
from simpsons_play.library.store import LibraryStore
from simpsons_play.library.video_files import video_files
from tests.films import BART, HOMER, MARGE, colour_settings, content_of, film, rows_of
from tests.media import AVI


class SameProcess:
    """An engine that analyses one video after the other in this process, and counts them."""

    def __init__(self):
        self.done = []

    def run(self, jobs, settings):
        network = settings.load_network()
        for job in jobs:
            yield JobStarted(job)
            self.done.append(job.video.name)
            try:
                analysed = analyse_episode(job.video, network, settings)
            except Exception as error:
                yield JobFailed(job, str(error))
            else:
                yield JobDone(job, analysed.files, analysed.warnings)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    film(folder / "Season 4" / "S04E01 First.mp4", [BART, HOMER, None, BART])
    film(folder / "Season 4" / "S04E02 Second.mp4", [MARGE, MARGE, HOMER], seed=1)
    film(folder / "three.avi", [None, BART, None], recipe=AVI, seed=2)
    return folder


@pytest.fixture
def settings(tmp_path):
    return colour_settings(tmp_path)


@pytest.fixture
def store(tmp_path):
    return LibraryStore(tmp_path / "library")


def test_each_video_becomes_an_episode_with_all_tables(films, settings, store):
    summary = add_videos(store, [str(films)], settings, SameProcess())
    assert summary == AddSummary(added=3)
    (first, *_) = [e for e in store.episodes() if rows_of(store, e.episode_id, "episodes")[0]["season"] == 4]
    assert {path.stem for path in (store.folder / "episodes" / first.episode_id).iterdir()} == set(TABLES)


def test_the_tables_say_who_is_on_screen_when(films, settings, store):
    video = films / "Season 4" / "S04E01 First.mp4"
    add_videos(store, [str(video)], settings, SameProcess())
    found = episode_id(video)
    (episode,) = rows_of(store, found, "episodes")
    assert (episode["title"], episode["season"], episode["episode"]) == ("S04E01 First", 4, 1)
    assert (episode["duration_s"], episode["frames"], episode["rate"]) == (4.0, 100, "25")
    assert (episode["width"], episode["height"], episode["path"]) == (96, 64, str(video))
    appearances = [
        (row["appearance"], row["label"], row["start_s"], row["end_s"])
        for row in rows_of(store, found, "appearances")
    ]
    assert appearances == [(1, BART, 0.0, 1.0), (2, HOMER, 1.0, 2.0), (3, BART, 3.0, 4.0)]
    shots = [
        (row["shot"], row["start_s"], row["end_s"], row["frames"]) for row in rows_of(store, found, "shots")
    ]
    assert shots == [(1, 0.0, 1.0, 25), (2, 1.0, 2.0, 25), (3, 2.0, 3.0, 25), (4, 3.0, 4.0, 25)]
    times = {row["label"]: (row["seconds"], row["share"]) for row in rows_of(store, found, "screen_times")}
    assert times == {BART: (2.0, 0.5), HOMER: (1.0, 0.25)}
    thumbnails = rows_of(store, found, "thumbnails")
    assert [(row["appearance"], row["label"]) for row in thumbnails] == [(1, BART), (2, HOMER), (3, BART)]
    assert all(row["jpeg"].startswith(b"\xff\xd8") for row in thumbnails)


def test_what_is_done_is_skipped_whatever_it_is_called(films, settings, store, tmp_path):
    add_videos(store, [str(films)], settings, SameProcess())
    copied = shutil.copy(films / "three.avi", tmp_path / "another name.avi")
    engine, events = SameProcess(), []
    summary = add_videos(store, [str(films), str(copied)], settings, engine, tell=events.append)
    assert (summary.added, summary.skipped, engine.done) == (0, 4, [])
    assert [event.reason for event in events if event.kind == "skipped"] == ["it is in the library"] * 4


def test_a_video_given_twice_is_analysed_once(films, settings, store, tmp_path):
    copied = shutil.copy(films / "three.avi", tmp_path / "copy.avi")
    engine = SameProcess()
    summary = add_videos(store, [str(films / "three.avi"), str(copied)], settings, engine)
    assert (summary.added, summary.skipped, engine.done) == (1, 1, ["three.avi"])


def test_other_settings_analyse_again_only_on_request(films, settings, store, tmp_path):
    video = str(films / "three.avi")
    add_videos(store, [video], settings, SameProcess())
    sure = colour_settings(tmp_path, threshold=0.9)
    assert add_videos(store, [video], sure, SameProcess()).outdated == 1
    (stored,) = store.episodes()
    assert rows_of(store, stored.episode_id, "episodes")[0]["threshold"] == pytest.approx(0.6)
    assert add_videos(store, [video], sure, SameProcess(), update=True).added == 1
    (stored,) = store.episodes()
    assert rows_of(store, stored.episode_id, "episodes")[0]["threshold"] == 0.9


def test_a_moved_video_is_followed(films, settings, store, tmp_path):
    before = shutil.copy(films / "three.avi", tmp_path / "before.avi")
    add_videos(store, [str(before)], settings, SameProcess())
    after = tmp_path / "shows" / "S02E03 After.avi"
    after.parent.mkdir()
    shutil.move(before, after)
    engine = SameProcess()
    summary = add_videos(store, [str(after)], settings, engine)
    assert (summary.moved, engine.done) == (1, [])
    (stored,) = store.episodes()
    (row,) = rows_of(store, stored.episode_id, "episodes")
    assert (row["path"], row["title"], row["season"]) == (str(after), "S02E03 After", 2)
    assert len(rows_of(store, stored.episode_id, "appearances")) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_of_undecodable_bytes_can_be_added_moved_and_removed(films, settings, store, tmp_path):
    names = [os.fsdecode(os.fsencode(tmp_path) + name) for name in (b"/a\xff.avi", b"/b\xfe.avi")]
    shutil.copy(films / "three.avi", names[0])
    assert add_videos(store, names[:1], settings, SameProcess()).added == 1
    again = add_videos(store, names[:1], settings, SameProcess())
    assert (again.skipped, again.moved) == (1, 0)
    shutil.move(*names)
    assert add_videos(store, names[1:], settings, SameProcess()).moved == 1
    assert [title for _, title in Library(store.location).matching(names[1:])] == ["b\ufffd"]


def test_what_cannot_be_read_is_told_and_stops_nothing(films, settings, store, tmp_path):
    broken, empty = tmp_path / "broken.mp4", tmp_path / "empty"
    broken.write_bytes(b"\0" * 4096)
    empty.mkdir()
    events = []
    names = [
        str(tmp_path / "gone.mp4"),
        str(broken),
        str(empty),
        "https://host/a.mp4",
        str(films / "three.avi"),
    ]
    summary = add_videos(store, names, settings, SameProcess(), tell=events.append)
    assert (summary.added, summary.failed) == (1, 4)
    assert {event.video for event in events if event.kind == "failed"} == set(names[:4])
    assert all(event.reason for event in events if event.kind == "failed")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_in_a_folder_is_no_video(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "film.mp4").write_bytes(b"a video")
    assert video_files([str(tmp_path)], fail=pytest.fail) == [tmp_path / "film.mp4"]


def test_a_truncated_video_is_added_with_a_warning(films, settings, store, tmp_path):
    whole = (films / "three.avi").read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole[: len(whole) // 2])
    events = []
    summary = add_videos(store, [str(cut)], settings, SameProcess(), tell=events.append)
    assert (summary.added, summary.incomplete) == (1, 1)
    (stored,) = store.episodes()
    assert "ends early" in rows_of(store, stored.episode_id, "episodes")[0]["warnings"][0]


def test_a_folder_with_other_files_is_not_made_a_library(films, settings, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(LibraryError, match="contains other files"):
        add_videos(LibraryStore(tmp_path), [str(films)], settings, SameProcess())
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "library.json").exists()


@pytest.mark.slow
def test_processes_make_the_same_tables_as_one(films, settings, tmp_path):
    stores = [LibraryStore(tmp_path / name) for name in ("plain", "one", "two")]
    for store, engine in zip(stores, (SameProcess(), LocalEngine(1), LocalEngine(2)), strict=True):
        assert add_videos(store, [str(films)], settings, engine).added == 3
    plain, one, two = map(content_of, stores)
    assert plain
    assert one == plain
    assert two == plain


def test_a_process_that_is_killed_costs_one_retry(films, settings, store, monkeypatch):
    """The first process ends as soon as it is given a video; another one does the work."""
    lost = []
    real = LocalEngine.run

    class Killer(LocalEngine):
        def run(self, jobs, settings):
            from simpsons_play.library import local_engine

            give = local_engine.give_job

            def give_and_kill(process, job):
                give(process, job)
                if not lost and hasattr(job, "video"):
                    lost.append(job.video.name)
                    process.kill()

            monkeypatch.setattr(local_engine, "give_job", give_and_kill)
            yield from real(self, jobs, settings)

    events = []
    summary = add_videos(store, [str(films / "three.avi")], settings, Killer(1), tell=events.append)
    assert lost == ["three.avi"]
    assert summary == AddSummary(added=1)
    assert [event.kind for event in events if event.kind != "progress"] == [
        "checked",
        "started",
        "started",
        "added",
    ]


def test_a_video_that_kills_every_process_fails_alone(films, settings, store, monkeypatch):
    from simpsons_play.library import local_engine

    give = local_engine.give_job

    def give_and_kill(process, job):
        give(process, job)
        if getattr(job, "video", Path()).name == "three.avi":
            process.kill()

    monkeypatch.setattr(local_engine, "give_job", give_and_kill)
    events = []
    summary = add_videos(store, [str(films)], settings, LocalEngine(1), tell=events.append)
    assert (summary.added, summary.failed) == (2, 1)
    (failed,) = [event for event in events if event.kind == "failed"]
    assert "its process was ended by SIGKILL" in failed.reason


def test_a_model_that_is_missing_ends_the_run(films, store, tmp_path):
    settings = colour_settings(tmp_path)
    os.remove(tmp_path / "colours.onnx")
    with pytest.raises(Exception, match=r"colours\.onnx"):
        add_videos(store, [str(films)], settings, LocalEngine(1))
