"""Season, number and title of an episode, read from the name of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.escaping import one_line

_NUMBER_FIRST = re.compile(r"\W*(s\d+\W*e\d+|\d+x\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EpisodeName:
    """What the name of a file says about its episode.

    Attributes:
        title: title for display, such as `S04E12 Marge vs. the Monorail`; one line.
        series: name of the series; None if there is none.
        season: number of the season; None if there is none.
        episode: number of the episode in its season, the first one if the file holds several; None without a
            season.
    """

    title: str
    series: str | None
    season: int | None
    episode: int | None


def episode_name(path: Path) -> EpisodeName:
    """Read season, number and title from the name of a file, and of the folder that it is in.

    Args:
        path: path of a video file; it need not exist.

    Raises:
        DependencyError: guessit is not installed.

    Example:
        >>> episode_name(Path("Season 4/The.Simpsons.S04E12.Marge.vs.the.Monorail.720p.mkv")).title
        'S04E12 Marge vs the Monorail'
        >>> episode_name(Path("holiday.mp4"))
        EpisodeName(title='holiday', series=None, season=None, episode=None)
    """
    found = _guess(path.stem)
    season, episode = _first(found.get("season")), _first(found.get("episode"))
    title = found.get("episode_title")
    if season is None or _NUMBER_FIRST.match(path.stem):  # what follows is no name of a series
        title = title or found.get("title")
    if season is None:  # it may be in the name of the folder
        season = _first(_guess(str(Path(path.parent.name, path.name))).get("season"))
    if season is None or episode is None:
        return EpisodeName(one_line(path.stem), None, season, None)
    number = f"S{season:02}E{episode:02}"
    series = None if title is found.get("title") else found.get("title")
    return EpisodeName(f"{number} {title}" if title else number, series and str(series), season, episode)


def _guess(name: str) -> dict[str, Any]:
    # Without the option, the 105 of `clip_105` would be season 1, episode 5.
    guessit = data_package("guessit", "the library").guessit
    try:
        return dict(guessit(one_line(name), {"type": "episode", "episode_prefer_number": True}))
    except Exception:  # of a name that it does not understand
        return {}


def _first(number: object) -> int | None:
    """The first of several numbers, as of a double episode; None for none."""
    numbers = number if isinstance(number, list) else [number]
    return next((one for one in numbers if isinstance(one, int)), None)
