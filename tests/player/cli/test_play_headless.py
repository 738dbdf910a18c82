"""What a run without a window leaves for the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.config import AnalysisConfig, PlayRequest
from simpsons_play.inference.model import load_model
from tests.commands import SAMPLE
from tests.media import beginning


def test_a_window_that_opens_the_file_next_knows_at_once_who_is_there_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    video = beginning(SAMPLE, tmp_path, 5)
    config = AnalysisConfig(threshold=0.7)
    network = load_model(provider="cpu")
    analyser = Analyser(network, config)
    keeper = VideoCache(video, network, regions=analyser.regions, config=config)
    made_by = analyser.postprocessing_id(0.7)
    for _ in range(2):  # with the network, and from what it said
        assert play_without_window([PlayRequest(str(video), provider="cpu", config=config, quiet=True)])
        track, spans = keeper.load(), keeper.load_spans(made_by=made_by)
        assert track is not None and spans
        followed = LogIndex(track, lambda: analyser.make_postprocessor(0.7), width=640)
        while followed.advance(64):
            pass
        followed.flush()
        assert followed.known()[1] == spans
        assert keeper.load_spans(made_by=analyser.postprocessing_id(0.5)) is None
        keeper.store_spans((), made_by=made_by)
