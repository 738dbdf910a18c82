"""What the window needs from the rest of the player. All of it is called from the thread of the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from simpsons_play.core.frames import Frame, Image, Source
from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.timeline import Timeline

Draw = Callable[[Image, FrameResult], Image]
"""Draws captions: (H, W, 3) uint8 BGR -> a copy of the same size; never changes what it is given."""


class Analysis(Protocol):
    """Analyses frames in a thread of its own. No method may block."""

    def submit(self, frame: Frame) -> None:
        """Hand over the newest frame; one that still waits is forgotten."""
        ...

    def latest(self) -> FrameResult | None:
        """What is known of the newest frame that was analysed; None before the first and after `reset`.

        What it raises ends the source and comes out of `Player.play`.
        """
        ...

    @property
    def dropped(self) -> int:
        """Frames that were handed over and will not be analysed, because newer ones came."""
        ...

    @property
    def threshold(self) -> float:
        """Below this probability nobody is named; 0-1."""
        ...

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability."""
        ...

    def timeline(self) -> Timeline | None:
        """Who is on screen when, as far as that is known; None where nobody goes through the whole source."""
        ...

    def reset(self) -> None:
        """Forget what came before: the next frame is from somewhere else."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """What the window says of the network.

    Attributes:
        labels: all that it knows.
        runs_on: a processor, in words.
        note: why it is not a faster one; empty where there is nothing to say.
    """

    labels: tuple[str, ...]
    runs_on: str
    note: str = ""


class PlayQueue(Protocol):
    """What is played, and what may be played instead."""

    @property
    def place(self) -> tuple[int, int]:
        """The number of what is played among what is played one after the other, from 0, and how many."""
        ...

    def step(self, step: int) -> list[str]:
        """Go so many sources on, back where negative; a line for each that cannot be played.

        Raises:
            SourceError: there is none; what is played stays.
        """
        ...

    def play_instead(self, names: Sequence[str], *, typed: bool = False) -> list[str]:
        """Play files, folders or addresses instead; a line for each that cannot be played.

        Args:
            names: of the sources.
            typed: the user has typed them; what was dropped or picked is never a camera.

        Raises:
            SourceError: none of them can; what is played stays.
        """
        ...


class OpenFrames(Protocol):
    """Opens the source anew; called for each start and each seek, and from a thread of its own."""

    def __call__(self, start_s: float = 0.0) -> Source:
        """A source, not yet entered, of the frames that begin `start_s` seconds from the start or later.

        The times of its frames count from the start of the source all the same; `info.duration_s` is what
        follows `start_s`. Live sources ignore `start_s`.
        """
        ...
