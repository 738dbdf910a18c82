"""What tests of sources look at in a whole video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simpsons_play.core.frames import SourceInfo
from simpsons_play.sources import VideoFile
from tests.media import number_of


def read(path: Path, **asked: Any) -> tuple[list[tuple[float, int]], SourceInfo, list[str]]:
    """Times and numbers of all frames, what was known before, and what was complained of."""
    with VideoFile(path, **asked) as video:
        found = [(frame.time_s, number_of(frame.image)) for frame in video]
        return found, video.info, video.warnings
