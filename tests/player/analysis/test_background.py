import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from unittest import mock

import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.background import BackgroundAnalysis
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.core.config import AnalysisConfig, SmoothingConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.core.timing import StageTimes
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import COLOURS, LABELS, FakeDetector, flat, heads_of
from tests.waiting import wait_until

IMAGES = [flat(COLOURS[name]) for name in LABELS for _ in range(25)]
"""Three shots of a second: Bart, Homer, Marge."""


def see(image: Image) -> Detections:
    name = next(n for n in LABELS if tuple(image[0, 0]) == COLOURS[n])
    return heads_of(((4, 2, 20, 18), name))


def frame(time_s: float) -> Frame:
    index = min(int(time_s * 25 + 1e-6), len(IMAGES) - 1)
    return Frame(IMAGES[index], index, Fraction(index, 25))


WAITS = AnalysisConfig(smoothing=SmoothingConfig(ahead_s=0.5, gap_s=0.0, flash_s=0.0))
"""A frame is settled when half a second more is known."""


def postprocessor(threshold: float) -> Postprocessor:
    return make_postprocessor(LABELS, WAITS, regions="detect", threshold=threshold)


def fallback(detector: FakeDetector) -> LiveAnalysis:
    analyser = Analyser(detector, AnalysisConfig().without_lookahead())
    return LiveAnalysis(analyser, times=StageTimes())


class Video:
    """Is gone through as far as it may be, and counts what it cost, ahead and beside the window."""

    def __init__(self, *, fail: BaseException | None = None) -> None:
        self.detector, self.fallback = FakeDetector(see), FakeDetector(see)
        self.ended, self.track = threading.Event(), DetectionLog({})
        self._may_go, self._fail = threading.Semaphore(0), fail

    def go(self, frames: int = 10**6) -> None:
        self._may_go.release(frames)

    def _detected_frames(self) -> Generator[FrameDetections, None, None]:
        analyser = Analyser(self.detector, AnalysisConfig())
        try:
            for i in range(len(IMAGES)):
                self._may_go.acquire()
                yield analyser.detect(frame(i / 25))
            if self._fail is not None:
                raise self._fail
        finally:
            self.ended.set()

    @contextmanager
    def opened(self) -> Iterator[BackgroundAnalysis]:
        detected_frames = self._detected_frames()
        with BackgroundAnalysis(
            detected_frames, self.track, postprocessor, fallback(self.fallback), width=64, labels=LABELS
        ) as ahead:
            try:
                yield ahead
            finally:
                self.go()  # what waits here could not be closed


def name_at(ahead: BackgroundAnalysis, time_s: float) -> str | None:
    ahead.submit(frame(time_s))
    result = ahead.latest()
    return result.captions[0].label if result and result.captions else None


def test_any_moment_is_known_at_once_and_the_network_is_not_asked_again() -> None:
    video = Video()
    with video.opened() as ahead:
        video.go()
        wait_until(lambda: ahead.done)
        runs = video.detector.runs
        for time_s, name in (
            (2.5, "marge_simpson"),
            (0.1, "bart_simpson"),
            (1.5, "homer_simpson"),
            (3.4, None),
        ):
            ahead.reset()
            assert ahead.latest() is None
            assert name_at(ahead, time_s) == (name or "marge_simpson")
        timeline = ahead.timeline()
        assert timeline.known_s == 74 / 25 and timeline.labels == LABELS
        assert [(s.label, s.start_s, s.end_s) for s in timeline.spans] == [
            (name, i, min(i + 1, 74 / 25)) for i, name in enumerate(LABELS)
        ]
    assert (video.detector.runs, video.fallback.runs) == (runs, 0)


def test_a_frame_that_is_not_reached_yet_is_looked_at_beside_the_window() -> None:
    video = Video()
    with video.opened() as ahead:
        video.go(30)
        wait_until(lambda: ahead.timeline().known_s == 24 / 25)
        assert name_at(ahead, 0.9) == "bart_simpson" and video.fallback.runs == 0
        ahead.reset()
        ahead.submit(frame(2.5))
        wait_until(lambda: name_at(ahead, 2.5) == "marge_simpson")
        assert video.fallback.runs >= 1 and not ahead.done
        video.go()
        wait_until(lambda: ahead.done)
        fallback = video.fallback.runs
        assert name_at(ahead, 2.5) == "marge_simpson" and video.fallback.runs == fallback


def test_what_the_network_said_of_the_frame_on_screen_is_shown_before_what_follows_is_known() -> None:
    video = Video()
    with video.opened() as ahead:
        video.go(1)
        wait_until(lambda: len(video.track) == 1)
        wait_until(lambda: name_at(ahead, 0.0) == "bart_simpson")
        video.go(29)
        wait_until(lambda: len(video.track) == 30)
        ahead.submit(frame(1.16))  # the picture with the cut was passed over
        wait_until(lambda: name_at(ahead, 1.16) == "homer_simpson")
        assert ahead.timeline().known_s == 24 / 25, "of the second shot nothing is settled"
    assert video.fallback.runs == 0


