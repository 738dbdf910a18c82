"""The video files that a user names: files, folders with all folders in them, patterns and playlists."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import expand
from simpsons_play.sources.endings import is_hidden, is_junk, is_video
from simpsons_play.sources.file_name import STANDARD_INPUT, is_address, without_file_scheme
from simpsons_play.sources.pictures import natural_key


def video_files(
    names: Sequence[str],
    *,
    tell: Callable[[str], object] = lambda line: None,
    fail: Callable[[str, str], object],
) -> list[Path]:
    """The video files that names stand for, each once, in order.

    Args:
        names: video files, folders, patterns such as `season4/*.mkv`, and playlists. Of a folder, all videos
            in it and in its folders are taken, sorted naturally.
        tell: called with one line for each entry of a playlist that is skipped or missing.
        fail: called with each name that stands for no file, and why: a folder without videos, a pattern that
            matches nothing, an address.
    """
    found: list[Path] = []
    for name in names:
        try:
            local = without_file_scheme(name)
            if local and os.path.isdir(local):
                found += _videos_in(Path(local))
            else:
                found += [_file(one) for one in expand([name], tell=tell)]
        except SourceError as error:
            fail(name, str(error))
    return list(dict.fromkeys(found))


def _videos_in(folder: Path) -> list[Path]:
    videos: list[Path] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(Path(name)))
        paths = [Path(parent, name) for name in files]
        named = [path for path in paths if is_video(path) and not is_hidden(path) and not is_junk(path)]
        videos += [path for path in named if path.is_file() or not path.exists()]  # a pipe never ends
    if not videos:
        raise SourceError(f"{folder} contains no videos")
    return sorted(videos, key=lambda path: [natural_key(Path(part)) for part in path.parts])


def _file(name: str) -> Path:
    if name == STANDARD_INPUT or is_address(name) or (os.path.exists(name) and not os.path.isfile(name)):
        raise SourceError(f"{name} is not a file; a library needs video files")
    return Path(name)
