import dataclasses
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.analysis_chunk import AnalysisChunk, ChunkBuilder
from simpsons_play.analysis.background import BackgroundAnalysis
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.config import AnalysisConfig, SmoothingConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.core.timing import StageTimes
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import COLOURS, DENSE, LABELS, FakeDetector, flat, heads_of
from tests.waiting import wait_until

IMAGES = [flat(COLOURS[name]) for name in LABELS for _ in range(25)]
"""Three shots of a second: Bart, Homer, Marge."""


def see(image: Image) -> Detections:
    name = next(n for n in LABELS if tuple(image[0, 0]) == COLOURS[n])
    seen = heads_of(((4, 2, 20, 18), name))
    return dataclasses.replace(seen, embeddings=EMBEDDINGS[[LABELS.index(name)]].astype(np.float16))


EMBEDDINGS = np.eye(len(LABELS), dtype=np.float32)
"""That of each character."""


def teach(**members: str) -> TaughtNames:
    """Teach a name from the head of one of the characters, which the model knows under another."""
    return TaughtNames(
        [
            Member(label, examples=(Example(EMBEDDINGS[LABELS.index(name)], name.encode(), "a picture"),))
            for label, name in members.items()
        ],
        model_labels=LABELS,
        references=EMBEDDINGS,
        reference_labels=LABELS,
    )


def frame(time_s: float) -> Frame:
    index = min(int(time_s * 25 + 1e-6), len(IMAGES) - 1)
    return Frame(IMAGES[index], index, Fraction(index, 25))


WAITS = dataclasses.replace(DENSE, smoothing=SmoothingConfig(ahead_s=0.5, gap_s=0.0, flash_s=0.0))
"""A frame is settled when half a second more is known."""


def postprocessor(threshold: float, taught: TaughtNames | None = None) -> Postprocessor:
    return make_postprocessor(LABELS, WAITS, regions="detect", threshold=threshold, taught=taught)


def fallback(detector: FakeDetector) -> LiveAnalysis:
    analyser = Analyser(detector, AnalysisConfig().without_lookahead())
    return LiveAnalysis(analyser, times=StageTimes())


class Video:
    """A video that is analysed as far as it is released, and counts the runs of the model."""

    def __init__(self, *, fail: BaseException | None = None) -> None:
        self.detector, self.fallback = FakeDetector(see), FakeDetector(see)
        self.ended, self.log = threading.Event(), DetectionLog({})
        self._may_go, self._fail = threading.Semaphore(0), fail

    def go(self, frames: int = 10**6) -> None:
        self._may_go.release(frames)

    def _chunks(self) -> Generator[AnalysisChunk, None, None]:
        analyser = Analyser(self.detector, DENSE)
        chunks = ChunkBuilder(DetectionLog({}), postprocessor(0.6), width=64)
        try:
            for i in range(len(IMAGES)):
                self._may_go.acquire()
                chunks.add(analyser.detect(frame(i / 25)))
                yield chunks.take()
            if self._fail is not None:
                raise self._fail
            chunks.finish()
            yield chunks.take()
        finally:
            self.ended.set()

    @contextmanager
    def opened(self) -> Iterator[BackgroundAnalysis]:
        with BackgroundAnalysis(
            self._chunks(), self.log, postprocessor, fallback(self.fallback), width=64, labels=LABELS
        ) as background:
            try:
                yield background
            finally:
                self.go()  # what waits here could not be closed


def name_at(background: BackgroundAnalysis, time_s: float) -> str | None:
    background.submit(frame(time_s))
    result = background.latest()
    return result.captions[0].label if result and result.captions else None


