"""The cache that a run without a window leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.loading import load_model
from tests.commands import SAMPLE
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
        index = LogIndex(log, lambda: analyser.make_postprocessor(0.7), width=640)
        while index.advance(64):
            pass
        index.flush()
        assert index.known()[1] == spans
        assert cache.load_spans(made_by=analyser.postprocessing_id(0.5)) is None
        cache.store_spans((), made_by=made_by)
