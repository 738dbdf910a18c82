"""Strangers while a video is analysed, and what users change about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.analysis.background_strangers import BackgroundStrangers
from simpsons_play.analysis.cache import DetectionCache
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_tracks import HeadTracks
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.core.errors import DetectionLogError
from tests.fakes import DENSE
from tests.player.analysis.people import append_shot, log_of
from tests.waiting import wait_until

OTTO, TROY = "otto", "troy"


def background(log: DetectionLog, **options: object) -> BackgroundStrangers:
    tracks = HeadTracks(log, DENSE, threshold=0.6)
    return BackgroundStrangers(tracks, settings=lambda: (0.6, None), **options)  # type: ignore[arg-type]


def labelled(strangers: BackgroundStrangers) -> dict[str, frozenset[str]]:
    return {group.label: group.keys for group in strangers.groups()}


def test_groups_follow_the_log() -> None:
    log = log_of([(OTTO, 10)])
    with background(log) as strangers:
        wait_until(lambda: len(strangers.groups()) == 1)
        before = strangers.groups()
        append_shot(log, [(TROY, 10)], frames=20)
        wait_until(lambda: len(strangers.groups()) == 2)
        assert [group.label for group in strangers.groups()] == ["unknown_2", "unknown_1"]
        assert strangers.groups() is not before and strangers.groups() is strangers.groups()


def test_another_threshold_groups_again() -> None:
    log, threshold = log_of([("homer_simpson", 10)]), 0.6
    tracks = HeadTracks(log, DENSE, threshold=0.6)
    with BackgroundStrangers(tracks, settings=lambda: (threshold, None)) as strangers:
        threshold = 0.95
        wait_until(lambda: len(strangers.groups()) == 1)


def test_moved_tracks_stay_where_they_are_and_are_stored() -> None:
    log, stored = log_of([(OTTO, 10)], [(OTTO, 10)], [(TROY, 100)]), list[StrangerEdits]()
    with background(log, store=stored.append) as strangers:
        wait_until(lambda: len(strangers.groups()) == 2)
        otto, troy = strangers.groups()
        strangers.regroup({otto.tracks[1].key}, troy.keys)
        wait_until(lambda: troy.keys not in {group.keys for group in strangers.groups()})
        assert {group.keys for group in strangers.groups()} == {
            frozenset({otto.tracks[0].key}),
            frozenset({otto.tracks[1].key, troy.tracks[0].key}),
        }
        strangers.regroup({otto.tracks[1].key}, ())
        wait_until(lambda: len(strangers.groups()) == 3)
    with background(log, edits=stored[-1]) as strangers:
        wait_until(lambda: len(strangers.groups()) == 3)


def test_what_was_merged_and_split_is_taken_back_with_its_numbers() -> None:
    log = log_of([(OTTO, 10)], [(OTTO, 10)], [(TROY, 100)], [("moe_szyslak_", 10)])
    log.complete = True
    with background(log) as strangers:
        wait_until(lambda: len(strangers.groups()) == 3)
        states = [labelled(strangers)]
        otto, troy, _ = strangers.groups()
        for keys, onto in ((troy.keys, otto.keys), ({otto.tracks[0].key}, ())):
            strangers.regroup(keys, onto)
            wait_until(lambda: labelled(strangers) != states[-1])
            states.append(labelled(strangers))
        while len(states) > 1:
            states.pop()
            strangers.undo()
            wait_until(lambda: labelled(strangers) == states[-1])


def test_numbers_are_those_of_a_whole_log_once_it_is_complete_and_stay() -> None:
    log, stored = log_of([(OTTO, 10)]), list[StrangerEdits]()
    with background(log, store=stored.append) as strangers:
        wait_until(lambda: len(strangers.groups()) == 1)
        append_shot(log, [(TROY, 10)], frames=20)
        wait_until(lambda: [group.label for group in strangers.groups()] == ["unknown_2", "unknown_1"])
        log.complete = True
        wait_until(lambda: [group.label for group in strangers.groups()] == ["unknown_1", "unknown_2"])
        first = labelled(strangers)
    with background(log, edits=stored[-1]) as strangers:
        wait_until(lambda: labelled(strangers) == first)


def test_an_error_is_raised_where_the_groups_are_read() -> None:
    def fail() -> tuple[float, None]:
        raise ZeroDivisionError

    with BackgroundStrangers(HeadTracks(log_of(), DENSE, threshold=0.6), settings=fail) as strangers:
        strangers._thread.join()
        with pytest.raises(ZeroDivisionError):
            strangers.groups()


def test_edits_are_kept_beside_the_cached_detections(tmp_path: Path) -> None:
    cache, key = DetectionCache(tmp_path), "0" * 64
    edits = StrangerEdits().merge(["0-1", "8-1"])
    assert cache.load_edits(key) == StrangerEdits()
    cache.store_edits(key, edits)
    cache.forget(key)
    assert cache.load_edits(key) == edits, "the same tracks are found again"
    (tmp_path / f"{key}.strangers").write_text('{"together": 3}')
    assert cache.load_edits(key) == StrangerEdits()
    cache.clear()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(DetectionLogError):
        DetectionCache(tmp_path / "file").store_edits(key, edits)
