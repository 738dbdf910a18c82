"""The process that analyses a file ahead of the window."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.analysis.analysis_chunk import AnalysisChunk
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cli import ahead as ahead_module
from simpsons_play.cli.ahead import AheadAnalysis
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.timing import StageTimes
from tests.commands import SAMPLE
from tests.media import beginning


def ahead(
    path: Path, *, known: DetectionLog | None = None, start_s: float = 0.0, model: Path | None = None
) -> AheadAnalysis:
    request = PlayRequest(str(path), model=model, provider="cpu", start_s=start_s)
    return AheadAnalysis(request, known=known or DetectionLog({}), times=StageTimes())


def followed(analysis: AheadAnalysis, log: DetectionLog) -> list[AnalysisChunk]:
    """Run to the end in another thread, as the window does; the log grows. Raises what is raised there."""
    chunks: list[AnalysisChunk] = []
    errors: list[Exception] = []

    def follow() -> None:
        try:
            for chunk in analysis.chunks():
                log.extend(chunk.columns)
                chunks.append(chunk)
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    thread.join()
    for error in errors:
        raise error
    return chunks


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return beginning(SAMPLE, tmp_path_factory.mktemp("clip"), 6)


def test_it_finds_what_a_run_without_a_window_finds(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also from the middle on."""
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path))
    play_without_window([PlayRequest(str(clip), provider="cpu")])
    (whole,) = map(DetectionLog.load, tmp_path.glob("*.track"))
    start, _ = whole.shot_of(len(whole) - 1)
    assert start > 0
    for known in (0, start):
        log = whole.until(known)
        start_s = max(0.0, whole[known].time_s - SAME_TIME_S)
        chunks = followed(ahead(clip, known=log, start_s=start_s), log)
        assert len(chunks) > 1 and chunks[-1].settled == len(log) == len(whole)
        for i in range(len(whole)):
            one, other = log[i], whole[i]
            for name in ("index", "time_s", "size_px", "cut", "repeated", "sampled"):
                assert getattr(one, name) == getattr(other, name)
            np.testing.assert_array_equal(one.detections.probabilities, other.detections.probabilities)


def test_the_times_of_its_stages_are_passed_on(clip: Path) -> None:
    times = StageTimes()
    request = PlayRequest(str(clip), provider="cpu")
    log = DetectionLog({})
    followed(AheadAnalysis(request, known=DetectionLog({}), times=times), log)
    numbers = {stage.stage: stage.n for stage in times.summary()}
    assert numbers.keys() == {"decode", "prepare", "classify", "embed", "smooth"}
    assert numbers["decode"] == numbers["prepare"] == numbers["smooth"] == len(log) > numbers["classify"]


def test_errors_are_those_of_the_process(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        followed(ahead(broken), DetectionLog({}))
    (tmp_path / "net.onnx").write_bytes(b"not a model")
    with pytest.raises(SimpsonsError, match=r"net\.onnx is not an ONNX model") as failure:
        followed(ahead(SAMPLE, model=tmp_path / "net.onnx"), DetectionLog({}))
    assert not isinstance(failure.value, SourceError), "playback does not notice it"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_process_that_is_killed_is_told_and_what_it_found_is_kept() -> None:
    log = DetectionLog({})
    analysis = ahead(SAMPLE)
    chunks = analysis.chunks()
    log.extend(next(chunks).columns)
    assert analysis._process is not None
    analysis._process.send_signal(signal.SIGKILL)
    with pytest.raises(
        SimpsonsError, match=r"the analysis ended early: its process was ended by SIGKILL"
    ) as e:
        for chunk in chunks:
            log.extend(chunk.columns)
    assert not isinstance(e.value, SourceError) and len(log) > 0


def test_stopping_ends_a_wait_and_the_process() -> None:
    analysis = ahead(SAMPLE)
    chunks = analysis.chunks()
    next(chunks)
    threading.Timer(0.2, analysis.stop).start()
    with pytest.raises(SourceError, match="stopped"):
        for _ in chunks:
            pass
    assert analysis._process is not None and analysis._process.returncode is not None
    stopped = ahead(SAMPLE)
    stopped.stop()
    with pytest.raises(SourceError, match="stopped"):
        next(stopped.chunks())
    assert stopped._process is None


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(ahead_module, "start_child", fail)
    with pytest.raises(
        SimpsonsError, match="the file cannot be analysed ahead of playback: cannot allocate memory"
    ):
        next(ahead(SAMPLE).chunks())
