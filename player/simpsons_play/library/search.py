"""Finds the moments at which characters are on screen, alone or together, in all episodes of a library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from simpsons_play.core.label_search import chosen_labels
from simpsons_play.library.intervals import Interval, difference, intersection, union
from simpsons_play.library.moments import Moment
from simpsons_play.library.schema import EPISODE_ORDER
from simpsons_play.timelines.appearances import GAP_S


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for.

    Attributes:
        who: labels of which at least one is on screen.
        beside: groups of labels; of each, at least one is on screen at the same time.
        without: labels of which none is on screen.
        seasons: seasons to search; empty for all videos.
        episodes: numbers of episodes in their seasons; empty for all videos.
        at_least_s: shortest moment, in seconds.
        gap_s: gaps up to this length, in seconds, do not end a moment.
    """

    who: frozenset[str]
    beside: tuple[frozenset[str], ...] = ()
    without: frozenset[str] = frozenset()
    seasons: frozenset[int] = frozenset()
    episodes: frozenset[int] = frozenset()
    at_least_s: float = 0.0
    gap_s: float = GAP_S

    @property
    def labels(self) -> frozenset[str]:
        """All labels that matter."""
        return self.who.union(self.without, *self.beside)


def search_for(
    names: Sequence[str],
    labels: Sequence[str],
    *,
    beside: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Search:
    """The search that names of characters, or parts of them, mean: in all videos, for moments of any length.

    Args:
        names: of whom one is on screen; each may contain several, separated by commas.
        labels: the characters of the library.
        beside: of whom all are on screen at the same time.
        without: of whom none is on screen.

    Raises:
        ValueError: the library knows no character of that name.
    """

    def chosen(parts: Sequence[str]) -> frozenset[str]:
        return chosen_labels(parts, labels, knower="the library").labels

    return Search(
        chosen(names),
        tuple(chosen([part]) for name in beside for part in name.split(",")),
        chosen(without) if without else frozenset(),
    )


def find_moments(connection: Any, search: Search) -> list[Moment]:
    """Find all moments, in the order of season, episode and time.

    Args:
        connection: database of the library; see `index.connect`.
        search: what to look for.
    """
    where: list[str] = ["label IN (SELECT unnest(?))"]
    values: list[list[Any]] = [sorted(search.labels)]
    for column, numbers in (("season", search.seasons), ("episode", search.episodes)):
        if numbers:
            where.append(f"{column} IN (SELECT unnest(?))")
            values.append(sorted(numbers))
    rows = connection.execute(
        "SELECT episode_id, label, start_s, end_s FROM appearances JOIN episodes USING (episode_id) "
        f"WHERE {' AND '.join(where)}",
        values,
    ).fetchall()
    times: dict[str, dict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for episode_id, label, start_s, end_s in rows:
        times[episode_id][label].append((start_s, end_s))
    moments = []
    for row in connection.execute(_EPISODES).fetchall():
        if row[0] in times:
            moments += _moments(row, times[row[0]], search)
    return moments


_EPISODES = f"""
SELECT episode_id, path, title, season, episode, rate, duration_s FROM episodes
ORDER BY {EPISODE_ORDER}
"""


def _moments(row: Sequence[Any], times: dict[str, list[Interval]], search: Search) -> list[Moment]:
    episode_id, path, title, season, episode, rate, duration_s = row

    def of(labels: frozenset[str]) -> list[Interval]:
        return union((one for label in labels for one in times.get(label, ())), gap_s=search.gap_s)

    found = of(search.who)
    for labels in search.beside:
        found = intersection(found, of(labels))
    if search.without:
        found = difference(found, union(one for label in search.without for one in times.get(label, ())))
    wanted = search.who.union(*search.beside)
    return [
        Moment(
            episode_id,
            path,
            title,
            season,
            episode,
            Fraction(rate),
            duration_s,
            start_s,
            end_s,
            tuple(
                sorted(
                    label
                    for label in wanted
                    if intersection(sorted(times.get(label, ())), [(start_s, end_s)])
                )
            ),
        )
        for start_s, end_s in union(found, gap_s=0.0 if search.without else search.gap_s)
        if end_s - start_s >= search.at_least_s
    ]
