"""`--sample`: plays the clip that is installed with the player."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simpsons_play.core import assets
from simpsons_play.core.errors import SourceError
from tests.commands import SAMPLE, environment, simpsons

SHORT = ("--no-window", "--no-cache", "--duration", "0.5", "--provider", "cpu", "-q")


def test_the_sample_plays_from_any_folder_under_its_own_name(tmp_path: Path) -> None:
    done = simpsons("play", "--sample", *SHORT, "--predictions", "{name}.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["springfield.jsonl"]
    header = json.loads((tmp_path / "springfield.jsonl").read_text().splitlines()[0])
    assert Path(header["source"]).name == SAMPLE.name == "springfield.mp4"


def test_the_sample_cannot_be_combined_with_a_source(tmp_path: Path) -> None:
    done = simpsons("play", "--sample", "episode.avi", *SHORT, cwd=tmp_path)
    assert done.returncode == 2
    assert "--sample" in done.stderr and "SOURCE" in done.stderr.splitlines()[-1]


def test_the_config_file_cannot_ask_for_the_sample(tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text("[play]\nsample = true\n")
    done = simpsons("play", *SHORT, env=environment(SIMPSONS_CONFIG=str(settings)))
    assert done.returncode != 0 and "no option 'sample'" in done.stderr


def test_an_installation_without_the_sample_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    with pytest.raises(SourceError, match="install simpsons-play again"):
        assets.sample_clip()
