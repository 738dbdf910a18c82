"""The cache that a run without a window leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest

from simpsons_play.analysis import held_frame
from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cli import play_headless
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.play_headless import HeadlessRun, play_without_window
from simpsons_play.cli.terminal import Terminal
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Source
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.loading import load_model
from simpsons_play.sources import open_requested
from tests.commands import SAMPLE
from tests.disk import full_disk
from tests.fakes import write_colour_model
from tests.media import beginning


def test_a_run_caches_the_spans_for_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    video = beginning(SAMPLE, tmp_path, 5)
    config = AnalysisConfig(threshold=0.7)
    network = load_model(provider="cpu")
    analyser = Analyser(network, config)
    cache = VideoCache(video, network, regions=analyser.regions, config=config)
    made_by = analyser.postprocessing_id(0.7)
    for _ in range(2):  # with the model, then from the cache
        assert play_without_window([PlayRequest(str(video), provider="cpu", config=config, quiet=True)])
        log, spans = cache.load(), cache.load_spans(made_by=made_by)
        assert log is not None and spans
        index = LogIndex(log, lambda: analyser.make_postprocessor(0.7, None), width=640)
        while index.advance(64):
            pass
        index.flush()
        assert index.known()[1] == spans
        assert cache.load_spans(made_by=analyser.postprocessing_id(0.5)) is None
        cache.store_spans((), made_by=made_by)


def test_a_run_writes_its_outputs_before_it_concludes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    predictions = tmp_path / "p.csv"
    request = PlayRequest(str(beginning(SAMPLE, tmp_path, 1)), quiet=False, predictions=(predictions,))
    network = load_model(write_colour_model(tmp_path / "m.onnx"), provider="cpu")
    terminal, outputs = Terminal(request, network, titled=False), Outputs(request)
    with open_requested(request) as source:
        headless = HeadlessRun(request, source, network, outputs, terminal)
        assert not predictions.exists(), "building it writes nothing"
        summary = headless.run()
        assert summary.frames > 20 and predictions.exists()
        assert not (tmp_path / "cache").exists() and not capsys.readouterr().out
        assert headless.conclude(summary), "all of the source could be read"
    assert len(list((tmp_path / "cache").glob("*.track"))) == 1
    assert f"{summary.frames} frames" in capsys.readouterr().out


def test_large_frames_are_read_again_to_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a part; the recording is the same, and nothing is read twice if no picture is written."""
    monkeypatch.setenv("SIMPSONS_CACHE", "")
    video, model = beginning(SAMPLE, tmp_path, 2), write_colour_model(tmp_path / "m.onnx")
    opened: list[str] = []

    def open_counted(request: PlayRequest, **options: Any) -> Source:
        opened.append(request.source)
        return open_requested(request, **options)

    monkeypatch.setattr(play_headless, "open_requested", open_counted)

    def recorded(name: str, *, start_s: float) -> list[bytes]:
        request = PlayRequest(
            str(video), model=model, provider="cpu", quiet=True, output=tmp_path / name, start_s=start_s
        )
        assert play_without_window([request])
        with av.open(str(tmp_path / name)) as media:
            return [bytes(f.to_ndarray(format="gray")) for f in media.decode(video=0)]

    for start_s in (0.0, 1.0):
        once = recorded(f"once-{start_s}.mp4", start_s=start_s)
        assert len(opened) == 1
        with monkeypatch.context() as large:
            large.setattr(held_frame, "LARGE_BYTES", 0)
            assert recorded(f"twice-{start_s}.mp4", start_s=start_s) == once and len(once) > 20
            assert len(opened) == 3
            opened.clear()
            table = PlayRequest(
                str(video),
                model=model,
                provider="cpu",
                quiet=True,
                predictions=(tmp_path / f"{start_s}.csv",),
            )
            assert play_without_window([table]) and len(opened) == 1
            opened.clear()


def test_a_run_that_fails_names_the_partial_outputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = PlayRequest(
        str(beginning(SAMPLE, tmp_path, 4)), cached=False, predictions=(tmp_path / "p.jsonl",)
    )
    network = load_model(write_colour_model(tmp_path / "m.onnx"), provider="cpu")
    terminal, outputs = Terminal(request, network, titled=False), Outputs(request)
    with open_requested(request) as source, full_disk(20_000), pytest.raises(SinkError):
        HeadlessRun(request, source, network, outputs, terminal).play()
    assert "playable but incomplete: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("p*")] == ["p.partial.jsonl"]
