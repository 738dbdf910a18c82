"""Which heads are embedded, and where the embeddings are kept."""

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_looks import HeadLooks
from simpsons_play.analysis.log_columns import LogColumns
from simpsons_play.analysis.parallel import ParallelAnalyser
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections
from tests.fakes import COLOURS, DENSE, FakeDetector, FakeEmbedder, analyse_all, flat, heads_of

COAST_S = 0.4
LEFT, RIGHT = (4.0, 2.0, 24.0, 22.0), (30.0, 4.0, 50.0, 40.0)


def test_a_head_is_embedded_once_and_again_later() -> None:
    looks, heads = HeadLooks(COAST_S), heads_of((LEFT, None), (RIGHT, None))
    chosen = [looks.choose(i / 4, heads).tolist() for i in range(50)]
    assert [i / 4 for i, some in enumerate(chosen) if some] == [0, 2, 4, 6], "a few looks are enough"
    assert all(some in ([], [0, 1]) for some in chosen)


def test_a_head_that_moves_a_little_is_the_same() -> None:
    looks = HeadLooks(COAST_S)
    assert looks.choose(0.0, heads_of((LEFT, None))).tolist() == [0]
    assert looks.choose(0.3, heads_of(((8.0, 4.0, 28.0, 24.0), None))).tolist() == []


def test_a_head_that_returns_begins_a_new_track_and_is_embedded_again() -> None:
    looks, both = HeadLooks(COAST_S), heads_of((LEFT, None), (RIGHT, None))
    chosen = [looks.choose(time_s, both).tolist() for time_s in (0.0, 0.3)]
    chosen += [looks.choose(time_s, heads_of((LEFT, None))).tolist() for time_s in (0.6, 0.9)]
    assert [*chosen, looks.choose(1.2, both).tolist()] == [[0, 1], [], [], [], [1]]


def test_a_new_head_and_a_better_look_are_embedded() -> None:
    looks = HeadLooks(COAST_S)
    looks.choose(0.0, heads_of((LEFT, None), score=0.45))
    assert looks.choose(0.1, heads_of((LEFT, None), (RIGHT, None), score=0.5)).tolist() == [1]
    assert looks.choose(0.2, heads_of((LEFT, None), score=0.95)).tolist() == [0]
    looks.reset()
    assert looks.choose(0.3, heads_of((LEFT, None))).tolist() == [0]


def test_heads_that_can_hardly_be_seen_are_not_embedded() -> None:
    looks = HeadLooks(COAST_S)
    assert looks.choose(0.0, heads_of((LEFT, None), score=0.35)).tolist() == []
    assert looks.choose(0.1, heads_of(((2.0, 2.0, 12.0, 12.0), None))).tolist() == []
    assert looks.choose(0.2, heads_of()).tolist() == []


def two_heads(image: Image) -> Detections:
    return heads_of((LEFT, "bart_simpson"), (RIGHT, None))


def frames(count: int, *, rate: int = 5) -> list[Frame]:
    images = [flat(COLOURS["marge_simpson" if i < count // 2 else "bart_simpson"]) for i in range(count)]
    for i, image in enumerate(images):
        image[i % 40] = 255  # no frame repeats another
    return [Frame(image, i, Fraction(i, rate)) for i, image in enumerate(images)]


def test_embeddings_are_in_the_log_and_saved_with_it(tmp_path: Path) -> None:
    detector, log = FakeDetector(two_heads), DetectionLog({})
    detector.embedder = FakeEmbedder()
    analyser = Analyser(detector, DENSE)
    analyser.record(log)
    analyse_all(analyser, frames(10))
    assert detector.embedder.asked == [2, 2], "one look for each shot"
    log.complete = True
    log.save(tmp_path / "a.track")
    loaded, columns = DetectionLog.load(tmp_path / "a.track"), DetectionLog({})
    columns.extend(log.columns())
    for other in (log, loaded, columns, log.part(5, 10), log.until(10)):
        found = list(other.embeddings())
        _, rows = found[-1]
        assert len(rows) == 2
        first = rows[0].astype(np.float32)
        assert np.linalg.norm(first) == pytest.approx(1, abs=1e-3) and first[0] > 0.5
    assert [position for position, _ in loaded.embeddings()] == [0, 5]
    detection = loaded[5].detections[1]
    assert detection.embedding is not None and detection.embedding.dtype == np.float16
    assert loaded[6].detections[0].embedding is None


def damaged(columns: LogColumns, name: str) -> LogColumns:
    changes = {
        "embedded": np.array([1, 0]),
        "embeddings": np.full((2, 3), np.nan, np.float16),
        "outside": np.array([0, 99]),
        "fewer": np.zeros((1, 3), np.float16),
        "type": np.zeros((2, 3), np.float32),
    }
    field = {"outside": "embedded", "fewer": "embeddings", "type": "embeddings"}.get(name, name)
    return dataclasses.replace(columns, **{field: changes[name]})


@pytest.mark.parametrize("name", ["embedded", "embeddings", "outside", "fewer", "type"])
def test_embeddings_that_do_not_fit_are_damage(name: str) -> None:
    log = DetectionLog({})
    detector = FakeDetector(two_heads)
    detector.embedder = FakeEmbedder()
    analyser = Analyser(detector, DENSE)
    analyser.record(log)
    analyse_all(analyser, frames(2, rate=25)[:1])
    columns = log.columns()
    columns.check()
    with pytest.raises(ValueError, match=r"embeddings|invalid values"):
        damaged(columns, name).check()


@pytest.mark.parametrize("workers", [1, 3])
def test_embeddings_do_not_depend_on_the_number_of_threads(workers: int) -> None:
    logs = []
    for make in (lambda one: one, lambda one: ParallelAnalyser(one, workers=workers)):
        detector, log = FakeDetector(two_heads), DetectionLog({})
        detector.embedder = FakeEmbedder()
        analyser = Analyser(detector, AnalysisConfig() if workers else DENSE)
        analyser.record(log)
        analyse_all(make(analyser), frames(40))
        assert sum(detector.embedder.asked) == sum(len(rows) for _, rows in log.embeddings())
        logs.append([(position, rows.tolist()) for position, rows in log.embeddings()])
    assert logs[1] and logs[0][0] == logs[1][0]


def test_samples_may_be_further_apart_than_a_head_may_be_gone() -> None:
    looks, head, other = HeadLooks(COAST_S), heads_of((LEFT, None)), heads_of((RIGHT, None))
    assert [looks.choose(i / 2, head).tolist() for i in range(4)] == [[0], [], [], []]
    assert looks.choose(1.8, other).tolist() == [0], "the first is missed once, as a track may be"
    assert looks.choose(1.9, head).tolist() == []


def test_a_head_is_followed_through_frames_whose_detections_are_filled_in() -> None:
    looks, head = HeadLooks(COAST_S), heads_of((LEFT, None))
    assert looks.choose(0.0, head).tolist() == [0]
    for i in range(1, 5):
        looks.follow(i / 3, head)
    assert looks.choose(5 / 3, head).tolist() == [], "it was never gone"


def test_still_heads_in_a_long_shot_are_embedded_a_few_times() -> None:
    detector = FakeDetector(two_heads)
    detector.embedder = FakeEmbedder()
    long = [Frame(image.image, i, Fraction(i, 5)) for i, image in enumerate(frames(300, rate=5)[150:] * 2)]
    analyse_all(ParallelAnalyser(Analyser(detector, AnalysisConfig()), workers=1), long)
    assert detector.runs < 60, "the detections of most samples are filled in"
    assert detector.embedder.asked == [2] * 4
