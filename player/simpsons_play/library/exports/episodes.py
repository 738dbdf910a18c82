"""The episodes of a library with what exports need of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.names import display_name
from simpsons_play.library.api import Library
from simpsons_play.library.intervals import Interval

UNKNOWN_COLOUR = "#c8c8c8"
"""Colour of a label that the model of the episode does not have."""


@dataclass(frozen=True, slots=True)
class Character:
    """A character in an episode.

    Attributes:
        label: its label.
        name: its display name; may contain any characters.
        colour: its colour, as `#rrggbb`.
        seconds: time on screen, in seconds.
        share: share of the episode, 0-1.
    """

    label: str
    name: str
    colour: str
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Episode:
    """One video of a library.

    Attributes:
        episode_id: its ID.
        path: path of the video, which may be gone.
        title: title for display, such as `S04E12 Marge vs. the Monorail`; may contain any characters.
        series: title of the series; None if the file name has none.
        season: number of the season; None if the file name has none.
        number: number in the season; None if the file name has none.
        duration_s: length in seconds.
        width: width of the picture, in pixels.
        height: height of the picture, in pixels.
        size_bytes: size of the video when it was analysed.
        characters: those who are on screen, longest first.
        appearances: label, start and end in seconds of each appearance, in order of their starts.
        shots: start and end of each shot, in seconds.
    """

    episode_id: str
    path: Path
    title: str
    series: str | None
    season: int | None
    number: int | None
    duration_s: float
    width: int
    height: int
    size_bytes: int
    characters: tuple[Character, ...]
    appearances: tuple[tuple[str, float, float], ...]
    shots: tuple[Interval, ...]

    @property
    def own_title(self) -> str:
        """The title without the number: `Marge vs. the Monorail`; the whole title if nothing else is left."""
        if self.season is None or self.number is None:
            return self.title
        return self.title.removeprefix(f"S{self.season:02}E{self.number:02}").strip() or self.title


def episodes_of(library: Library) -> Iterator[Episode]:
    """All episodes of a library, in the order of season, episode and title.

    Args:
        library: the library.

    Raises:
        LibraryError: it cannot be read.
    """
    with closing(library.connect()) as connection:
        for row in connection.execute(_EPISODES).fetchall():
            episode_id, path, title, series, season, number, duration_s, width, height, size, *looks = row
            look = {label: (name, colour) for label, name, colour in zip(*looks, strict=True)}
            characters = (
                Character(label, *look.get(label, (display_name(label), UNKNOWN_COLOUR)), seconds, share)
                for label, seconds, share in connection.execute(_CHARACTERS, [episode_id]).fetchall()
            )
            yield Episode(
                episode_id,
                Path(path),
                title,
                series,
                season,
                number,
                duration_s,
                width,
                height,
                size,
                tuple(characters),
                tuple(connection.execute(_APPEARANCES, [episode_id]).fetchall()),
                tuple(connection.execute(_SHOTS, [episode_id]).fetchall()),
            )


_EPISODES = """
SELECT episode_id, path, title, series, season, episode, duration_s, width, height, size_bytes,
       labels, names, colours
FROM episodes ORDER BY season NULLS LAST, episode NULLS LAST, title, path, analysed_at DESC
"""
_CHARACTERS = """
SELECT label, seconds, share FROM screen_times WHERE episode_id = ? AND seconds > 0
ORDER BY seconds DESC, label
"""
_APPEARANCES = """
SELECT label, start_s, end_s FROM appearances WHERE episode_id = ? ORDER BY start_s, label
"""
_SHOTS = "SELECT start_s, end_s FROM shots WHERE episode_id = ? ORDER BY start_s"
