"""The library as the pages show it: its database, kept open and up to date, and its episodes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from simpsons_play.core.names import display_name
from simpsons_play.library.index import connect
from simpsons_play.library.schema import EPISODE_ORDER
from simpsons_play.library.store import LibraryStore
from simpsons_play.web.templates import safe_colour

_CHECK_S, _CHECK_REMOTE_S = 2.0, 60.0
"""How often, in seconds, a folder and a bucket are asked at most whether they have changed."""

_PEOPLE = 4
"""How many characters a card names."""

_PICTURES_KEPT = 24
"""Number of episodes whose pictures stay in memory: some 2 MB each."""


@dataclass(frozen=True, slots=True)
class Person:
    """A character in an episode, or in all.

    Attributes:
        label: its label.
        name: its name for people; may contain any characters.
        colour: its colour, as `#rrggbb`.
        seconds: its time on screen, in seconds.
    """

    label: str
    name: str
    colour: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode on the pages.

    Attributes:
        episode_id: its ID.
        version: changes when it is analysed again; part of the addresses of its pictures.
        title: for display; may contain any characters.
        path: path of the video.
        season: number of the season; None if there is none.
        duration_s: length in seconds.
        size_px: width and height of its frames.
        pixel_aspect: width of a pixel over its height.
        rate: frames per second.
        threshold: names with lower probabilities are not stored, 0-1.
        warnings: what of the video could not be read.
        people: who is in it, longest on screen first.
    """

    episode_id: str
    version: str
    title: str
    path: str
    season: int | None
    duration_s: float
    size_px: tuple[int, int]
    pixel_aspect: float
    rate: float
    threshold: float
    warnings: tuple[str, ...]
    people: tuple[Person, ...]

    @property
    def main_people(self) -> tuple[Person, ...]:
        """Those whom a card names."""
        return self.people[:_PEOPLE]


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture of an appearance.

    Attributes:
        appearance: number of the appearance in its episode.
        label: label of the character.
        time_s: when it was taken, in seconds.
        jpeg: content of a JPEG file.
    """

    appearance: int
    label: str
    time_s: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class _State:
    version: str
    connection: Any
    episodes: Mapping[str, Episode]
    people: Mapping[str, Person]


class Catalogue:
    """A library, for many requests at a time. Thread-safe.

    Args:
        store: the library; it must exist.
        tell: called with one line for each episode that cannot be read and is left out.
    """

    def __init__(self, store: LibraryStore, tell: Callable[[str], object] = lambda line: None) -> None:
        self.store, self._tell = store, tell
        self._check_s = _CHECK_REMOTE_S if store.folder is None else _CHECK_S
        self._lock = threading.Lock()
        self._found: _State | None = None
        self._checked_s = -self._check_s
        self._pictures = lru_cache(maxsize=_PICTURES_KEPT)(self._read_pictures)

    @property
    def version(self) -> str:
        """Changes whenever an episode is added, replaced or removed."""
        return self._state().version

    def refresh(self) -> None:
        """Ask the library whether it has changed, however short a time ago that was."""
        with self._lock:
            self._checked_s = -self._check_s

    def episodes(self) -> Sequence[Episode]:
        """All episodes, in the order of season and episode.

        Raises:
            LibraryError: the library cannot be read; so for all methods.
        """
        return tuple(self._state().episodes.values())

    def episode(self, episode_id: str) -> Episode | None:
        """One episode; None if the library has none with this ID."""
        return self._state().episodes.get(episode_id)

    def person(self, label: str) -> Person:
        """Name and colour of a character."""
        return self._state().people.get(label) or Person(label, display_name(label), safe_colour(None))

    def people(self) -> Sequence[Person]:
        """All characters that are in any episode, longest on screen first."""
        return tuple(self._state().people.values())

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A connection to the database for one thread, with tables of its own."""
        with self._state().connection.cursor() as cursor:
            yield cursor

    def pictures(self, episode: Episode) -> Sequence[Picture]:
        """The pictures of an episode, in the order of its appearances."""
        found: Sequence[Picture] = self._pictures(episode.episode_id, episode.version)
        return found

    def _read_pictures(self, episode_id: str, version: str) -> Sequence[Picture]:
        rows = self.store.read(episode_id, "thumbnails").to_pylist()
        return tuple(Picture(row["appearance"], row["label"], row["time_s"], row["jpeg"]) for row in rows)

    def _state(self) -> _State:
        with self._lock:
            if self._found is None or time.monotonic() - self._checked_s > self._check_s:
                stored = {one.episode_id: one.stamp for one in self.store.episodes()}
                version = hashlib.sha256(repr(sorted(stored.items())).encode()).hexdigest()[:16]
                if self._found is None or self._found.version != version:
                    self._found = _read(version, connect(self.store, tell=self._tell), stored)
                self._checked_s = time.monotonic()
            return self._found


def _read(version: str, connection: Any, stamps: Mapping[str, str]) -> _State:
    rows = connection.execute(_EPISODES).fetchall()
    names = {label: name for row in rows for label, name in zip(row[10], row[11], strict=False)}
    colours = {
        label: safe_colour(colour) for row in rows for label, colour in zip(row[10], row[12], strict=False)
    }
    seconds: dict[str, float] = {}
    people: dict[str, list[Person]] = {}
    for found_id, label, on_screen_s in connection.execute(_SCREEN_TIMES).fetchall():
        person = Person(label, names.get(label, label), colours.get(label, safe_colour(None)), on_screen_s)
        people.setdefault(found_id, []).append(person)
        seconds[label] = seconds.get(label, 0.0) + on_screen_s
    everyone = [
        Person(label, names.get(label, label), colours.get(label, safe_colour(None)), total_s)
        for label, total_s in sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
    ]
    episodes = {
        row[0]: Episode(
            row[0],
            hashlib.sha256(stamps.get(row[0], "").encode()).hexdigest()[:12],
            row[1],
            row[2],
            row[3],
            row[4],
            (max(1, row[5]), max(1, row[6])),
            float(_fraction(row[7])),
            float(_fraction(row[8])),
            row[9],
            tuple(row[13]),
            tuple(people.get(row[0], ())),
        )
        for row in rows
    }
    return _State(version, connection, episodes, {person.label: person for person in everyone})


def _fraction(text: str) -> Fraction:
    """A positive number as the tables write it; 1 for anything else."""
    try:
        return Fraction(text) if Fraction(text) > 0 else Fraction(1)
    except (ValueError, ZeroDivisionError):
        return Fraction(1)


_EPISODES = f"""
SELECT episode_id, title, path, season, duration_s, width, height, pixel_aspect, rate, threshold,
       labels, names, colours, warnings
FROM episodes ORDER BY {EPISODE_ORDER}
"""
_SCREEN_TIMES = (
    "SELECT episode_id, label, seconds FROM screen_times WHERE seconds > 0 ORDER BY seconds DESC, label"
)
