import itertools
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.cache import DetectionCache, default_folder
from simpsons_play.analysis.cache_key import key_of
from simpsons_play.analysis.detection_log import DetectionLog, read_about
from simpsons_play.analysis.replay import Replay
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.timelines.spans import Span
from simpsons_play.tracking.postprocess import make_postprocessor
from tests.fakes import (
    COLOURS,
    DENSE,
    GREY,
    LABELS,
    FakeDetector,
    analyse_all,
    flat,
    heads_of,
    write_model_with_data,
)

LEFT, RIGHT = (4.0, 2.0, 20.0, 18.0), (30.0, 4.0, 50.0, 40.0)


def see(image: Image) -> Detections:
    if image[0, 0].max() < 100:
        return heads_of()
    return heads_of((LEFT, "bart_simpson"), (RIGHT, "marge_simpson" if image[0, 0, 2] else None))


FRAMES = [
    Frame(flat(colour), i, Fraction(i, 25))
    for i, colour in enumerate([COLOURS["homer_simpson"]] * 3 + [GREY] * 2 + [COLOURS["marge_simpson"]] * 3)
]


def looked_at() -> tuple[DetectionLog, list, FakeDetector]:
    detector, log = FakeDetector(see), DetectionLog({"source": "a.avi", "model": "fake.onnx"})
    analyser = Analyser(detector, DENSE)
    analyser.record(log)
    return log, analyse_all(analyser, FRAMES), detector


def replay(log: DetectionLog, threshold: float = 0.6) -> list:
    again = Replay(log, make_postprocessor(LABELS, DENSE, regions="detect", threshold=threshold))
    return analyse_all(again, FRAMES)


def test_a_cached_log_gives_the_same_results(tmp_path: Path) -> None:
    log, results, detector = looked_at()
    runs = detector.runs
    log.save(tmp_path / "a.track")
    loaded = DetectionLog.load(tmp_path / "a.track")
    assert replay(loaded) != [] and [str(a) for a in replay(loaded)] == [str(a) for a in results]
    assert loaded.about == log.about
    assert read_about(tmp_path / "a.track") == {
        **log.about,
        "complete": False,
        "frames": len(log),
    }
    assert detector.runs == runs == 3 and sum(s.repeated for s in map(loaded.__getitem__, range(8))) == 5


def test_another_threshold_runs_no_model() -> None:
    log, results, detector = looked_at()
    assert [len(a.captions) for a in results] == [1, 1, 1, 0, 0, 2, 2, 2]
    assert [len(a.captions) for a in replay(log, 0.97)] == [0] * 8
    assert detector.runs == 3


def test_a_log_of_another_video_is_refused() -> None:
    log, _, _ = looked_at()
    again = Replay(log, make_postprocessor(LABELS, DENSE, regions="detect", threshold=0.6))
    with pytest.raises(DetectionLogError, match="--no-cache"):
        again.update(Frame(flat(GREY), 3, Fraction(5, 25)))
    with pytest.raises(DetectionLogError, match="--no-cache"):
        again.update(Frame(flat(GREY), 8, Fraction(8, 25)))


rows = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=12)


@settings(max_examples=30)
@given(rows, st.booleans())
def test_a_saved_log_loads_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, rows: list, parts: bool
) -> None:
    random = np.random.default_rng(1)
    log = DetectionLog({"source": "b"})
    for i, (count, cut, repeated) in enumerate(rows):
        columns = [random.random((count, *shape), np.float32) for shape in ((4,), (), (5,))]
        detections = Detections(*columns, random.random((3, 5), np.float32) if parts else None)
        if repeated and i:
            detections = log[i - 1].detections
        log.append(FrameDetections(i, i / 23.976, (7, 9), cut, repeated, detections, sampled=i % 3 == 0))
    path = tmp_path_factory.mktemp("track") / "b.track"
    log.save(path)
    loaded = DetectionLog.load(path)
    assert len(loaded) == len(log)
    for i in range(len(log)):
        one, other = log[i], loaded[i]
        for name in ("index", "time_s", "size_px", "cut", "repeated", "sampled"):
            assert getattr(one, name) == getattr(other, name)
        for name in ("boxes", "scores", "probabilities"):
            np.testing.assert_array_equal(getattr(one.detections, name), getattr(other.detections, name))
        assert (other.detections.crop_probabilities is not None) == parts
        if parts:
            np.testing.assert_array_equal(
                one.detections.crop_probabilities, other.detections.crop_probabilities
            )


