"""What the player loads and starts before it plays a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import HANGS_S, environment
from tests.media import MP4, make_video

_PLAY = """
import atexit, os, sys
from simpsons_play.cli.entry import simpsons_play

@atexit.register
def show():
    print([name for name in ("jinja2", "http.client", "PySide6") if name in sys.modules])
    print(os.environ["OPENBLAS_NUM_THREADS"])

sys.exit(simpsons_play())
"""


@pytest.mark.parametrize(("threads", "used"), [(None, "1"), ("2", "2")])
def test_playing_a_file_loads_and_starts_only_what_it_needs(
    threads: str | None, used: str, tmp_path: Path
) -> None:
    video = make_video(tmp_path, MP4)
    played = subprocess.run(
        [sys.executable, "-c", _PLAY, video, "--no-window", "--quiet"],
        env=environment(OPENBLAS_NUM_THREADS=threads),
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS_S,
    )
    assert played.stdout.splitlines() == ["[]", used]