def test_any_frame_is_known_and_the_model_does_not_run_again() -> None:
    video = Video()
    with video.opened() as background:
        video.go()
        wait_until(lambda: background.done)
        runs = video.detector.runs
        for time_s, name in (
            (2.5, "marge_simpson"),
            (0.1, "bart_simpson"),
            (1.5, "homer_simpson"),
            (3.4, None),
        ):
            background.reset()
            assert background.latest() is None
            wanted = name or "marge_simpson"
            wait_until(lambda time_s=time_s, wanted=wanted: name_at(background, time_s) == wanted)
        timeline = background.timeline()
        assert timeline.known_s == 74 / 25 and timeline.labels == LABELS
        assert [(s.label, s.start_s, s.end_s) for s in timeline.spans] == [
            (name, i, min(i + 1, 74 / 25)) for i, name in enumerate(LABELS)
        ]
    assert (video.detector.runs, video.fallback.runs) == (runs, 0)


def test_a_frame_not_reached_yet_is_analysed_live() -> None:
    video = Video()
    with video.opened() as background:
        video.go(30)
        wait_until(lambda: background.timeline().known_s == 24 / 25)
        wait_until(lambda: name_at(background, 0.9) == "bart_simpson")
        assert video.fallback.runs == 0
        background.reset()
        background.submit(frame(2.5))
        wait_until(lambda: name_at(background, 2.5) == "marge_simpson")
        assert video.fallback.runs >= 1 and not background.done
        video.go()
        wait_until(lambda: background.done)
        fallback = video.fallback.runs
        wait_until(lambda: name_at(background, 2.5) == "marge_simpson")
        assert video.fallback.runs == fallback


def test_the_frame_on_screen_is_shown_before_the_rest_of_its_shot_is_known() -> None:
    video = Video()
    with video.opened() as background:
        video.go(1)
        wait_until(lambda: len(video.log) == 1)
        wait_until(lambda: name_at(background, 0.0) == "bart_simpson")
        video.go(29)
        wait_until(lambda: len(video.log) == 30)
        background.submit(frame(1.16))  # the frame with the cut was dropped
        wait_until(lambda: name_at(background, 1.16) == "homer_simpson")
        assert background.timeline().known_s == 24 / 25, "of the second shot nothing is settled"
    assert video.fallback.runs == 0


def test_live_analysis_resets_at_a_shot_that_is_known_in_part() -> None:
    """Its beginning needed no look beside the window, which still remembers the shot before."""
    video = Video()
    with video.opened() as background:
        video.go(2)
        wait_until(lambda: len(video.log) == 2)
        wait_until(lambda: name_at(background, 0.04) == "bart_simpson")
        video.go(43)
        wait_until(lambda: background.timeline().known_s >= 31 / 25)
        wait_until(lambda: name_at(background, 1.1) == "homer_simpson")
        handed: list[bool] = []
        submit = LiveAnalysis.submit

        def watch(self: LiveAnalysis, frame: Frame, seen: FrameDetections | None, *, new_shot: bool) -> None:
            handed.append(new_shot)
            submit(self, frame, seen, new_shot=new_shot)

        with mock.patch.object(LiveAnalysis, "submit", watch):
            background.submit(frame(43 / 25))
            background.submit(frame(44 / 25))
        assert handed == [True, False]
    assert video.fallback.runs == 0


def test_a_broken_file_keeps_the_known_results_and_a_bug_is_raised() -> None:
    damaged = Video(fail=SourceError("a.avi ends early"))
    with damaged.opened() as background:
        damaged.go()
        wait_until(lambda: background.timeline().known_s == 74 / 25)
        wait_until(lambda: name_at(background, 0.5) == "bart_simpson")
        assert not background.done
    broken = Video(fail=ZeroDivisionError("ours"))
    with broken.opened() as background:
        broken.go()
        assert broken.ended.wait(60)
        with pytest.raises(ZeroDivisionError):
            wait_until(lambda: background.latest() and False)


def test_closing_ends_the_threads_and_releases_the_source() -> None:
    before = threading.active_count()
    video = Video()
    with video.opened() as background:
        video.go(20)
        wait_until(lambda: background.timeline().known_s > 0.1)
    assert video.ended.is_set() and threading.active_count() == before and not background.done


def nothing() -> Generator[AnalysisChunk, None, None]:
    yield from ()


