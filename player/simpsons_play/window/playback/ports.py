"""What the window needs from the rest of the player. Unless noted, called from the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from simpsons_play.analysis.strangers import Stranger
from simpsons_play.cast.members import NO_EMBEDDINGS, Embedding, Embeddings
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import Frame, Image, Source
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.timeline import Timeline

Draw = Callable[[Image, FrameResult], Image]
"""Draws captions: (H, W, 3) uint8 BGR -> a copy of the same size. Must not change its input."""


class Analysis(Protocol):
    """Analyses frames in a thread of its own. No method may block."""

    def submit(self, frame: Frame) -> None:
        """Submit the newest frame; replaces one that is still waiting."""
        ...

    def latest(self) -> FrameResult | None:
        """The result of the newest analysed frame; None before the first one and after `reset`.

        An exception raised here ends the source and is raised by `Player.play`.
        """
        ...

    @property
    def dropped(self) -> int:
        """Submitted frames that are never analysed because newer ones replaced them."""
        ...

    @property
    def threshold(self) -> float:
        """Characters below this probability are not named; 0-1."""
        ...

    def set_threshold(self, threshold: float) -> None:
        """Change `threshold`."""
        ...

    def timeline(self) -> Timeline | None:
        """Who is on screen when, as far as it is known; None for sources that are not analysed ahead."""
        ...

    def best_head(self, label: str) -> tuple[float, Box] | None:
        """Where a character is seen well, as far as it is known.

        Returns:
            The time of the frame, in seconds, and the head in pixels of that frame; None if there is none.
        """
        ...

    def reset(self) -> None:
        """Forget previous frames: the next one is from elsewhere in the source."""
        ...


class StrangerGroups(Protocol):
    """Groups heads that nobody knows, in a thread of its own. No method may block."""

    def groups(self) -> Sequence[Stranger]:
        """The strangers as far as they are known, longest time on screen first.

        The same object until they change. An exception raised here ends the source.
        """
        ...

    def looks_at(self, time_s: float, box: Box, embedding: Embedding) -> Embeddings:
        """The embeddings of all looks at one head in its shot, known or not.

        Args:
            time_s: A time at which it is seen, in seconds.
            box: Where it is then, in pixels of the frame.
            embedding: Its embedding then.
        """
        ...

    def regroup(self, keys: Collection[str], onto: Collection[str]) -> None:
        """Move heads to the stranger with other heads, by the keys of their tracks; none makes a new one."""
        ...

    def undo(self) -> None:
        """Take back the last `regroup` that is not taken back yet."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """What the window shows about the network.

    Attributes:
        labels: All labels it knows, without those that are taught meanwhile.
        runs_on: Description of the processor it runs on.
        note: Why it does not run on a faster one; empty if there is nothing to report.
    """

    labels: tuple[str, ...]
    runs_on: str
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HeadExample:
    """A head that shows a character.

    Attributes:
        image: (H, W, 3) uint8 BGR: the frame, without captions.
        box: The head, in pixels of the frame.
        source: Name of the video or picture.
        time_s: Time in the video, in seconds; None for a picture.
        looks: Returns the (N, D) embeddings of other looks at the person, by the embedding of this head.
    """

    image: Image
    box: Box
    source: str
    time_s: float | None = None
    looks: Callable[[Embedding], Embeddings] = lambda embedding: NO_EMBEDDINGS


class Teacher(Protocol):
    """Teaches characters. When a method returns, the analysis has the new names."""

    @property
    def unavailable(self) -> str:
        """Why heads cannot be taught, as a sentence without full stop; empty if they can."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """All names that are given now."""
        ...

    @property
    def candidates(self) -> tuple[str, ...]:
        """The labels that a head can get, besides new ones: `labels`, others of the cast, and `NOBODY`."""
        ...

    @property
    def last_change(self) -> str:
        """What `undo` takes back, such as `Taught Otto Mann from 1 picture`; empty if there is nothing."""
        ...

    @property
    def last_change_id(self) -> str:
        """Identifies the last change; empty if there is none."""
        ...

    def teach(self, heads: Sequence[HeadExample], label: str, *, display_name: str | None = None) -> bool:
        """Teach a character from one or more heads that show it.

        Args:
            heads: The heads.
            label: Label of the character, or `NOBODY`.
            display_name: Display name of a new character, if its label does not show it.

        Returns:
            Whether anything has changed: not if the character has these pictures already.

        Raises:
            SimpsonsError: Nothing can be learned or saved; one line says why.
        """
        ...

    def undo(self) -> str:
        """Take back the last change, and return what it was.

        Raises:
            SimpsonsError: There is none, or it cannot be saved; one line says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoTeacher:
    """A `Teacher` where nothing can be taught.

    Args:
        labels: All labels of the network.
        unavailable: Why not.
    """

    labels: tuple[str, ...]
    unavailable: str = "Nothing can be taught here"
    last_change: str = ""
    last_change_id: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """The labels, and `NOBODY`."""
        return (*self.labels, NOBODY)

    def teach(self, heads: Sequence[HeadExample], label: str, *, display_name: str | None = None) -> bool:
        """Raise SimpsonsError: nothing can be taught."""
        raise SimpsonsError(self.unavailable)

    def undo(self) -> str:
        """Raise SimpsonsError: nothing was taught."""
        raise SimpsonsError(self.unavailable)


class PlayQueue(Protocol):
    """The sources to play, one after the other."""

    @property
    def place(self) -> tuple[int, int]:
        """The index of the current source, from 0, and the number of sources."""
        ...

    @property
    def has_next(self) -> bool:
        """Whether a source follows that has not turned out to be unplayable."""
        ...

    def step(self, step: int) -> list[str]:
        """Go forward by `step` sources, or back if negative.

        Returns:
            One line for each source that was skipped because it cannot be played.

        Raises:
            SourceError: There is no such source; the current one stays.
        """
        ...

    def play_instead(self, names: Sequence[str], *, typed: bool = False) -> list[str]:
        """Replace the sources by these files, folders or addresses.

        Args:
            names: Paths or addresses.
            typed: The user typed them, so that a number means a camera; dropped or selected ones never do.

        Returns:
            One line for each source that cannot be played.

        Raises:
            SourceError: None of them can be played; the current source stays.
        """
        ...


class OpenFrames(Protocol):
    """Opens the source again; called for each start and each seek, from the reader's thread."""

    def __call__(self, start_s: float = 0.0) -> Source:
        """Return a source, not yet entered, of the frames at or after `start_s` seconds.

        Frame times still count from the start of the source; `info.duration_s` is what remains after
        `start_s`. Live sources ignore `start_s`.
        """
        ...
