"""How to go to a moment of a source: a command of the player, and a link to the video file. Pure."""

from __future__ import annotations

import os
import shlex
from math import floor
from pathlib import Path
from urllib.parse import quote

from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import SourceInfo

SIDES = {"left": "on the left", "middle": "in the middle", "right": "on the right"}
"""Where in the frame a moment is."""

_REPLACEMENT = "\ufffd"


def play_command(source: SourceInfo, start_s: float) -> str:
    r"""The command that opens the player at a time, quoted for a POSIX shell; passwords are masked.

    Args:
        source: the source, whose name is the one that the user gave.
        start_s: start time in seconds; rounded down to tenths, so that nothing is missed.

    Returns:
        The command; empty if the source cannot be opened a second time, such as a camera, or if its name
        contains control characters, which cannot be copied safely.

    Example:
        >>> from fractions import Fraction
        >>> info = SourceInfo("it's.avi", 4, 4, Fraction(25), Fraction(1, 25), media="it's.avi")
        >>> play_command(info, 73.28)
        'simpsons-play \'it\'"\'"\'s.avi\' --start 73.2'
    """
    name = one_line(source.name)
    if source.media is None or name.count(_REPLACEMENT) > source.name.count(_REPLACEMENT):
        return ""
    if name.startswith("-"):  # it would be an option
        name = f"./{name}"
    return f"simpsons-play {shlex.quote(name)} --start {_tenths(start_s)}"


def video_url(source: SourceInfo, folder: Path) -> str:
    """The URL of the video file, relative to the folder of a page, so that both can be moved together.

    Args:
        source: the source.
        folder: folder of the page.

    Returns:
        The URL in ASCII, relative if both are on one drive; empty if the source is no local video file.

    Example:
        >>> from fractions import Fraction
        >>> info = SourceInfo("a b.mp4", 4, 4, Fraction(25), Fraction(1, 25), path=Path("/films/a b.mp4"))
        >>> video_url(info, Path("/films/report"))
        '../a%20b.mp4'
    """
    if source.path is None:
        return ""
    path = os.path.abspath(source.path)
    try:
        relative = os.path.relpath(path, os.path.abspath(folder))
    except ValueError:  # on another drive of Windows
        return Path(path).as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))


def at_time(url: str, start_s: float) -> str:
    """Add the time to a URL as a media fragment (https://www.w3.org/TR/media-frags/#naming-time)."""
    return f"{url}#t={_tenths(start_s)}" if url else ""


def _tenths(time_s: float) -> str:
    return f"{floor(max(0.0, time_s) * 10 + 1e-6) / 10:.1f}"