def test_an_empty_video_has_an_empty_timeline_and_is_analysed_live() -> None:
    live = fallback(FakeDetector(see))
    with BackgroundAnalysis(
        nothing(), DetectionLog({}), postprocessor, live, width=64, labels=LABELS
    ) as background:
        wait_until(lambda: background.done)
        timeline = background.timeline()
        assert (timeline.known_s, timeline.spans) == (0.0, ())
        wait_until(lambda: name_at(background, 0.0) == "bart_simpson")


def test_another_threshold_applies_everywhere_and_runs_no_model() -> None:
    video = Video()
    with video.opened() as background:
        video.go(40)
        wait_until(lambda: background.timeline().known_s == 26 / 25)
        before = background.timeline()
        wait_until(lambda: name_at(background, 0.5) == "bart_simpson")
        assert background.threshold == 0.6
        runs = video.detector.runs
        background.set_threshold(0.97)
        assert background.latest() is not None, "what was known is shown until the other is"
        assert background.timeline().known_s == before.known_s
        video.go(1)  # names are followed anew between two looks
        wait_until(lambda: background.timeline().known_s == 27 / 25 and not background.timeline().spans)
        assert name_at(background, 0.5) is None and background.threshold == 0.97
        background.set_threshold(0.3)
        video.go(1)
        wait_until(lambda: name_at(background, 0.5) == "bart_simpson")
        assert (video.detector.runs, video.fallback.runs) == (runs, 0)
        video.go()
        wait_until(lambda: background.done)
        background.set_threshold(0.97)
        wait_until(lambda: background.done and not background.timeline().spans)
        assert video.detector.runs == runs + 1, "only for the shot that came after"
    assert video.fallback.runs == 0


def test_cached_spans_are_there_before_anything_is_postprocessed() -> None:
    video = Video()
    with video.opened() as background:
        video.go()
        wait_until(lambda: background.done)
        spans = background.timeline().spans
    log_index: list[int] = []

    def count(threshold: float, taught: TaughtNames | None) -> Postprocessor:
        one = postprocessor(threshold, taught)
        update = one.update
        one.update = lambda detected: (log_index.append(detected.index), update(detected))[1]  # type: ignore[method-assign]
        return one

    live = fallback(video.fallback)
    with BackgroundAnalysis(
        nothing(), video.log, count, live, width=64, labels=LABELS, spans=spans
    ) as background:
        assert background.timeline().spans == spans and background.timeline().known_s == 74 / 25
        wait_until(lambda: background.done)
        assert log_index == []
        wait_until(lambda: name_at(background, 1.5) == "homer_simpson")
        assert set(log_index) <= set(range(25, 75)), "the shot on screen and the next one, and no other"
    assert (video.detector.runs, video.fallback.runs) == (3, 0)


def test_few_shots_are_held_in_memory() -> None:
    log = DetectionLog({})
    for i in range(2000):
        log.append(
            FrameDetections(i, i / 25, (64, 48), i % 20 == 0, False, heads_of(((4, 2, 20, 18), LABELS[0])))
        )
    log_index = LogIndex(log, lambda: postprocessor(0.6), width=64)
    assert log_index.result(0) is None and log_index.known()[1] == ()
    while log_index.advance(64):
        pass
    log_index.flush()
    assert log_index.complete and len(log_index.known()[1]) == 100
    assert sum((log_index.result(i) is not None) for i in range(2000)) <= 20 * 17
    assert log_index.result(30) is None
    log_index.postprocess_shot(30, log_complete=True)
    result = log_index.result(30)
    assert result is not None and (result.index, result.captions[0].label) == (30, LABELS[0])
    assert all((log_index.result(i) is not None) for i in range(20, 40)) and not (
        log_index.result(19) is not None
    )