@pytest.mark.parametrize("cached", [False, True])
def test_a_part_of_a_log_grows_and_the_whole_does_not(tmp_path: Path, cached: bool) -> None:
    log, _, _ = looked_at()
    log.save(tmp_path / "a.track")
    whole = DetectionLog.load(tmp_path / "a.track") if cached else log
    part = whole.until(3)
    assert len(part) == 3 and not part.complete
    for i in range(3, len(whole)):
        part.append(whole[i])
    assert len(part) == len(whole) == len(log)
    for i in range(len(whole)):
        assert part[i].time_s == whole[i].time_s and part[i].cut == whole[i].cut
        np.testing.assert_array_equal(part[i].detections.boxes, log[i].detections.boxes)
    assert len(whole.until(0)) == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_truncated_files_are_removed(tmp_path: Path, share: float) -> None:
    log, _, _ = looked_at()
    cache = DetectionCache(tmp_path)
    cache.store("a" * 64, log)
    (entry,) = cache.entries()
    entry.path.write_bytes(entry.path.read_bytes()[: int(share * entry.size_bytes)])
    with pytest.raises(DetectionLogError, match="damaged"):
        DetectionLog.load(entry.path)
    assert cache.load("a" * 64) is None and list(cache.entries()) == []


def test_every_damaged_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    log, results, _ = looked_at()
    log.save(tmp_path / "a.track")
    whole = (tmp_path / "a.track").read_bytes()
    for at in range(0, len(whole), 11):
        (tmp_path / "b.track").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            loaded = DetectionLog.load(tmp_path / "b.track")
        except DetectionLogError:
            continue
        assert [str(a) for a in replay(loaded)] == [str(a) for a in results]


def test_a_full_disk_keeps_the_old_file_and_leaves_no_partial_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, _, _ = looked_at()
    cache = DetectionCache(tmp_path)
    cache.store("a", log)

    def full(self: DetectionLog, path: Path) -> None:
        path.write_bytes(b"PK half a track")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DetectionLog, "save", full)
    for key in "ab":
        with pytest.raises(DetectionLogError, match="no space left on device"):
            cache.store(key, log)
    assert [path.name for path in tmp_path.iterdir()] == ["a.track"] and cache.load("a") is not None


def test_the_least_recently_used_log_is_removed_first(tmp_path: Path) -> None:
    log, _, _ = looked_at()
    DetectionCache(tmp_path).store("a" * 64, log)
    size = (tmp_path / f"{'a' * 64}.track").stat().st_size
    cache = DetectionCache(tmp_path, limit_bytes=3 * size)
    for i, key in enumerate("abc"):
        cache.store(key * 64, log)
        os.utime(tmp_path / f"{key * 64}.track", (i, i))
    assert cache.load("a" * 64) is not None
    old, new = (tmp_path / f"{'e' * 64}-{process}.part" for process in (1, 2))
    old.write_bytes(b"killed")
    os.utime(old, (0, 0))
    new.write_bytes(b"at work")
    cache.store("d" * 64, log)
    left = [*(f"{key * 64}.track" for key in "acd"), new.name]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    assert [entry.source for entry in cache.entries()] == ["a.avi"] * 3
    assert cache.clear() == 3 and list(tmp_path.iterdir()) == []


def key_at(video: Path, model: Path, **changes: object) -> str:
    settings = {"regions": "detect", "min_score": 0.3, "every": 4, "sample_s": 0.0, **changes}
    return key_of(video, [model], **settings)  # type: ignore[arg-type]


def test_keys_depend_on_content_not_on_names(tmp_path: Path) -> None:
    video, model = tmp_path / "v.avi", tmp_path / "m.onnx"
    content = bytes(range(256)) * 40_000  # longer than what is read of it
    video.write_bytes(content)
    model.write_bytes(b"network")
    key = key_at(video, model)
    video = video.rename(tmp_path / "other.avi")
    assert key_at(video, model) == key and len(key) == 64
    others = [
        key_at(video, model, regions="full"),
        key_at(video, model, min_score=0.2),
        key_at(video, model, every=5),
        key_at(video, model, sample_s=0.33),
        key_at(video, model, sample_s=0.5),
    ]
    video.write_bytes(content[:-1] + b"x")
    others.append(key_at(video, model))
    video.write_bytes(content + b"x")
    others.append(key_at(video, model))
    video.write_bytes(content)
    model.write_bytes(b"Network")
    others.append(key_at(video, model))
    assert all(a != b for a, b in itertools.combinations([key, *others], 2))


