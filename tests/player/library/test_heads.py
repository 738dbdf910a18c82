"""The tables of the sample clip, with the included models: heads, their tracks and their boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simpsons_play as sp
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.box_path import PROBABILITY_TOLERANCE, TOLERANCE
from simpsons_play.library.episode_analysis import analyse_episode
from simpsons_play.library.store import LibraryStore
from tests.films import rows_of

EPISODE = "c" * 32


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    settings = AnalysisSettings(provider="cpu", cached=False)
    analysed = analyse_episode(Path(sp.sample_clip()), settings.load_network(), settings)
    store = LibraryStore(tmp_path_factory.mktemp("library") / "l")
    store.create()
    store.write(EPISODE, analysed.files)
    return store


@pytest.fixture(scope="module")
def frames():
    return list(sp.analyze(sp.sample_clip(), provider="cpu", cache=False))


def test_appearances_are_those_of_a_timeline(store):
    timeline = sp.timeline(sp.sample_clip(), provider="cpu", cache=False)
    rows = rows_of(store, EPISODE, "appearances")
    assert [(row["label"], row["start_s"], row["end_s"], row["side"]) for row in rows] == [
        (one.label, one.start_s, one.end_s, one.side) for one in timeline.appearances()
    ]
    totals = {row["label"]: row["seconds"] for row in rows_of(store, EPISODE, "screen_times")}
    assert totals == {total.label: total.seconds for total in timeline.totals()}


def test_screen_times_lie_within_their_bands(store):
    for row in rows_of(store, EPISODE, "screen_times"):
        assert 0 <= row["seconds_least"] <= row["seconds"] <= row["seconds_most"]


def test_each_head_of_an_appearance_is_a_track_with_that_name(store):
    tracks = {row["track"]: row for row in rows_of(store, EPISODE, "tracks")}
    shots = {row["shot"]: row for row in rows_of(store, EPISODE, "shots")}
    for appearance in rows_of(store, EPISODE, "appearances"):
        assert appearance["tracks"]
        for name in appearance["tracks"]:
            track = tracks[name]
            shot = shots[track["shot"]]
            assert track["label"] == appearance["label"]
            assert shot["start_s"] <= track["start_s"] < track["end_s"] <= shot["end_s"] + 1e-6
            assert name.startswith(f"{track['shot']}-")


def test_embeddings_are_unit_vectors(store):
    embeddings = [row["embedding"] for row in rows_of(store, EPISODE, "tracks") if row["embedding"]]
    assert embeddings
    assert np.linalg.norm(np.array(embeddings), axis=1) == pytest.approx(1.0, abs=2e-3)


def test_the_caption_of_every_frame_can_be_drawn_from_the_boxes(store, frames):
    """At each time, the same names, at the same places, as the player shows."""
    boxes = [(row["label"], box) for row in rows_of(store, EPISODE, "appearances") for box in row["boxes"]]
    (episode,) = rows_of(store, EPISODE, "episodes")
    tolerance_px = TOLERANCE * episode["width"] + 1e-6
    for frame in frames:
        at_time = [(label, box) for label, box in boxes if box["time_s"] <= frame.time_s < box["until_s"]]
        assert sorted(label for label, _ in at_time) == sorted(caption.label for caption in frame.captions)
        for caption in frame.captions:
            drawn = [_at(box, boxes, frame.time_s) for label, box in at_time if label == caption.label]
            region = caption.region.box
            true = np.array([region.x_min, region.y_min, region.x_max, region.y_max])
            assert min(np.abs(found[:4] - true).max() for found in drawn) <= tolerance_px
            assert min(abs(found[4] - caption.probability) for found in drawn) <= PROBABILITY_TOLERANCE + 1e-6


def _at(box, boxes, time_s):
    """Sides and probability at a time, on the way to the next box of the same track."""

    def values(one):
        return np.array([one["x_min"], one["y_min"], one["x_max"], one["y_max"], one["probability"]])

    after = next(
        (other for _, other in boxes if other["track"] == box["track"] and other["time_s"] == box["until_s"]),
        None,
    )
    if after is None:
        return values(box)
    share = (time_s - box["time_s"]) / (box["until_s"] - box["time_s"])
    return values(box) + share * (values(after) - values(box))


def test_every_appearance_has_a_picture(store):
    pictures = {row["appearance"]: row for row in rows_of(store, EPISODE, "thumbnails")}
    for appearance in rows_of(store, EPISODE, "appearances"):
        picture = pictures[appearance["appearance"]]
        assert picture["label"] == appearance["label"]
        assert appearance["start_s"] <= picture["time_s"] < appearance["end_s"]
