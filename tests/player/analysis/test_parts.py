"""Videos in parts: the same values to the last bit as in one go."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.parallel import ParallelAnalyser, max_pending
from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import PartResult, PartsDiffer, analyse_part, join_parts, plan_parts
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sinks.report.thumbnails import Thumbnails
from simpsons_play.sources import VideoFile
from tests.fakes import DENSE, LABELS, FakeClassifier, FakeDetector, FakeEmbedder, FakeSink, heads_of
from tests.media import AVI, AVI_B, EVERY, MKV, TS, VFR, Recipe, make_video

COLOURS = ((200, 60, 60), (60, 200, 60), (60, 60, 200), (20, 20, 20))
PLAIN = Recipe("shots.mkv", options={"preset": "ultrafast", "g": "6", "sc_threshold": "0"}, rate=Fraction(25))
Shots = Sequence[tuple[int, int]]
"""The colour of each shot, and its number of frames."""


def see(image: Image) -> Detections:
    """A head at the bright square, with the name of the background."""
    left = float(image[:20].mean(axis=(0, 2)).argmax())
    background = image[30:, :, :3].mean(axis=(0, 1))
    name = LABELS[int(background.argmax())] if background.max() > 100 else None
    return heads_of(((left - 4, 0, left + 16, 20), name), score=0.5 + float(image.mean()) / 1000)


def probabilities(picture: Image) -> Probabilities:
    means = picture.mean(axis=(0, 1)) / 20
    return (np.exp(means) / np.exp(means).sum()).astype(np.float32)


def detector() -> Detector:
    found = FakeDetector(see)
    found.embedder = FakeEmbedder()  # type: ignore[assignment]
    found.fallback = FakeClassifier(probabilities)  # type: ignore[assignment]
    return found


def make_shots(folder: Path, shots: Shots, recipe: Recipe = PLAIN) -> Path:
    """A video of shots in which a bright square moves now and then."""
    colours = [COLOURS[colour] for colour, frames in shots for _ in range(frames)]

    def picture(number: int, size: tuple[int, int]) -> Image:
        image = np.full((size[1], size[0], 3), colours[number], np.uint8)
        left = number // 4 * 3 % 40
        image[2:18, left : left + 12] = 255
        return image

    folder.mkdir(exist_ok=True)
    return make_video(folder, replace(recipe, frames=len(colours), picture=picture))


def whole_log(video: Path, network: Classifier | Detector, config: AnalysisConfig) -> DetectionLog:
    """The log of an analysis in one go, without anything that knows of parts."""
    log, analyser = DetectionLog({}), Analyser(network, config)
    analyser.record(log)
    source = VideoFile(video)
    source.defer_images()
    with source:
        parallel = ParallelAnalyser(analyser, max_pending=max_pending(source.info))
        for frame in source:
            list(parallel.detect(frame))
        list(parallel.finish())
    assert not source.warnings
    return log


def in_parts(
    video: Path, network: Classifier | Detector, config: AnalysisConfig, parts: Sequence[Part]
) -> list[PartResult]:
    """The results of parts as another process returns them; the last part is analysed first."""
    results = [analyse_part(video, network, config, part) for part in reversed(parts)]
    return [pickle.loads(pickle.dumps(result)) for result in reversed(results)]


def assert_equal(joined: DetectionLog, expected: DetectionLog) -> None:
    assert len(joined) == len(expected) and joined.complete
    columns, others = joined.columns(), expected.columns()
    for name in (field.name for field in fields(columns)):
        column, other = getattr(columns, name), getattr(others, name)
        assert (column.dtype, column.shape) == (other.dtype, other.shape), name
        assert column.tobytes() == other.tobytes(), name


@settings(max_examples=25)
@given(
    shots=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), min_size=1, max_size=10),
    part_s=st.sampled_from([0.25, 0.5, 1.0]),
    is_dense=st.booleans(),
)
def test_joined_parts_are_the_whole(
    shots: Shots, part_s: float, is_dense: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    video = make_shots(tmp_path_factory.mktemp("shots"), shots)
    config, network = DENSE if is_dense else AnalysisConfig(), detector()
    parts = plan_parts(video, part_s=part_s)
    joined = join_parts(in_parts(video, network, config, parts), DetectionLog({}))
    expected = whole_log(video, network, config)
    assert_equal(joined, expected)
    frames = sum(frames for _, frames in shots)
    assert len(expected) == frames
    assert len(parts) > 1 or frames < 25 * 2 * part_s


@pytest.mark.parametrize("colours", [(0, 1, 2, 0), (0, 0, 1, 1), (0, 0, 0, 0)], ids=["cuts", "one", "none"])
def test_shots_that_go_on_for_several_parts_belong_to_the_first(
    colours: tuple[int, ...], tmp_path: Path
) -> None:
    video = make_shots(tmp_path, [(colour, 40) for colour in colours])
    parts = plan_parts(video, part_s=0.24)
    results = in_parts(video, detector(), AnalysisConfig(), parts)
    assert len(parts) > 20
    assert sum(len(result.columns) > 0 for result in results) == len(set(colours)) + (
        colours[0] == colours[3]
    ) - (colours[0] == colours[1] == colours[3])
    assert_equal(join_parts(results, DetectionLog({})), whole_log(video, detector(), AnalysisConfig()))


OPEN_GOPS = replace(
    PLAIN,
    name="open.ts",
    options={"preset": "ultrafast", "bf": "2", "x264-params": "open-gop=1:keyint=12:scenecut=0"},
)
INTERLACED = replace(
    PLAIN, name="woven.mkv", options={"preset": "ultrafast", "g": "12", "x264-params": "tff=1:scenecut=0"}
)


@pytest.mark.parametrize("recipe", [*EVERY, OPEN_GOPS, INTERLACED], ids=lambda recipe: recipe.name)
def test_any_container_codec_and_clock(recipe: Recipe, tmp_path: Path) -> None:
    shots = [(0, 9), (1, 14), (2, 3), (1, 8), (3, 14)]
    video = make_shots(tmp_path, shots, recipe)
    parts = plan_parts(video, part_s=0.5)
    joined = join_parts(in_parts(video, detector(), AnalysisConfig(), parts), DetectionLog({}))
    assert_equal(joined, whole_log(video, detector(), AnalysisConfig()))
    assert len(parts) >= 2


@pytest.mark.parametrize("regions", ["full", "halves"])
def test_a_classifier_of_crops(regions: str, tmp_path: Path) -> None:
    video = make_shots(tmp_path, [(0, 30), (1, 25), (2, 30)])
    network, config = FakeClassifier(probabilities), AnalysisConfig(regions=regions)
    network.title = "colours"  # type: ignore[attr-defined]
    results = in_parts(video, network, config, plan_parts(video, part_s=0.5))  # type: ignore[arg-type]
    expected = whole_log(video, network, config)  # type: ignore[arg-type]
    assert_equal(join_parts(results, DetectionLog({})), expected)


class _Thumbnails(FakeSink):
    def __init__(self) -> None:
        super().__init__()
        self.taken = Thumbnails(LABELS)

    def write(self, frame, result) -> None:  # type: ignore[no-untyped-def]
        self.taken.update(frame, result)
        self.written.append((result.time_s, result.cut, result.captions))  # type: ignore[arg-type]


def test_sinks_get_the_same_captions_and_pictures(tmp_path: Path) -> None:
    video = make_shots(tmp_path, [(0, 33), (1, 25), (0, 30), (2, 40), (1, 20)])
    network, config = detector(), AnalysisConfig()
    parts = plan_parts(video, part_s=0.5)
    whole, sinks = _Thumbnails(), [_Thumbnails() for _ in parts]
    analyse_part(video, network, config, Part(), sinks=[whole])
    for part, sink in zip(parts, sinks, strict=True):
        analyse_part(video, network, config, part, sinks=[sink])
    assert [row for sink in sinks for row in sink.written] == whole.written
    joined = Thumbnails.joined([sink.taken for sink in sinks], LABELS)
    for label in LABELS[:2]:
        for at in np.arange(0, 6, 0.2):
            assert joined.best(label, at, at + 1) == whole.taken.best(label, at, at + 1)
    assert len([at for at in range(6) if whole.taken.best(LABELS[0], at, at + 1)]) > 1


def test_a_video_of_which_a_part_only_is_interlaced_is_not_joined(tmp_path: Path) -> None:
    video = make_shots(tmp_path, [(0, 15), (1, 20), (2, 20)], INTERLACED)
    results = in_parts(video, detector(), AnalysisConfig(), plan_parts(video, part_s=0.5))
    assert len(results) > 2 and all(result.scans == {True} for result in results)
    mixed = [*results[:-1], replace(results[-1], scans=frozenset({False}))]
    with pytest.raises(PartsDiffer, match="interlaced"):
        join_parts(mixed, DetectionLog({}))


@pytest.fixture
def results(tmp_path: Path) -> list[PartResult]:
    video = make_shots(tmp_path, [(0, 10), (1, 20), (2, 20), (0, 25)])
    return in_parts(video, detector(), AnalysisConfig(), plan_parts(video, part_s=0.96))


def test_parts_that_saw_other_pictures_are_not_joined(results: list[PartResult]) -> None:
    head = results[1].head
    for changed in (
        replace(head, checksums=head.checksums ^ 1),
        replace(head, times_s=head.times_s + 0.04),
        replace(head, checksums=head.checksums[1:], times_s=head.times_s[1:] + 0.04),
    ):
        with pytest.raises(PartsDiffer, match="pictures differ"):
            join_parts([results[0], replace(results[1], head=changed), *results[2:]], DetectionLog({}))


def test_a_cut_that_one_part_misses_is_noticed(results: list[PartResult]) -> None:
    empty = replace(results[1], columns=DetectionLog({}).columns())
    with pytest.raises(PartsDiffer):
        join_parts([results[0], empty, *results[2:]], DetectionLog({}))
    last = replace(results[-1], columns=DetectionLog({}).columns())
    with pytest.raises(PartsDiffer, match="only in one"):
        join_parts([*results[:-1], last], DetectionLog({}))


@pytest.mark.parametrize("missing", [0, 1, -1])
def test_no_part_may_be_missing(missing: int, results: list[PartResult]) -> None:
    del results[missing]
    with pytest.raises(ValueError, match="missing"):
        join_parts(results, DetectionLog({}))


def test_a_damaged_file_is_not_joined_but_can_be_analysed_as_one_part(tmp_path: Path) -> None:
    video = make_shots(tmp_path, [(0, 25), (1, 25), (2, 25), (1, 25)])
    parts = plan_parts(video, part_s=0.5)
    data = bytearray(video.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    video.write_bytes(data)
    with pytest.raises(PartsDiffer):
        join_parts(in_parts(video, detector(), AnalysisConfig(), parts), DetectionLog({}))
    (alone,) = in_parts(video, detector(), AnalysisConfig(), [Part()])
    assert alone.warnings
    assert len(join_parts([alone], DetectionLog({}))) == len(alone.columns)


@pytest.mark.parametrize("recipe", [AVI, AVI_B, MKV, TS, VFR], ids=lambda recipe: recipe.name)
def test_a_truncated_file_is_not_joined(recipe: Recipe, tmp_path: Path) -> None:
    """Its parts would not say what is missing as the whole does, or a part would not be readable at all."""
    video = make_shots(tmp_path, [(0, 12), (1, 12), (2, 12), (3, 12)], recipe)
    parts = plan_parts(video, part_s=0.5)
    data = video.read_bytes()
    video.write_bytes(data[: 2 * len(data) // 3])
    try:
        joined = join_parts(in_parts(video, detector(), AnalysisConfig(), parts), DetectionLog({}))
    except PartsDiffer:
        return
    # Of some formats, nobody can tell that the end is missing.
    assert_equal(joined, whole_log(video, detector(), AnalysisConfig()))
