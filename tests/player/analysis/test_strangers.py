"""Heads that nobody knows, grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import simpsons_play as sp
from simpsons_models import default_detector
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_tracks import HeadTrack, HeadTracks, head_tracks
from simpsons_play.analysis.known_heads import KnownHeads
from simpsons_play.analysis.session import KnownDetections, Session
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger, find_strangers, numbers_of
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.assets import sample_clip
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from simpsons_play.inference.loading import load_embedder
from tests.fakes import (
    DENSE,
    LABELS,
    FakeDetector,
    FakeSource,
    heads_of,
    write_embedder,
    write_head_model,
)
from tests.player.analysis.people import append_shot, face_of, log_of

OTTO, TROY, MOE, HOMER = "otto", "troy", "moe", "homer_simpson"
SHOTS = (
    [(OTTO, 10), (HOMER, 200)],
    [(TROY, 30)],
    [(OTTO, 150), (TROY, 20)],
    [(HOMER, 100)],
    [(OTTO, 60)],
)


def write_video(path: Path, images: Sequence[Image]) -> None:
    """Write images at 25 a second."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("mpeg4", rate=25, options={"qscale": "2"})
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = "yuv420p"
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode())


def tracks_in(log: DetectionLog) -> list[HeadTrack]:
    return list(head_tracks(log, DENSE, threshold=0.6))


def strangers_in(log: DetectionLog, edits: StrangerEdits | None = None) -> tuple[Stranger, ...]:
    return find_strangers(tracks_in(log), threshold=0.6, edits=edits)


def times_of(stranger: Stranger) -> list[tuple[float, float]]:
    return [(span.start_s, span.end_s) for span in stranger.spans]


def test_strangers_are_grouped_across_shots_longest_first() -> None:
    otto, troy = strangers_in(log_of(*SHOTS))
    assert (otto.label, troy.label) == ("unknown_1", "unknown_2")
    assert times_of(otto) == [(0.0, 2.0), (4.0, 6.0), (8.0, 9.75)]
    assert times_of(troy) == [(2.0, 4.0), (4.0, 6.0)]
    assert (otto.seconds, len(otto.appearances)) == (5.75, 3)
    assert (troy.seconds, len(troy.appearances)) == (4.0, 1), "joined across the cut"
    assert {span.side for span in otto.spans} == {"left", "middle"}


def test_portrait_is_the_best_look() -> None:
    log = log_of([(OTTO, 10)])
    append_shot(log, [(OTTO, 100)], side_px=90)
    append_shot(log, [(OTTO, 0)], side_px=95)  # at the border
    (otto,) = strangers_in(log)
    assert (otto.best_track.best.time_s, otto.best_track.best.box.width) == (2.0, 90)
    looks = otto.examples(4)
    assert [look.time_s for look in looks[:3]] == [2.0, 0.0, 4.0], "one of each shot first"
    assert len(looks) == 4 and len(otto.examples(100)) == 6


def test_two_heads_at_the_same_time_are_different_people() -> None:
    groups = strangers_in(log_of([(OTTO, 10), (OTTO, 200)], [(OTTO, 100)]))
    assert sorted(len(group.tracks) for group in groups) == [1, 2]


def test_one_head_found_twice_is_one_person() -> None:
    (otto,) = strangers_in(log_of([(OTTO, 10), (OTTO, 20)]))
    assert (otto.seconds, len(otto.tracks)) == (1.75, 2), "the time counts once"


def test_taught_characters_are_no_strangers() -> None:
    member = Member("otto_mann", examples=(Example(face_of(OTTO).astype(np.float32), b"o", "x"),))
    taught = TaughtNames(
        [member],
        model_labels=LABELS,
        references=face_of(HOMER).astype(np.float32)[None],
        reference_labels=[HOMER],
    )
    groups = find_strangers(tracks_in(log_of(*SHOTS)), threshold=0.6, taught=taught)
    assert [times_of(group)[0] for group in groups] == [(2.0, 4.0)]


def test_heads_that_are_seen_badly_or_for_a_moment_are_left_out() -> None:
    log = log_of([(OTTO, 10)])
    append_shot(log, [(TROY, 10)], side_px=20)
    append_shot(log, [(MOE, 100)], frames=2)
    append_shot(log, [])
    assert [len(group.tracks) for group in strangers_in(log)] == [1]
    append_shot(log, [(MOE, 100)], frames=2)
    append_shot(log, [])
    assert [len(group.tracks) for group in strangers_in(log)] == [1, 2], "a second look lists it"


