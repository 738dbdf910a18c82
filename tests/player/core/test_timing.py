"""Measuring the time of stages."""

import threading

import pytest

from simpsons_play.core.timing import STAGES, StageTimes


def test_percentiles_of_recorded_times() -> None:
    times = StageTimes()
    for milliseconds in range(1, 101):
        times.record("classify", milliseconds / 1000)
    (stage,) = times.summary()
    assert (stage.stage, stage.n) == ("classify", 100)
    assert (stage.p50_ms, stage.p95_ms, stage.p99_ms) == pytest.approx((50.5, 95.05, 99.01))
    assert stage.max_ms == pytest.approx(100)


def test_stages_are_in_processing_order() -> None:
    times = StageTimes()
    for stage in reversed(STAGES):
        times.record(stage, 0.001)
    assert tuple(row.stage for row in times.summary()) == STAGES
    assert tuple(row.stage for row in times.recent()) == STAGES


def test_long_runs_keep_a_uniform_sample_and_exact_counts() -> None:
    times, count = StageTimes(), 300_000
    for number in range(count):
        times.record("decode", number / count)
    (stage,) = times.summary()
    assert stage.n == count
    assert stage.max_ms == pytest.approx((count - 1) / count * 1000)
    # 65,536 of 300,000: the standard error of the median of such a sample is 0.2 % of the range.
    assert (stage.p50_ms, stage.p95_ms) == pytest.approx((500, 950), abs=10)


def test_recent_times_exclude_older_frames() -> None:
    times = StageTimes()
    times.record("draw", 5.0)
    for _ in range(1000):
        times.record("draw", 0.001)
    (recent,), (whole,) = times.recent(), times.summary()
    assert recent.max_ms == pytest.approx(1)
    assert whole.max_ms == pytest.approx(5000)


def test_threads_can_record_concurrently() -> None:
    times = StageTimes()
    threads = [
        threading.Thread(target=lambda: [times.record("write", 0.001) for _ in range(2000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert times.summary()[0].n == 8000


def test_several_times_at_once_are_the_same_as_one_by_one() -> None:
    once, each = StageTimes(), StageTimes()
    seconds = [float(i) for i in range(70_000)]
    for start in range(0, len(seconds), 7_000):
        once.extend("decode", seconds[start : start + 7_000])
    for one in seconds:
        each.record("decode", one)
    once.extend("draw", [])
    assert once.summary() == each.summary() and once.recent() == each.recent()
