"""The clip of the show, where it lies beside the data: what the front page claims is measured here."""

import json
import os
from pathlib import Path

import pytest

from tests.commands import simpsons

DATA = Path(os.environ.get("SIMPSONS_DATA", Path(__file__).parents[3] / "shared" / "data"))
EPISODE = DATA.parent / "clips" / "episode.avi"
SCORE = DATA.parent / "tools" / "score_clip.py"


@pytest.mark.slow
@pytest.mark.skipif(not EPISODE.exists() or not SCORE.exists(), reason="the clip of the show is not here")
def test_single_shots_of_the_episode_are_named(tmp_path: Path) -> None:
    import subprocess
    import sys

    done = simpsons("play", EPISODE, "--no-window", "--predictions", tmp_path / "p.jsonl")
    assert done.returncode == 0, done.stderr
    scored = subprocess.run(
        [sys.executable, str(SCORE), str(tmp_path / "p.jsonl"), str(EPISODE.with_suffix(".csv"))],
        capture_output=True,
        text=True,
        check=True,
    )
    score = json.loads(scored.stdout)
    assert score["frames"] == 1957 and score["rate"] == "24000/1001"
    assert score["single_named"] >= 0.9
