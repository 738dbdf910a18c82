"""Statistics of a library: who is on screen for how long, with whom, and where first and last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simpsons_play.core.errors import LibraryError
from simpsons_play.library.schema import EPISODE_ORDER


@dataclass(frozen=True, slots=True)
class EpisodeTime:
    """A time in an episode.

    Attributes:
        episode_id: ID of the episode.
        title: its title.
        time_s: time in seconds from its start.
    """

    episode_id: str
    title: str
    time_s: float


@dataclass(frozen=True, slots=True)
class CharacterTotal:
    """One character in all episodes.

    Attributes:
        label: label of the character.
        seconds: total time on screen, in seconds.
        seconds_least: the same at a higher threshold, added up over the episodes.
        seconds_most: the same at a lower threshold.
        share: share of the time of all episodes, 0-1.
        episodes: number of episodes with the character.
        appearances: number of appearances.
        first: start of the first appearance, in the order of season and episode.
        last: start of the last one.
        longest: start of the longest one.
        longest_s: length of that, in seconds.
    """

    label: str
    seconds: float
    seconds_least: float
    seconds_most: float
    share: float
    episodes: int
    appearances: int
    first: EpisodeTime
    last: EpisodeTime
    longest: EpisodeTime
    longest_s: float


@dataclass(frozen=True, slots=True)
class SharedTime:
    """Two characters that are on screen together.

    Attributes:
        labels: both labels, in alphabetical order.
        seconds: total time with both on screen, in seconds.
        episodes: number of episodes in which they meet.
    """

    labels: tuple[str, str]
    seconds: float
    episodes: int


@dataclass(frozen=True, slots=True)
class LibraryStatistics:
    """Statistics of all episodes, or of some seasons.

    Attributes:
        episodes: number of episodes.
        seconds: their total length, in seconds.
        characters: one total for each character, longest first.
        by_season: season -> label -> seconds on screen; None stands for videos without a season.
        pairs: who is on screen with whom, longest first.
    """

    episodes: int
    seconds: float
    characters: tuple[CharacterTotal, ...]
    by_season: Mapping[int | None, Mapping[str, float]]
    pairs: tuple[SharedTime, ...]


def library_statistics(connection: Any, *, seasons: frozenset[int] = frozenset()) -> LibraryStatistics:
    """Compute the statistics of a library.

    Args:
        connection: database of the library; see `index.connect`.
        seasons: seasons to count; empty for all videos.

    Raises:
        LibraryError: there are no episodes.
    """
    connection.execute(
        _CHOSEN.format(
            order=EPISODE_ORDER, where="WHERE season IN (SELECT unnest($seasons))" if seasons else ""
        ),
        {"seasons": sorted(seasons)} if seasons else {},
    )
    episodes, seconds = connection.execute(
        "SELECT count(*), coalesce(sum(duration_s), 0) FROM chosen"
    ).fetchone()
    if not episodes:
        what = f"episodes of season {' or '.join(map(str, sorted(seasons)))}" if seasons else "episodes"
        raise LibraryError(f"the library contains no {what}")
    by_season: dict[int | None, dict[str, float]] = defaultdict(dict)
    for season, label, on_screen_s in connection.execute(_BY_SEASON).fetchall():
        by_season[season][label] = on_screen_s
    places = {row[0]: row[1:] for row in connection.execute(_PLACES).fetchall()}
    characters = [
        _character(row, places[row[0]], seconds)
        for row in connection.execute(_TOTALS).fetchall()
        if row[0] in places
    ]
    pairs = [
        SharedTime((a, b), shared_s, count)
        for a, b, shared_s, count in connection.execute(_SHARED).fetchall()
    ]
    return LibraryStatistics(episodes, seconds, tuple(characters), dict(by_season), tuple(pairs))


def _character(row: tuple[Any, ...], places: tuple[Any, ...], seconds: float) -> CharacterTotal:
    label, on_screen_s, least_s, most_s, episodes, appearances = row
    first, last, longest = (EpisodeTime(place["id"], place["title"], place["start_s"]) for place in places)
    return CharacterTotal(
        label,
        on_screen_s,
        least_s,
        most_s,
        on_screen_s / (seconds or 1.0),
        episodes,
        appearances,
        first,
        last,
        longest,
        places[2]["end_s"] - places[2]["start_s"],
    )


_CHOSEN = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT episode_id, title, season, duration_s,
       row_number() OVER (ORDER BY {order}) AS place
FROM episodes {where}
"""
_TOTALS = """
SELECT label, sum(seconds) AS total, sum(seconds_least), sum(seconds_most), count(*), sum(appearances)
FROM screen_times JOIN chosen USING (episode_id) GROUP BY label ORDER BY total DESC, label
"""
_BY_SEASON = """
SELECT season, label, sum(seconds) FROM screen_times JOIN chosen USING (episode_id)
GROUP BY ALL ORDER BY season NULLS LAST, sum(seconds) DESC, label
"""
_PLACES = """
WITH placed AS (
    SELECT label, place, start_s, end_s,
           {'id': episode_id, 'title': title, 'start_s': start_s, 'end_s': end_s} AS found
    FROM appearances JOIN chosen USING (episode_id)
)
SELECT label, arg_min(found, (place, start_s)), arg_max(found, (place, start_s)),
       arg_min(found, (start_s - end_s, place, start_s))
FROM placed GROUP BY label
"""
_SHARED = """
SELECT label, other, sum(seconds) AS total, count(*) FROM pairs JOIN chosen USING (episode_id)
GROUP BY ALL ORDER BY total DESC, label, other
"""