def test_numbers_stay_while_the_analysis_goes_on() -> None:
    log, edits = log_of([(TROY, 10)]), StrangerEdits()
    tracks = HeadTracks(log, DENSE, threshold=0.6)

    def labels() -> list[tuple[str, float]]:
        while tracks.advance(3):
            pass
        nonlocal edits
        groups = find_strangers(tracks.tracks(), threshold=0.6, edits=edits)
        edits = edits.numbered(numbers_of(groups))
        return [(group.label, group.seconds) for group in groups]

    assert labels() == [("unknown_1", 1.75)]
    append_shot(log, [(OTTO, 10)], frames=12)
    assert labels() == [("unknown_2", 2.75), ("unknown_1", 2.0)]
    append_shot(log, [(MOE, 10)])
    append_shot(log, [(TROY, 10)])
    assert labels() == [("unknown_1", 3.75), ("unknown_2", 3.0), ("unknown_3", 2.0)]
    troy = find_strangers(tracks.tracks(), threshold=0.6, edits=edits)[0]
    assert [(span.start_s, span.end_s) for span in troy.spans] == [
        (0.0, 2.0),
        (7.0, 8.75),
    ]


def test_numbers_stay_when_others_are_named() -> None:
    otto, troy = strangers_in(log_of(*SHOTS))
    edits = StrangerEdits().numbered(numbers_of([otto, troy]))
    (left,) = find_strangers(troy.tracks, threshold=0.6, edits=edits)
    assert left.label == "unknown_2"
    (new,) = find_strangers(troy.tracks, threshold=0.6, edits=StrangerEdits().numbered(numbers_of([otto])))
    assert new.label == "unknown_2", "no number is given twice"


def test_tracks_are_the_same_however_the_log_grows() -> None:
    log = log_of(*SHOTS)
    growing = DetectionLog({})
    tracks = HeadTracks(growing, DENSE, threshold=0.6)
    for index in range(len(log)):
        growing.append(log[index])
        tracks.advance(1)
    found, expected = tracks.tracks(), tracks_in(log)
    assert [(t.key, t.start_s, t.end_s, t.beside) for t in found] == [
        (t.key, t.start_s, t.end_s, t.beside) for t in expected
    ]
    assert [t.key for t in expected] == ["0-1", "0-2", "8-1", "16-1", "16-2", "24-1", "32-1"]


def test_frames_between_samples_are_not_looked_at() -> None:
    log, sampled = log_of([(OTTO, 10)]), DetectionLog({})
    for index in range(len(log)):
        frame = log[index]
        sampled.append(
            type(frame)(index, frame.time_s, frame.size_px, frame.cut, False, frame.detections, index < 5)
        )
    (track,) = head_tracks(sampled, AnalysisConfig(), threshold=0.6)
    assert (track.start_s, track.end_s, len(track.looks)) == (0.0, 1.75, 2)


def test_merged_groups_stay_merged() -> None:
    log = log_of(*SHOTS)
    otto, troy = strangers_in(log)
    edits = StrangerEdits().merge(otto.keys | troy.keys)
    (both,) = strangers_in(log, edits)
    assert len(both.tracks) == 5 and both.seconds == 7.75, "both are seen at the same time in one shot"


def test_a_split_group_stays_split_until_it_is_merged_again() -> None:
    log = log_of(*SHOTS)
    otto, troy = strangers_in(log)
    wrong = {otto.tracks[-1].key}
    edits = StrangerEdits().split(wrong, rest=otto.keys - wrong)
    groups = strangers_in(log, edits)
    assert {group.keys for group in groups} == {troy.keys, frozenset(wrong), otto.keys - wrong}
    merged = edits.merge(otto.keys)
    assert {group.keys for group in strangers_in(log, merged)} == {otto.keys, troy.keys}
    assert merged.apart == ()


