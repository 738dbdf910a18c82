"""Adding up the runs of a benchmark."""

from dataclasses import replace
from fractions import Fraction

import pytest

from simpsons_play.analysis import benchmark
from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.benchmark import Benchmark, FirstFrames
from simpsons_play.analysis.pipeline import RunSummary, run
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.results import FrameResult
from tests.fakes import COLOURS, FakeClassifier, FakeSource, flat

INFO = SourceInfo("film", 64, 48, Fraction(25), Fraction(1, 25), frames=4)
IMAGES = [flat(COLOURS["bart_simpson"])] * 6 + [flat(COLOURS["homer_simpson"])] * 4


def result(index: int) -> FrameResult:
    return FrameResult(index, index / 25, False, (), ())


def summary(*, frames: int = 4, repeated: int = 1, seconds: float = 0.1) -> RunSummary:
    return RunSummary(
        frames=frames,
        repeated=repeated,
        dropped=0,
        seconds=seconds,
        media_seconds=frames / 25,
        stages=(),
        totals=(),
        changes=0,
        raw_changes=0,
    )


class Clock:
    """Stands for the time, which passes only when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr(benchmark.time, "perf_counter", lambda: self.now_s)


def finish(measured: Benchmark, clock: Clock, after_ms: list[float], info: SourceInfo = INFO) -> None:
    """One run in which each result comes so long after the one before."""
    with measured.clock(info) as done:
        for index, milliseconds in enumerate(after_ms):
            clock.now_s += milliseconds / 1000
            done(result(index))


def test_total_is_the_time_between_results(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, clock = Benchmark(), Clock(monkeypatch)
    finish(measured, clock, [900, 10, 30, 20])
    measured.add(summary())
    found = measured.measurement()
    (total,) = found.stages
    assert (total.stage, total.n) == ("total", 3), "the first result has none before it"
    assert (total.p50_ms, total.max_ms) == pytest.approx((20, 30))
    assert list(found.intervals_s) == pytest.approx([0.01, 0.03, 0.02])
    assert list(found.interval_starts_s) == pytest.approx([0.04, 0.08, 0.12])


@pytest.mark.parametrize(
    ("after_ms", "late"),
    [
        ([5000, 39, 39, 39], 0),
        ([0, 41, 39, 39], 1),
        ([0, 1, 1, 200], 1),
        ([0, 200, 1, 1], 3),
    ],
)
def test_late_frames_are_behind_playback_that_begins_with_the_first_result(
    after_ms: list[float], late: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, clock = Benchmark(), Clock(monkeypatch)
    finish(measured, clock, after_ms)
    measured.add(summary())
    assert measured.measurement().late == late


@pytest.mark.parametrize("info", [replace(INFO, stills=True), replace(INFO, live=True)])
def test_frames_without_a_due_time_are_not_late(info: SourceInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    measured, clock = Benchmark(), Clock(monkeypatch)
    finish(measured, clock, [0, 200, 1, 1], info)
    measured.add(summary())
    found = measured.measurement()
    assert found.late is None
    assert (found.realtime_factor is None, found.looks_per_second is None) == (info.stills, info.stills)


def test_runs_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    measured, clock = Benchmark(), Clock(monkeypatch)
    for seconds in (0.1, 0.3):
        finish(measured, clock, [0, 10, 10, 10])
        for _ in range(3):
            measured.times.record("classify", 0.008)
        measured.add(summary(seconds=seconds))
    found = measured.measurement()
    assert (found.frames, found.looks, found.repeated, found.late) == (8, 6, 2, 0)
    assert found.run_fps == pytest.approx((40, 13.333), abs=0.001)
    assert (found.fps, found.realtime_factor) == pytest.approx((20, 0.8))
    assert found.looks_per_second == pytest.approx(6 / 0.32)
    assert found.stages[-1].n == len(found.intervals_s) == 6
    assert found.cpu_s >= 0


def test_a_run_is_measured_from_its_first_frame_to_its_last() -> None:
    measured = Benchmark()
    network = FakeClassifier(lambda picture: [1.0, 0.0, 0.0])
    analyser = Analyser(network, AnalysisConfig(regions="full"), times=measured.times)  # type: ignore[arg-type]
    source = FakeSource(IMAGES)
    with measured.clock(source.info) as done:
        measured.add(run(source, analyser, times=measured.times, on_frame=lambda frame, seen: done(seen)))
    found = measured.measurement()
    counts = {stage.stage: stage.n for stage in found.stages}
    assert counts == {"decode": 10, "prepare": 10, "classify": network.runs, "smooth": 10, "total": 9}
    assert (found.frames, found.looks) == (10, network.runs)


@pytest.mark.parametrize("count", [1, 4, 10, 99])
def test_first_frames_of_a_source(count: int) -> None:
    with FirstFrames(FakeSource(IMAGES), count) as source:
        assert [frame.index for frame in source] == list(range(min(count, 10)))
        assert source.info.frames == 10 and source.warnings == [] and source.opens_quickly