def test_keys_depend_on_all_files_of_a_playlist(tmp_path: Path) -> None:
    folder, model = tmp_path / "a", tmp_path / "m.onnx"
    folder.mkdir()
    model.write_bytes(b"network")
    listed = folder / "list.ffconcat"
    listed.write_text("ffconcat version 1.0\nfile one.ts\nfile two.ts\n")

    def key() -> str:
        return key_at(listed, model)

    keys = [key()]
    for name, content in (("one.ts", b"\x00film"), ("two.ts", b"\x00end"), ("two.ts", b"\x00END")):
        (folder / name).write_bytes(content)
        keys.append(key())
    assert all(len(one) == 64 for one in keys) and len(set(keys)) == len(keys)
    listed.write_text("ffconcat version 1.0\nfile two.ts\nfile one.ts\n")
    assert key() not in keys
    folder = folder.rename(tmp_path / "b")
    listed = folder / "list.ffconcat"
    keys.append(key())
    listed.write_text("ffconcat version 1.0\nfile http://host/one.ts\n")
    assert key() == "", "nobody knows what lies there"


def test_keys_depend_on_external_weights(tmp_path: Path) -> None:
    video, model = tmp_path / "v.avi", write_model_with_data(tmp_path / "m.onnx", tmp_path / "m.data")
    video.write_bytes(b"RIFF\x00")
    before = key_at(video, model)
    (tmp_path / "m.data").write_bytes(b"\x00\x00\x80\x3f")
    assert key_at(video, model) != before


def test_the_environment_variable_names_the_folder_or_turns_the_cache_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("SIMPSONS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() is not None
    monkeypatch.setenv("SIMPSONS_CACHE", "")
    cache = DetectionCache()
    log, _, _ = looked_at()
    cache.store("a", log)
    assert default_folder() is None and cache.load("a") is None and cache.clear() == 0


SPANS = (Span("bart_simpson", "left", 0.0, 1.5), Span("marge_simpson", "right", 0.25, 3.0))


def test_spans_are_stored_with_the_log_and_removed_with_it(tmp_path: Path) -> None:
    cache, key = DetectionCache(tmp_path), "a" * 64
    assert cache.load_spans(key, made_by="0.7") is None
    cache.store(key, looked_at()[0])
    cache.store_spans(key, SPANS, made_by="0.7")
    assert cache.load_spans(key, made_by="0.7") == SPANS
    assert cache.load_spans(key, made_by="0.8") is None, "another threshold"
    assert len(list(cache.entries())) == 1
    cache.forget(key)
    assert list(tmp_path.iterdir()) == []


def test_damaged_spans_are_ignored(tmp_path: Path) -> None:
    cache, key = DetectionCache(tmp_path), "a" * 64
    cache.store_spans(key, SPANS, made_by="0.7")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for i in range(10, len(whole)):  # the name and the time in the header of gzip are nobody's
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1 :])
        assert cache.load_spans(key, made_by="0.7") in (None, SPANS)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert cache.load_spans(key, made_by="0.7") is None


def test_an_incomplete_log_replaces_only_a_shorter_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    video, network = tmp_path / "a.avi", FakeDetector(see)
    network.path = tmp_path / "m.onnx"
    for path in (video, network.path):
        path.write_bytes(b"\x00" * 999)
    cache = VideoCache(video, network, regions="detect", config=AnalysisConfig())
    log, _, _ = looked_at()
    for frames in (4, 2, len(log) - 1):
        cache.store(log.until(frames))
        begun, _ = cache.load_or_begin()
        assert cache.load() is None and len(begun) < max(4, frames)
    assert DetectionCache().frames(cache._key) == len(log) - 1
    cache.store_spans((), made_by="a")
    assert cache.load_spans(made_by="a") is None, "not all of it is known"
    log.complete = True
    cache.store(log)
    cache.store(log.until(len(log) - 1))
    assert cache.load() is not None
    cache.store_spans((), made_by="a")
    assert cache.load_spans(made_by="a") == ()


def test_crop_probabilities_are_in_all_frames_or_in_none() -> None:
    log = DetectionLog({})
    detections = heads_of(((1, 1, 9, 9), LABELS[0]))
    log.append(FrameDetections(0, 0.0, (9, 9), True, False, detections))
    both = replace(detections, crop_probabilities=np.ones((3, 3), np.float32))
    with pytest.raises(ValueError, match="some of the frames"):
        log.append(FrameDetections(1, 0.1, (9, 9), False, False, both))


def test_a_cache_in_a_folder_with_other_files_removes_only_its_own(tmp_path: Path) -> None:
    others = [tmp_path / name for name in ("film.mkv.part", "run.track", "x.spans")]
    for other in others:
        other.write_bytes(b"mine")
        os.utime(other, (0, 0))
    DetectionCache(tmp_path).clear()
    assert all(other.exists() for other in others)


def test_an_unreadable_folder_is_an_empty_cache(tmp_path: Path) -> None:
    tracks = DetectionCache(tmp_path / ("x" * 300))
    assert tracks.load("a" * 64) is None and tracks.frames("a" * 64) == 0
