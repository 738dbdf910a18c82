import dataclasses
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from simpsons_play.analysis import frame_reader
from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.pipeline import Stopped, run
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes
from tests.fakes import COLOURS, DENSE, FakeClassifier, FakeSink, FakeSource, flat
from tests.waiting import wait_until

BART, HOMER = flat(COLOURS["bart_simpson"]), flat(COLOURS["homer_simpson"])


def answer(picture: Image) -> list[float]:
    return [1.0, 0.0, 0.0] if picture[0, 0, 0] == 255 else [0.0, 1.0, 0.0]


FULL = dataclasses.replace(DENSE, regions="full")


def analyser(times: StageTimes | None = None, *, config: AnalysisConfig = FULL) -> Analyser:
    return Analyser(FakeClassifier(answer), config, times=times)  # type: ignore[arg-type]


def test_every_frame_reaches_every_sink_in_order() -> None:
    times, sinks, seen = StageTimes(), [FakeSink(), FakeSink()], []
    images = [BART] * 60 + [HOMER] * 40
    summary = run(
        FakeSource(images),
        analyser(times),
        sinks=sinks,
        times=times,
        on_frame=lambda frame, result: seen.append(result.index),
    )
    assert seen == list(range(100))
    for sink in sinks:
        assert [frame.index for frame, _ in sink.written] == list(range(100))
        assert [result.index for _, result in sink.written] == list(range(100))
    assert (summary.frames, summary.repeated, summary.dropped) == (100, 98, 0)
    assert summary.media_seconds == pytest.approx(4.0)
    assert {a.label: (round(a.seconds, 6), a.appearances) for a in summary.totals} == {
        "bart_simpson": (2.4, 1),
        "homer_simpson": (1.6, 1),
    }
    assert {stage.stage: stage.n for stage in summary.stages} == {
        "decode": 100,
        "prepare": 100,
        "classify": 2,
        "smooth": 100,
        "write": 100,
    }


@pytest.mark.parametrize("fails", ["source", "sink", "watcher"])
def test_errors_of_all_stages_are_raised_and_no_thread_stays(fails: str) -> None:
    before = threading.active_count()
    source = FakeSource([BART] * 50, fail_after=20 if fails == "source" else None)
    sink = FakeSink(fail_at=20 if fails == "sink" else None)

    def watch(frame: Frame, result: object) -> None:
        if fails == "watcher" and frame.index == 20:
            raise KeyboardInterrupt

    error = KeyboardInterrupt if fails == "watcher" else OSError
    with pytest.raises(error):
        run(source, analyser(), sinks=[sink], times=StageTimes(), on_frame=watch)
    assert threading.active_count() == before
    assert len(sink.written) >= 20


def test_a_source_that_hangs_does_not_keep_a_stopped_run_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_reader, "_INTERRUPT_S", 0.1)
    released = threading.Event()

    class Hanging(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            yield from super().__iter__()
            released.wait()

    def stop(frame: object, result: FrameResult) -> None:
        if result.index == 9:
            raise KeyboardInterrupt

    sink = FakeSink()
    with pytest.raises(Stopped) as stopped:
        run(Hanging([BART] * 60), analyser(), sinks=[sink], times=StageTimes(), on_frame=stop)
    assert not released.is_set() and len(sink.written) == stopped.value.summary.frames >= 10
    released.set()


def test_a_frame_interrupted_by_ctrl_c_is_neither_written_nor_counted() -> None:
    one, sink = analyser(), FakeSink()

    class Struck:
        def thumbnail(self, frame: Frame) -> Image | None:
            return None

        def update(self, frame: Frame, thumbnail: Image | None = None) -> tuple[FrameResult, ...]:
            if frame.index == 20:
                raise KeyboardInterrupt
            return one.update(frame)

        def flush(self) -> tuple[FrameResult, ...]:
            return one.flush()

    with pytest.raises(Stopped) as stopped:
        run(FakeSource([BART] * 50), Struck(), sinks=[sink], times=StageTimes())
    summary = stopped.value.summary
    assert summary.frames == len(sink.written) == 20
    assert summary.media_seconds == pytest.approx(20 / FakeSource([BART]).info.rate)


def test_an_error_at_the_last_frame_is_not_lost() -> None:
    with pytest.raises(OSError, match="sink"):
        run(FakeSource([BART] * 5), analyser(), sinks=[FakeSink(fail_at=4)], times=StageTimes())


def test_live_sources_drop_frames_instead_of_lagging() -> None:
    def slow(picture: Image) -> list[float]:
        time.sleep(0.01)
        return [1.0, 0.0, 0.0]

    noise = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), np.uint8)
    source = FakeSource(list(noise), live=True)
    summary = run(
        source,
        Analyser(FakeClassifier(slow), AnalysisConfig()),  # type: ignore[arg-type]
        times=StageTimes(),
    )
    assert summary.frames + summary.dropped == 200
    assert summary.dropped > 0


