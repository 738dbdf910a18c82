from __future__ import annotations

import json
import os
import shutil
import time

import numpy as np
import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.library import schema
from simpsons_play.library.store import LibraryStore
from tests.benchmarks.season import episode_files

IDS = ("a" * 32, "b" * 32)


def files(number: int = 0):
    return episode_files(IDS[0], number, np.random.default_rng(number), minutes=1)


@pytest.fixture
def store(tmp_path):
    store = LibraryStore(tmp_path / "library")
    store.create()
    return store


def test_an_episode_appears_whole(store):
    store.write(IDS[0], files())
    assert [episode.episode_id for episode in store.episodes()] == [IDS[0]]
    for table in schema.TABLES:
        assert store.read(IDS[0], table).schema.equals(schema.schemas()[table])


def test_an_episode_that_cannot_be_written_does_not_appear(store):
    with pytest.raises(KeyError):
        store.write(IDS[0], {schema.TRACKS: b""})
    assert store.episodes() == []
    assert list((store.folder / ".incoming").iterdir()) == []


def test_replacing_changes_the_stamp_and_leaves_nothing_behind(store):
    store.write(IDS[0], files(1))
    before = store.episodes()
    store.write(IDS[0], files(2))
    after = store.episodes()
    assert [one.episode_id for one in after] == [IDS[0]]
    assert after != before
    assert store.read(IDS[0], schema.EPISODES).to_pylist()[0]["episode"] == 3
    assert list((store.folder / ".incoming").iterdir()) == []


def test_removing_an_episode_leaves_the_others(store):
    for episode_id in IDS:
        store.write(episode_id, files())
    store.remove(IDS[0])
    store.remove(IDS[0])
    assert [episode.episode_id for episode in store.episodes()] == [IDS[1]]


def test_what_a_killed_process_left_is_removed_after_a_while(store):
    old, new = (store.folder / ".incoming" / name for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 7200,) * 2)
    store.create()
    assert (old.exists(), new.exists()) == (False, True)


def test_files_that_are_not_ours_are_no_episodes(store):
    (store.folder / "episodes" / "notes").mkdir(parents=True)
    (store.folder / "episodes" / "thumbs.db").write_text("")
    assert store.episodes() == []


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (None, "is not a library; `simpsons library add FILES --library"),
        ("{}", "is not that of a library"),
        ("nonsense", "is not that of a library"),
        (json.dumps({"format": "simpsons-play library", "version": 99}), "later version"),
    ],
)
def test_what_is_no_library_is_told(tmp_path, about, message):
    if about is not None:
        (tmp_path / "library.json").write_text(about)
    with pytest.raises(LibraryError, match=message):
        LibraryStore(tmp_path).open()


def test_an_unknown_kind_of_address_is_told():
    with pytest.raises(LibraryError, match="x3://bucket is not a place for a library"):
        LibraryStore("x3://bucket")


def test_an_address_without_a_bucket_is_no_place():
    with pytest.raises(LibraryError, match="is not a place for a library"):
        LibraryStore("s3://").open()


def test_a_library_that_was_deleted_meanwhile_is_not_half_made_again(store):
    shutil.rmtree(store.folder)
    with pytest.raises(LibraryError, match="is gone"):
        store.write(IDS[0], files())
    assert not store.folder.exists()