def test_a_shot_that_was_known_at_first_begins_anew_where_it_is_not_known_yet() -> None:
    """Its beginning needed no look beside the window, which still remembers the shot before."""
    video = Video()
    with video.opened() as ahead:
        video.go(2)
        wait_until(lambda: len(video.track) == 2)
        wait_until(lambda: name_at(ahead, 0.04) == "bart_simpson")
        video.go(43)
        wait_until(lambda: ahead.timeline().known_s >= 31 / 25)
        assert name_at(ahead, 1.1) == "homer_simpson"
        handed: list[bool] = []
        submit = LiveAnalysis.submit

        def watch(self: LiveAnalysis, frame: Frame, seen: FrameDetections | None, *, new_shot: bool) -> None:
            handed.append(new_shot)
            submit(self, frame, seen, new_shot=new_shot)

        with mock.patch.object(LiveAnalysis, "submit", watch):
            ahead.submit(frame(43 / 25))
            ahead.submit(frame(44 / 25))
        assert handed == [True, False]
    assert video.fallback.runs == 0


def test_what_breaks_the_file_leaves_what_is_known_and_what_breaks_us_comes_out() -> None:
    damaged = Video(fail=SourceError("a.avi ends early"))
    with damaged.opened() as ahead:
        damaged.go()
        wait_until(lambda: ahead.timeline().known_s == 74 / 25)
        assert name_at(ahead, 0.5) == "bart_simpson" and not ahead.done
    broken = Video(fail=ZeroDivisionError("ours"))
    with broken.opened() as ahead:
        broken.go()
        assert broken.ended.wait(60)
        with pytest.raises(ZeroDivisionError):
            wait_until(lambda: ahead.latest() and False)


def test_closing_ends_every_thread_in_the_middle_and_lets_go_of_the_source() -> None:
    before = threading.active_count()
    video = Video()
    with video.opened() as ahead:
        video.go(20)
        wait_until(lambda: ahead.timeline().known_s > 0.1)
    assert video.ended.is_set() and threading.active_count() == before and not ahead.done


def nothing() -> Generator[FrameDetections, None, None]:
    yield from ()


def test_an_empty_video_is_never_known() -> None:
    live = fallback(FakeDetector(see))
    with BackgroundAnalysis(
        nothing(), DetectionLog({}), postprocessor, live, width=64, labels=LABELS
    ) as ahead:
        wait_until(lambda: ahead.done)
        wait_until(lambda: name_at(ahead, 0.0) == "bart_simpson")


def test_another_threshold_asks_no_network_and_holds_everywhere() -> None:
    video = Video()
    with video.opened() as ahead:
        video.go(40)
        wait_until(lambda: ahead.timeline().known_s == 26 / 25)
        before = ahead.timeline()
        assert name_at(ahead, 0.5) == "bart_simpson" and ahead.threshold == 0.6
        runs = video.detector.runs
        ahead.set_threshold(0.97)
        assert ahead.latest() is not None, "what was known is shown until the other is"
        assert ahead.timeline().known_s == before.known_s
        video.go(1)  # names are followed anew between two looks
        wait_until(lambda: ahead.timeline().known_s == 27 / 25 and not ahead.timeline().spans)
        assert name_at(ahead, 0.5) is None and ahead.threshold == 0.97
        ahead.set_threshold(0.3)
        video.go(1)
        wait_until(lambda: name_at(ahead, 0.5) == "bart_simpson")
        assert (video.detector.runs, video.fallback.runs) == (runs, 0)
        video.go()
        wait_until(lambda: ahead.done)
        ahead.set_threshold(0.97)
        wait_until(lambda: ahead.done and not ahead.timeline().spans)
        assert video.detector.runs == runs + 1, "only for the shot that came after"
    assert video.fallback.runs == 0


def test_what_was_followed_before_is_there_before_anything_is_followed() -> None:
    video = Video()
    with video.opened() as ahead:
        video.go()
        wait_until(lambda: ahead.done)
        spans = ahead.timeline().spans
    followed: list[int] = []

    def count(threshold: float) -> Postprocessor:
        one = postprocessor(threshold)
        update = one.update
        one.update = lambda detected: (followed.append(detected.index), update(detected))[1]  # type: ignore[method-assign]
        return one

    live = fallback(video.fallback)
    with BackgroundAnalysis(
        nothing(), video.track, count, live, width=64, labels=LABELS, spans=spans
    ) as ahead:
        assert ahead.timeline().spans == spans and ahead.timeline().known_s == 74 / 25
        wait_until(lambda: ahead.done)
        assert followed == []
        wait_until(lambda: name_at(ahead, 1.5) == "homer_simpson")
        assert set(followed) <= set(range(25, 75)), "the shot on screen and the next one, and no other"
    assert (video.detector.runs, video.fallback.runs) == (3, 0)


def test_few_shots_are_held_however_long_the_video_is() -> None:
    track = DetectionLog({})
    for i in range(2000):
        track.append(
            FrameDetections(i, i / 25, (64, 48), i % 20 == 0, False, heads_of(((4, 2, 20, 18), LABELS[0])))
        )
    followed = LogIndex(track, lambda: postprocessor(0.6), width=64)
    assert followed.result(0) is None and followed.known()[1] == ()
    while followed.advance(64):
        pass
    followed.flush()
    assert followed.complete and len(followed.known()[1]) == 100
    assert sum((followed.result(i) is not None) for i in range(2000)) <= 20 * 17
    assert followed.result(30) is None
    followed.postprocess_shot(30, log_complete=True)
    result = followed.result(30)
    assert result is not None and (result.index, result.captions[0].label) == (30, LABELS[0])
    assert all((followed.result(i) is not None) for i in range(20, 40)) and not (
        followed.result(19) is not None
    )
