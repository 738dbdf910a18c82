"""The newest frame beside a window."""

from __future__ import annotations

import os
import sys
import threading
from fractions import Fraction

import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.core.timing import StageTimes
from tests.fakes import FakeDetector, flat, heads_of
from tests.waiting import wait_until

HEAD = ((8.0, 8.0, 40.0, 40.0), "bart_simpson")


def test_another_threshold_applies_to_the_frame_on_screen_and_runs_no_model() -> None:
    detector = FakeDetector(lambda image: heads_of(HEAD))
    analyser = Analyser(detector, AnalysisConfig(stills=True).without_lookahead())
    with LiveAnalysis(analyser, times=StageTimes()) as live:
        live.submit(Frame(flat((90, 90, 90)), 0, Fraction(0)))
        wait_until(lambda: live.latest() is not None)
        for threshold, named in ((0.99, False), (0.5, True)):
            live.set_threshold(threshold)
            assert live.threshold == threshold

            def shows(named: bool = named) -> bool:
                latest = live.latest()
                return latest is not None and bool(latest.captions) is named

            wait_until(shows)
        assert detector.runs == 1
        live.reset()
        live.set_threshold(0.4)
        wait_until(lambda: analyser.threshold == 0.4)
        assert live.latest() is None, "of what was forgotten nothing comes back"


def test_known_detections_run_no_model_and_a_dropped_cut_still_counts() -> None:
    marge = ((8.0, 8.0, 40.0, 40.0), "marge_simpson")
    held = threading.Event()
    detector = FakeDetector(lambda image: heads_of(HEAD) if held.wait(10) else heads_of())
    frames = [Frame(flat((90, 90, 90)), i, Fraction(i, 25)) for i in range(4)]
    bart, cut, after = (
        FrameDetections(i, i / 25, (64, 48), is_cut, False, heads_of(head))
        for i, is_cut, head in ((0, True, HEAD), (2, True, marge), (3, False, marge))
    )
    analyser = Analyser(detector, AnalysisConfig().without_lookahead())
    with LiveAnalysis(analyser, times=StageTimes()) as live:

        def names() -> list[str]:
            latest = live.latest()
            return [] if latest is None else [caption.label for caption in latest.captions]

        live.submit(frames[0], bart)
        wait_until(lambda: names() == ["bart_simpson"])
        live.submit(frames[1])
        wait_until(lambda: detector.runs == 1)
        live.submit(frames[2], cut, new_shot=True)
        live.submit(frames[3], after)
        held.set()
        wait_until(lambda: names() == ["marge_simpson"])
    assert detector.runs == 1


def test_it_rests_between_runs_but_not_after_a_seek() -> None:
    detector = FakeDetector(lambda image: heads_of(HEAD))
    analyser = Analyser(detector, AnalysisConfig(stills=True).without_lookahead())
    busy_s = iter(range(0, 10**9, 10**6))  # each look takes eleven days
    frames = [Frame(flat((90, 90, 90)), i, Fraction(i, 25)) for i in range(4)]
    with LiveAnalysis(
        analyser,
        times=StageTimes(),
        share=0.5,
        busy_s=lambda: float(next(busy_s)),
    ) as live:

        def named() -> int | None:
            latest = live.latest()
            return None if latest is None else latest.index

        live.submit(frames[0])
        wait_until(lambda: named() == 0)
        live.submit(frames[1])
        live.set_threshold(0.4)
        wait_until(lambda: analyser.threshold == 0.4)
        assert named() == 0 and detector.runs == 1
        live.submit(frames[2], FrameDetections(2, 0.08, (64, 48), True, False, heads_of(HEAD)))
        wait_until(lambda: named() == 2)
        assert detector.runs == 1, "what was seen before asks no network, and waits for none"
        live.submit(frames[2])
        live.reset()
        live.submit(frames[3])
        wait_until(lambda: named() == 3)
        assert detector.runs == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities for threads")
def test_the_analysis_yields_to_the_window() -> None:
    priorities: list[int] = []

    def detect(image: Image) -> Detections:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return heads_of(HEAD)

    analyser = Analyser(FakeDetector(detect), AnalysisConfig(stills=True).without_lookahead())
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with LiveAnalysis(analyser, times=StageTimes()) as live:
        live.submit(Frame(flat((90, 90, 90)), 0, Fraction(0)))
        wait_until(lambda: live.latest() is not None)
    assert priorities == [min(19, max(before, 15))]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
