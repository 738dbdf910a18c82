"""What is played: sources one after the other, and what takes their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SourceError
from simpsons_play.sources import expand, open_requested


class PlayQueue:
    """Goes through sources in their order, forth and back, and passes over what cannot be played.

    Files and pictures are opened before they are gone to, so that whoever watches something keeps it where
    nothing else can be played. What takes long to open, cameras and streams, is taken at its word.

    Args:
        requests: one after the other; may be empty, until something is chosen.
        template: how to play what is chosen later.
        tell: told in one line of each source that turns out not to be playable.
    """

    def __init__(
        self, requests: Sequence[PlayRequest], template: PlayRequest, *, tell: Callable[[str], object]
    ) -> None:
        self._requests, self._number = tuple(requests), 0
        self._template, self._tell = template, tell
        self._asked = {request.source for request in requests}
        self._unplayed: set[str] = set()
        self._before: tuple[tuple[PlayRequest, ...], int] | None = None

    @property
    def current(self) -> PlayRequest | None:
        """What is to be played now; None where nothing was chosen yet."""
        return self._requests[self._number] if self._requests else None

    @property
    def place(self) -> tuple[int, int]:
        """Its number among those that are played one after the other, from 0, and how many those are."""
        return self._number, len(self._requests)

    @property
    def unplayed(self) -> int:
        """How many sources could not be played, of those that were asked for at first."""
        return len(self._unplayed & self._asked)

    def step(self, step: int) -> list[str]:
        """Go so many sources on, back where negative, and farther where one cannot be played.

        Returns:
            What was wrong with those that were passed over, a line each.

        Raises:
            SourceError: nothing is left in that direction, or nothing that can be played; we stay.
        """
        if not 0 <= self._number + step < len(self._requests):
            raise SourceError(f"nothing comes {'after' if step > 0 else 'before'} it")
        number, passed = self._nearest(self._requests, self._number + step, 1 if step > 0 else -1)
        self._before = self._requests, self._number
        self._number = number
        return passed

    def play_instead(self, names: Sequence[str], *, typed: bool = False) -> list[str]:
        """Play other sources: files, folders, addresses, whatever `expand` takes.

        Args:
            names: of the sources.
            typed: the user has typed them; what was dropped or picked is never a camera.

        Returns:
            What was left out of them, or comes first and was passed over, a line each.

        Raises:
            SourceError: none of them can be played; what is played stays.
        """
        template = replace(self._template, start_s=0.0, duration_s=None, fps=None)
        passed: list[str] = []
        sources = expand(list(names), typed=typed, tell=passed.append)
        requests = tuple(template.of(source) for source in sources)
        number, more = self._nearest(requests, 0, 1)
        self._before = self._requests, self._number
        self._requests, self._number = requests, number
        return passed + more

    def left_at(self, time_s: float) -> None:
        """What was played before is gone back to, if need be, where it was left, in seconds."""
        if self._before is not None:
            requests, number = self._before
            if requests and requests[number].duration_s is None and Path(requests[number].source).is_file():
                again = replace(requests[number], start_s=time_s)
                self._before = (*requests[:number], again, *requests[number + 1 :]), number

    def give_up(self, error: SourceError) -> bool:
        """What is played turned out not to be playable: go to what follows, or back to what was before.

        Returns:
            Whether there is anything; else nobody was told.
        """
        failed, before = self.current, self._before
        try:
            self.step(1)
        except SourceError:
            if before is None:
                return False
            self._requests, self._number = before
        self._before = None
        if failed is not None:
            self._miss(failed, error)
        return True

    def _nearest(self, requests: Sequence[PlayRequest], number: int, way: int) -> tuple[int, list[str]]:
        """The first that can be played from one on, forth or back; and a line for each passed over."""
        passed = []
        while 0 <= number < len(requests):
            try:
                _try(requests[number])
            except SourceError as error:
                self._miss(requests[number], error)
                passed.append(str(error))
                number += way
            else:
                return number, passed
        raise SourceError("; ".join(passed) or "there is nothing to play")

    def _miss(self, request: PlayRequest, error: SourceError) -> None:
        if request.source not in self._unplayed:
            self._unplayed.add(request.source)
            self._tell(str(error))


def _try(request: PlayRequest) -> None:
    """Open a source that is quickly opened; raises SourceError."""
    source = open_requested(request)
    if source.opens_quickly:
        with source:
            pass
