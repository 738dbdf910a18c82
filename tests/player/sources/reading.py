"""Reads a whole video for tests of sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simpsons_play.core.frames import SourceInfo
from simpsons_play.sources import VideoFile
from tests.media import number_of


def read(path: Path, **options: Any) -> tuple[list[tuple[float, int]], SourceInfo, list[str]]:
    """Time and number of each frame, the info of the source, and its warnings."""
    with VideoFile(path, **options) as video:
        frames = [(frame.time_s, number_of(frame.image)) for frame in video]
        return frames, video.info, video.warnings
