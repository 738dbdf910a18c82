"""Moments: the stretches of time that a question over the library finds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Moment:
    """One stretch of time of an episode.

    Attributes:
        episode_id: ID of the episode in the library.
        path: path or URL of its video.
        title: title for display, such as `S04E12 Marge vs. the Monorail`; may contain any characters.
        season: number of the season; None if the file name has none.
        episode: number of the episode in its season; None if the file name has none.
        rate: frames per second of the video.
        duration_s: length of the video in seconds.
        start_s: start in seconds from the start of the video.
        end_s: end in seconds from the start of the video; the first time that does not belong to it.
        labels: labels of the characters that were asked for and are on screen, in alphabetical order.
    """

    episode_id: str
    path: str
    title: str
    season: int | None
    episode: int | None
    rate: Fraction
    duration_s: float
    start_s: float
    end_s: float
    labels: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s
