"""The queue of sources to play."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sources import expand, open_requested


class PlayQueue:
    """Moves forward and back through sources and skips those that cannot be played.

    Files and pictures are opened before the queue moves to them, so that the current source keeps playing if
    no other can be played. Cameras and streams, which take long to open, are assumed to be playable.

    Args:
        requests: the sources in order; may be empty until the user chooses some.
        template: how to play sources that are chosen later.
        tell: called with one line for each source that cannot be played.
    """

    def __init__(
        self, requests: Sequence[PlayRequest], template: PlayRequest, *, tell: Callable[[str], object]
    ) -> None:
        self._requests, self._index = tuple(requests), 0
        self._template, self._tell = template, tell
        self._initial = {request.source for request in requests}
        self._unplayable: set[str] = set()
        self._previous: tuple[tuple[PlayRequest, ...], int] | None = None

    @property
    def current(self) -> PlayRequest | None:
        """The source to play now; None if none was chosen yet."""
        return self._requests[self._index] if self._requests else None

    @property
    def place(self) -> tuple[int, int]:
        """Index of the current source, from 0, and the number of sources."""
        return self._index, len(self._requests)

    @property
    def has_next(self) -> bool:
        """Whether a source follows that has not turned out to be unplayable."""
        following = self._requests[self._index + 1 :]
        return any(request.source not in self._unplayable for request in following)

    @property
    def unplayed(self) -> int:
        """How many of the initial sources could not be played."""
        return len(self._unplayable & self._initial)

    def step(self, step: int) -> list[str]:
        """Move by a number of sources, back if negative, and on to the next one that can be played.

        Returns:
            One line for each source that was skipped.

        Raises:
            SourceError: no source in that direction can be played; the queue does not move.
        """
        if not 0 <= self._index + step < len(self._requests):
            edge = f"This is the {'last' if step > 0 else 'first'} file."
            raise SourceError(edge if self._requests else "Open a file first.")
        index, skipped = self._nearest(self._requests, self._index + step, 1 if step > 0 else -1)
        self._previous = self._requests, self._index
        self._index = index
        return skipped

    def play_instead(self, names: Sequence[str], *, typed: bool = False) -> list[str]:
        """Replace the queue with other sources.

        Args:
            names: files, folders, addresses or other names, see `expand`.
            typed: the user typed them; names that were dropped or picked never mean a camera.

        Returns:
            One line for each file, entry or source that was skipped.

        Raises:
            SourceError: none of them can be played; the queue does not change.
        """
        template = replace(self._template, start_s=0.0, duration_s=None, fps=None)
        skipped: list[str] = []
        sources = expand(list(names), typed=typed, tell=skipped.append)
        requests = tuple(template.of(source) for source in sources)
        index, unplayable = self._nearest(requests, 0, 1)
        self._previous = self._requests, self._index
        self._requests, self._index = requests, index
        return skipped + unplayable

    def left_at(self, time_s: float) -> None:
        """Remember where the previous source was left, in seconds, in case `give_up` returns to it."""
        if self._previous is not None:
            requests, index = self._previous
            if requests and requests[index].duration_s is None and Path(requests[index].source).exists():
                resumed = replace(requests[index], start_s=time_s)
                self._previous = (*requests[:index], resumed, *requests[index + 1 :]), index

    def give_up(self, error: SourceError) -> bool:
        """Move on from a source that turned out not to be playable, to the next or back to the previous one.

        If nothing of what the user has chosen can be played, that is what was played before the choice. If
        that fails as well, the queue is empty again, as it is before the first choice.

        Returns:
            Whether to continue. If not, the error is not reported.
        """
        failed, previous = self.current, self._previous
        try:
            self.step(1)
        except SourceError:
            if previous is None and (failed is None or failed.source in self._initial):
                return False
            self._requests, self._index = previous or ((), 0)
            previous = None
        self._previous = previous
        if failed is not None:
            self._report(failed, error)
        return True

    def _nearest(self, requests: Sequence[PlayRequest], index: int, step: int) -> tuple[int, list[str]]:
        """Index of the first source that can be played, and one line for each that was skipped.

        Args:
            requests: the sources.
            index: index of the first source to try.
            step: 1 to search forward, -1 to search back.
        """
        skipped = []
        while 0 <= index < len(requests):
            try:
                _check(requests[index])
            except SourceError as error:
                self._report(requests[index], error)
                skipped.append(str(error))
                index += step
            else:
                return index, skipped
        raise SourceError("; ".join(skipped) or "there is nothing to play")

    def _report(self, request: PlayRequest, error: SourceError) -> None:
        if request.source not in self._unplayable:
            self._unplayable.add(request.source)
            self._tell(str(error))


def _check(request: PlayRequest) -> None:
    """Open a source, if that is quick; raises SourceError if it cannot be opened."""
    source = open_requested(request)
    if source.opens_quickly:
        with source:
            pass