def test_parts_settle_what_postprocessing_in_one_go_settles() -> None:
    """Also where the beginning is known already, and a chunk begins within a shot or a run of the model."""
    analyser = Analyser(FakeDetector(see), DENSE)
    detected = [analyser.detect(frame(i / 25)) for i in range(len(IMAGES))]
    whole = DetectionLog({})
    for one in detected:
        whole.append(one)
    expected = LogIndex(whole, lambda: postprocessor(0.6), width=64)
    expected.advance(len(detected))
    for known, length in ((0, 1), (0, 7), (25, 10), (50, 75)):
        log = whole.until(known)
        received = LogIndex(log, lambda: postprocessor(0.6), width=64)
        made = DetectionLog({})
        made.extend(log.columns())
        chunks = ChunkBuilder(made, postprocessor(0.6), width=64)

        def receive(log: DetectionLog, received: LogIndex, chunks: ChunkBuilder) -> None:
            chunk = chunks.take()
            log.extend(chunk.columns)
            received.settle(chunk.settled, chunk.changes)

        for number, one in enumerate(detected[known:], 1):
            chunks.add(one)
            if number % length == 0:
                receive(log, received, chunks)
        receive(log, received, chunks)
        assert received.known() == expected.known() and received.known()[1]
        chunks.finish()
        receive(log, received, chunks)
        assert received.complete and log.runs == whole.runs
        for i, one in enumerate(detected):
            assert (log[i].time_s, log[i].cut, log[i].repeated) == (one.time_s, one.cut, one.repeated)
            assert (log[i].detections.probabilities == one.detections.probabilities).all()
    expected.flush()
    assert received.known() == expected.known()


def names(background: BackgroundAnalysis) -> list[tuple[str, float, float]]:
    return [(span.label, span.start_s, round(span.end_s, 2)) for span in background.timeline().spans]


def test_a_taught_name_stands_at_once_and_can_be_taken_back() -> None:
    """The shots before it are not postprocessed again."""
    video = Video()
    with video.opened() as background:
        video.go()
        wait_until(lambda: background.done and name_at(background, 1.5) == "homer_simpson")
        before = names(background)
        with mock.patch.object(
            DetectionLog, "__getitem__", autospec=True, side_effect=DetectionLog.__getitem__
        ) as read:
            background.set_taught(teach(otto_mann="homer_simpson"))
        assert {call.args[1] for call in read.call_args_list}.isdisjoint(range(25)), "nothing else is read"
        assert names(background) == [before[0], ("otto_mann", 1.0, 2.0), before[2]]
        assert background.labels == background.timeline().labels == (*LABELS, "otto_mann")
        assert background.latest().captions[0].label == "otto_mann"  # type: ignore[union-attr]
        background.set_taught(teach(**{NOBODY: "homer_simpson", "otto_mann": "bart_simpson"}))
        assert names(background) == [("otto_mann", 0.0, 1.0), before[2]]
        assert not background.latest().captions  # type: ignore[union-attr]
        background.set_taught(None)
        assert names(background) == before and background.labels == LABELS
    assert (video.detector.runs, video.fallback.runs) == (3, 0)


@pytest.mark.parametrize("known", [1, 24, 30, 45, 60])
def test_names_taught_during_the_analysis_stand_in_all_of_the_video(known: int) -> None:
    """What is known already is changed at once, and the rest when it is analysed."""
    video = Video()
    with video.opened() as background:
        video.go(known)
        wait_until(lambda: len(video.log) == known)
        settled_s = background.timeline().known_s
        background.set_taught(teach(otto_mann="homer_simpson", lenny="bart_simpson"))
        assert background.timeline().known_s >= settled_s - 1
        video.go()
        wait_until(lambda: background.done)
        assert names(background) == [
            ("lenny", 0.0, 1.0),
            ("otto_mann", 1.0, 2.0),
            ("marge_simpson", 2.0, 2.96),
        ]


def test_a_name_taught_right_after_a_change_of_threshold_stands_in_all_of_the_video() -> None:
    video = Video()
    with video.opened() as background:
        video.go()
        wait_until(lambda: background.done)
        background.set_threshold(0.3)
        background.set_taught(teach(otto_mann="homer_simpson"))
        assert ("otto_mann", 1.0, 2.0) in names(background)
        wait_until(lambda: background.done)
        assert ("otto_mann", 1.0, 2.0) in names(background) and len(names(background)) == 3
