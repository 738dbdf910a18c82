"""The model in worker threads: the same results as in one thread."""

from __future__ import annotations

import gc
import random
import threading
import time
import weakref
from collections.abc import Callable
from fractions import Fraction

import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.parallel import ParallelAnalyser
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections
from tests.fakes import COLOURS, DENSE, LABELS, FakeDetector, analyse_all, flat, heads_of


def frames(count: int = 120) -> list[Frame]:
    """Three shots, in which every second picture is new."""
    colours = [COLOURS[LABELS[3 * i // count]] for i in range(count)]
    images = [flat(tuple(max(0, c - 5 * (i // 2 % 9)) for c in c3)) for i, c3 in enumerate(colours)]  # type: ignore[arg-type]
    return [Frame(image, i, Fraction(i, 24)) for i, image in enumerate(images)]


def see(image: Image) -> Detections:
    level = int(image[0, 0].max())
    name = LABELS[int(image[0, 0].argmax())]
    left = 1.2 * (level - 210)  # never near enough to agree with another level
    return heads_of(((left, 2, left + 15, 18), name))


def slowly(answer: Callable[[Image], Detections], max_s: float = 0.003) -> Callable[[Image], Detections]:
    def wait(image: Image) -> Detections:
        time.sleep(random.uniform(0, max_s))
        return answer(image)

    return wait


@pytest.mark.parametrize("config", [AnalysisConfig(), DENSE], ids=["sampled", "dense"])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_results_are_those_of_one_thread(workers: int, config: AnalysisConfig) -> None:
    expected = analyse_all(Analyser(FakeDetector(see), config), frames())
    parallel = ParallelAnalyser(Analyser(FakeDetector(slowly(see)), config), workers=workers)
    assert [str(result) for result in analyse_all(parallel, frames())] == [str(r) for r in expected]
    assert [result.index for result in expected] == list(range(120))


@pytest.mark.parametrize("workers", [1, 3])
def test_reading_does_not_run_ahead_of_the_model(workers: int) -> None:
    seen = list[int]()
    detector = FakeDetector(slowly(lambda image: seen.append(1) or see(image)))
    parallel, leads = ParallelAnalyser(Analyser(detector, DENSE), workers=workers), list[int]()
    different = [Frame(flat((i % 2 * 255, 0, 0)), i, Fraction(i, 24)) for i in range(60)]
    for fed, frame in enumerate(different, start=1):
        list(parallel.detect(frame))
        leads.append(fed - len(seen))
    assert len([*parallel.finish()]) <= max(leads) <= 4 * workers
    assert len(seen) == 60


def test_an_error_is_raised_once_and_no_thread_stays() -> None:
    def broken(image: Image) -> Detections:
        if image[0, 0].argmax() == 1:
            raise RuntimeError("no more")
        return see(image)

    before = threading.active_count()
    parallel = ParallelAnalyser(Analyser(FakeDetector(broken), DENSE), workers=2)
    results = list[int]()
    with pytest.raises(RuntimeError, match="no more"):
        for frame in frames():
            results.extend(result.index for result in parallel.update(frame))
    results.extend(result.index for result in parallel.flush())
    assert results == list(range(40)), "those before the error"
    assert threading.active_count() == before


def test_a_flush_waits_for_the_model() -> None:
    parallel = ParallelAnalyser(Analyser(FakeDetector(slowly(see)), DENSE), workers=2)
    video, results = frames(40), list[int]()
    for frame in video:
        results += [result.index for result in parallel.update(frame)]
    assert results != list(range(40))
    results += [result.index for result in parallel.flush()]
    assert results == list(range(40))
    assert not list(parallel.flush())


def still(count: int) -> list[Frame]:
    """One shot in which every eighth picture differs a little from the one before, 24 per second."""
    return [Frame(flat((200 + i // 8 % 2 * 8, 0, 0)), i, Fraction(i, 24)) for i in range(count)]


class Numbered(FakeDetector):
    """Is told the index of the frame, and keeps it."""

    def __init__(self, video: list[Frame], answer: Callable[[int], Detections]) -> None:
        super().__init__(see)
        self.video, self.answer, self.seen = video, answer, list[int]()

    def detect(self, image: Image, *, min_score: float = 0.3) -> Detections:
        (index,) = (frame.index for frame in self.video if frame.image is image)
        self.seen.append(index)
        return self.answer(index)


def indices_seen(video: list[Frame], answer: Callable[[int], Detections], **options: int) -> list[int]:
    """Indices of the frames on which the model runs."""
    detector = Numbered(video, answer)
    parallel = ParallelAnalyser(Analyser(detector, AnalysisConfig()), **options)
    assert len(analyse_all(parallel, video)) == len(video)
    return sorted(detector.seen)


HEAD = (2.0, 2.0, 15.0, 18.0)


@pytest.mark.parametrize("workers", [1, 3])
def test_samples_between_two_that_agree_are_left_out(workers: int) -> None:
    seen = indices_seen(still(97), lambda index: heads_of((HEAD, LABELS[0])), workers=workers)
    assert seen == [0, 48, 96]


def test_the_model_runs_on_samples_between_two_that_disagree() -> None:
    seen = indices_seen(still(97), lambda index: heads_of((HEAD, LABELS[index >= 40])))
    assert seen == [0, 24, 32, 40, 48, 96], "the middle, and then on the side that still disagrees"


def test_the_model_runs_on_all_samples_if_none_agree() -> None:
    seen = indices_seen(still(49), lambda index: heads_of(((index, 2, index + 13, 18), LABELS[0])))
    assert seen == list(range(0, 49, 8))


def test_nothing_is_left_out_where_times_go_back() -> None:
    times = [0, 8, 0]  # in frames
    video = [Frame(flat((200 + i % 2 * 8, 0, 0)), i, Fraction(time, 24)) for i, time in enumerate(times)]
    assert indices_seen(video, lambda index: heads_of((HEAD, LABELS[0]))) == [0, 1, 2]


def test_results_between_are_interpolated_from_both_ends() -> None:
    video = still(25)
    detector = Numbered(video, lambda index: heads_of(((2 + index / 8, 2, 15 + index / 8, 18), LABELS[0])))
    parallel, detected = ParallelAnalyser(Analyser(detector, AnalysisConfig())), list[FrameDetections]()
    for frame in video:
        detected += parallel.detect(frame)
    detected += parallel.finish()
    lefts = {one.index: float(one.detections.boxes[0, 0]) for one in detected if one.sampled}
    assert lefts == pytest.approx({0: 2, 8: 3, 16: 4, 24: 5})
    assert detector.seen == [0, 24]


def test_fewer_samples_are_left_out_if_few_frames_may_wait() -> None:
    seen = indices_seen(still(49), lambda index: heads_of((HEAD, LABELS[0])), max_pending=32)
    assert seen == [0, 16, 32, 48]


def test_an_error_of_a_later_sample_leaves_the_results_before_it() -> None:
    def broken(index: int) -> Detections:
        if index == 48:
            raise RuntimeError("no more")
        return heads_of((HEAD, LABELS[0]))

    with pytest.raises(RuntimeError, match="no more"):
        indices_seen(still(60), broken)


def test_no_picture_is_kept_by_a_cycle_of_references() -> None:
    gc.collect()
    gc.disable()
    try:
        video = still(97)
        pictures = [weakref.ref(frame.image) for frame in video]
        parallel = ParallelAnalyser(Analyser(FakeDetector(see), AnalysisConfig()))
        analyse_all(parallel, (video.pop(0) for _ in range(97)))
        assert sum(picture() is not None for picture in pictures) <= 1
    finally:
        gc.enable()


def test_few_frames_wait_if_each_holds_a_large_picture() -> None:
    parallel = ParallelAnalyser(Analyser(FakeDetector(slowly(see)), AnalysisConfig()), max_pending=5)
    waiting, most = 0, 0
    for frame in frames(100):
        waiting += 1 - len(list(parallel.detect(frame)))
        most = max(most, waiting)
    assert most <= 5 + 1, "and one that may be the last of its shot"
    assert len(list(parallel.finish())) == waiting