def test_strangers_of_several_videos_are_grouped_together() -> None:
    first, second = tracks_in(log_of([(OTTO, 10)], [(TROY, 10)])), tracks_in(log_of([(OTTO, 100)]))
    tracks = [track.within("1.avi", "0:") for track in first]
    tracks += [track.within("2.avi", "1:") for track in second]
    otto, troy = find_strangers(tracks, threshold=0.6)
    assert (otto.sources, troy.sources) == (("1.avi", "2.avi"), ("1.avi",))
    assert otto.seconds == 3.75, "at the same times, in different videos"
    assert [(span.start_s, span.end_s) for span in otto.within("2.avi").appearances] == [(0.0, 1.75)]
    edits = StrangerEdits().prefixed("0:") | StrangerEdits().merge([second[0].key]).prefixed("1:")
    assert edits.together == (frozenset({"1:0-1"}),)
    wrong = edits | StrangerEdits(apart=(("0:0-1", "1:0-1"),))
    assert len(find_strangers(tracks, threshold=0.6, edits=wrong)) == 3


def test_edits_are_stored_as_json() -> None:
    edits = StrangerEdits().merge(["1-1", "2-1", "3-1"]).split(["2-1"], rest=["1-1", "3-1"])
    edits = edits.numbered({"1-1": 2, "3-1": 2})
    assert StrangerEdits.from_json(edits.to_json()) == edits
    for wrong in (
        {},
        [],
        {"together": [[]], "apart": []},
        {"together": [], "apart": [["1"]]},
        {"together": [[1]], "apart": []},
        {"together": [], "apart": [], "numbers": {"1-1": 0}},
        {"together": [], "apart": [], "numbers": {"1-1": "1"}},
    ):
        with pytest.raises((ValueError, KeyError, TypeError)):
            StrangerEdits.from_json(wrong)


def test_suggestions_are_clear_or_missing() -> None:
    references = np.stack([face_of(HOMER), face_of("bart_simpson"), face_of(OTTO)]).astype(np.float32)
    (group,) = find_strangers(
        tracks_in(log_of([(OTTO, 10)])),
        threshold=0.6,
        known=KnownHeads(references, ["homer_simpson", "bart_simpson", "marge_simpson"]),
    )
    assert group.suggestion == "marge_simpson"
    for labels, rows in ((["homer_simpson", "bart_simpson"], [0, 1]), (["a", "b", "c"], [0, 2, 2])):
        (group,) = find_strangers(group.tracks, threshold=0.6, known=KnownHeads(references[rows], labels))
        assert group.suggestion is None


def test_a_log_without_embeddings_has_no_strangers() -> None:
    log = log_of([])
    assert strangers_in(log) == () and strangers_in(DetectionLog({})) == ()


def test_a_session_groups_the_strangers_in_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    log, network = log_of(*SHOTS), FakeDetector(lambda image: heads_of())
    network.path = Path(default_detector())
    source = FakeSource([np.zeros((240, 320, 3), np.uint8)])
    source._info = replace(source.info, path=sample_clip())

    def session(start_s: float = 0.0, only: frozenset[str] | None = None) -> Session:
        known = KnownDetections(log, start_s)
        return Session(source, network, DENSE, cache=False, known=known, only=only)

    otto, troy = session().strangers()
    cache = VideoCache(sample_clip(), network, regions="detect", config=DENSE)
    cache.store_edits(StrangerEdits().merge(otto.keys | troy.keys))
    assert [group.seconds for group in session().strangers()] == [7.75], "as the user has merged them"
    assert [group.seconds for group in session(start_s=4.0).strangers()] == [3.75, 2.0], "of a part: as found"
    assert session(only=frozenset({"homer_simpson"})).strangers() == ()


def test_strangers_of_files_are_found_by_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    red, blue = (40, 40, 220), (220, 40, 40)
    network = FakeDetector(lambda image: heads_of(((100.0, 60.0, 180.0, 140.0), None)))
    network.path = write_head_model(tmp_path / "heads.onnx")
    network.embedder = load_embedder(write_embedder(tmp_path / "embedder.onnx"), provider="cpu")
    paths = []
    for number, colours in enumerate([(red, blue), (red,)]):
        paths.append(tmp_path / f"{number}.avi")
        frames = []
        for shot, colour in enumerate(colours):
            frame = np.full((240, 320, 3), 30 + 150 * shot, np.uint8)
            frame[60:140, 100:180] = colour
            frames += [frame] * 30
        write_video(paths[-1], frames)
    seen, other = sp.strangers(*paths, model=network)
    assert (seen.label, seen.sources, len(seen.tracks)) == ("unknown_1", tuple(map(str, paths)), 2)
    assert (other.sources, other.suggestion, seen.suggestion) == ((str(paths[0]),), None, "red")
    runs = network.runs
    assert len(sp.strangers(*paths, model=network)) == 2 and network.runs == runs, "from the cache"
