"""Questions to a library, as the addresses of its pages ask them: who with whom, and in which season."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from simpsons_play.library.moments import Moment
from simpsons_play.library.search import Search, find_moments, search_for
from simpsons_play.library.statistics import LibraryStatistics, library_statistics
from simpsons_play.web.catalogue import Catalogue

_Number = TypeVar("_Number", int, float)

_MAX_TEXT = 500
"""Characters of a question that are read; nobody types more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed into the form.

    Attributes:
        who: parts of names, with commas: one of them is on screen.
        beside: the same: all of them are on screen, too.
        without: the same: none of them is on screen.
        seasons: numbers of seasons, with commas; empty for all.
        at_least: shortest moment in seconds; empty for any.
    """

    who: str = ""
    beside: str = ""
    without: str = ""
    seasons: str = ""
    at_least: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Question:
        """The question in the query of an address."""
        names = {
            "who": "who",
            "beside": "with",
            "without": "without",
            "seasons": "season",
            "at_least": "least",
        }
        return cls(**{name: fields.get(key, "").strip()[:_MAX_TEXT] for name, key in names.items()})

    def search(self, labels: Sequence[str]) -> Search:
        """What it means.

        Args:
            labels: the characters of the library.

        Raises:
            ValueError: nobody is named so, or a number is none; the message is for people.
        """
        if not self.who:
            raise ValueError("Give at least one character to find.")

        named = search_for(
            [self.who],
            labels,
            beside=[name for name in self.beside.split(",") if name.strip()],
            without=[self.without] if self.without else (),
        )
        return replace(named, seasons=frozenset(_numbers(self.seasons)), at_least_s=_seconds(self.at_least))


class Answers:
    """Answers questions, and remembers the last ones until the library changes.

    Args:
        catalogue: the library.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._moments = lru_cache(maxsize=16)(self._find)
        self._statistics = lru_cache(maxsize=16)(self._count)

    def moments(self, search: Search) -> Sequence[Moment]:
        """All moments, in the order of season, episode and time; raises LibraryError."""
        found: Sequence[Moment] = self._moments(self._catalogue.version, search)
        return found

    def statistics(self, seasons: str) -> LibraryStatistics:
        """Statistics of some seasons, with commas, or of all.

        Raises:
            LibraryError: there are no such episodes.
            ValueError: a season is no number.
        """
        found: LibraryStatistics = self._statistics(
            self._catalogue.version, frozenset(_numbers(seasons[:_MAX_TEXT]))
        )
        return found

    def _find(self, version: str, search: Search) -> Sequence[Moment]:
        with self._catalogue.cursor() as cursor:
            return tuple(find_moments(cursor, search))

    def _count(self, version: str, seasons: frozenset[int]) -> LibraryStatistics:
        with self._catalogue.cursor() as cursor:
            return library_statistics(cursor, seasons=seasons)


def page_number(text: str) -> int:
    """The number of a page of results, from 1.

    Raises:
        ValueError: it is no such number.
    """
    return _parsed(text or "1", int, lambda number: 1 <= number < 1_000_000, "The page is no number")


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [
        _parsed(part, int, lambda n: 0 <= n < 2**31, "A season is a number, such as 4 or 4,5")
        for part in parts
    ]


def _seconds(text: str) -> float:
    text = text.removesuffix("s")
    return _parsed(
        text or "0", float, lambda s: math.isfinite(s) and s >= 0, "A length is a number of seconds"
    )


def _parsed(text: str, kind: Callable[[str], _Number], fits: Callable[[_Number], bool], what: str) -> _Number:
    try:
        number = kind(text)
    except ValueError:
        fitting = False
    else:
        fitting = fits(number)
    if not fitting:
        raise ValueError(f"{what}, not {text[:40]!r}.")
    return number