def test_times_of_nested_stages_are_not_counted_twice() -> None:
    times = StageTimes()
    with times.measure("write"):
        with times.measure("draw"):
            time.sleep(0.05)
    stages = {stage.stage: stage for stage in times.summary()}
    assert stages["draw"].p50_ms >= 50
    assert stages["write"].p50_ms < 50


def test_live_analysis_has_the_newest_frame_until_reset() -> None:
    frames = list(FakeSource([BART, HOMER, BART]))
    with LiveAnalysis(analyser(config=FULL.without_lookahead()), times=StageTimes()) as live:
        assert live.latest() is None
        live.submit(frames[0])
        wait_until(lambda: live.latest() is not None)
        live.reset()
        assert live.latest() is None
        live.submit(frames[1])
        wait_until(lambda: live.latest() is not None and live.latest().index == 1)
        assert live.latest().captions[0].label == "homer_simpson"


def test_live_analysis_never_blocks() -> None:
    gate = threading.Event()

    def blocked(picture: Image) -> list[float]:
        gate.wait(10)
        return [1.0, 0.0, 0.0]

    live = LiveAnalysis(
        Analyser(FakeClassifier(blocked), AnalysisConfig(stills=True).without_lookahead()),  # type: ignore[arg-type]
        times=StageTimes(),
    )
    with live:
        for frame in FakeSource([BART] * 30):
            live.submit(frame)
        gate.set()
        wait_until(lambda: live.latest() is not None and live.latest().index == 29)
    assert live.dropped in (28, 29)  # the first one may have been taken before the second came


def test_live_analysis_takes_the_newest_frame() -> None:
    """While the network works on frame 0 a camera gives 1 to 9: the next one it sees is 9, not 1."""
    come, seen = threading.Event(), []

    class Burst(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            now_s = time.monotonic()
            for frame in super().__iter__():
                yield dataclasses.replace(frame, arrived_s=now_s)
                if frame.index == 9:
                    come.set()

    class Slow:
        def thumbnail(self, frame: Frame) -> Image | None:
            return None

        def update(self, frame: Frame, thumbnail: Image | None = None) -> tuple[FrameResult, ...]:
            come.wait(60)
            seen.append(frame.index)
            return (FrameResult(frame.index, frame.time_s, False, (), ()),)

        def flush(self) -> tuple[FrameResult, ...]:
            return ()

    summary = run(Burst([BART] * 10, live=True), Slow(), times=StageTimes())
    # Whichever came first when the network was ready, after it comes the newest.
    assert seen == [seen[0], 9] or seen == [9]
    assert summary.frames + summary.dropped == 10
    (age,) = (stage for stage in summary.stages if stage.stage == "age")
    assert age.n == summary.frames


def test_the_age_of_live_frames_is_measured() -> None:
    times = StageTimes()
    (frame,) = FakeSource([BART])
    live = LiveAnalysis(analyser(config=FULL.without_lookahead()), times=times)
    with live:
        live.submit(dataclasses.replace(frame, arrived_s=time.monotonic() - 2.0))
        wait_until(lambda: live.latest() is not None)
    (age,) = times.summary()
    assert (age.stage, age.n) == ("age", 1)
    assert age.max_ms >= 2000


def test_live_analysis_raises_what_broke_it() -> None:
    def broken(picture: Image) -> list[float]:
        raise RuntimeError("no more")

    live = LiveAnalysis(
        Analyser(FakeClassifier(broken), AnalysisConfig().without_lookahead()),  # type: ignore[arg-type]
        times=StageTimes(),
    )
    with pytest.raises(RuntimeError, match="no more"), live:
        live.submit(next(iter(FakeSource([BART]))))
        wait_until(lambda: live.latest() is not None)


def test_images_can_be_read_again_instead_of_being_held() -> None:
    images = [BART] * 60 + [HOMER] * 40
    held, again, second = FakeSink(), FakeSink(), FakeSource(images)
    run(FakeSource(images), analyser(), sinks=[held], times=StageTimes())
    seen: list[bool] = []

    def look(frame: HeldFrame, result: FrameResult) -> None:
        with pytest.raises(ValueError, match="not kept"):
            frame.frame()
        seen.append(True)

    run(
        FakeSource(images),
        analyser(),
        sinks=[again],
        times=StageTimes(),
        on_frame=look,
        reopen=lambda: second,
    )
    assert len(seen) == len(again.written) == 100
    for (frame, result), (other, expected) in zip(again.written, held.written, strict=True):
        assert (frame.index, frame.time, result) == (other.index, other.time, expected)
        assert frame.image is images[frame.index]


def test_a_file_that_cannot_be_read_again_is_an_error_and_no_thread_stays() -> None:
    before, sink = threading.active_count(), FakeSink()
    with pytest.raises(SourceError, match="shorter"):
        run(
            FakeSource([BART] * 50),
            analyser(),
            sinks=[sink],
            times=StageTimes(),
            reopen=lambda: FakeSource([BART] * 20),
        )
    assert len(sink.written) == 20 and threading.active_count() == before
