"""Groups strangers while a video is analysed and played, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from types import TracebackType
from typing import Self

from simpsons_play.analysis.head_tracks import HeadTracks
from simpsons_play.analysis.known_heads import KnownHeads
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger, find_strangers, numbers_of
from simpsons_play.cast.members import Embedding, Embeddings
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.geometry import Box
from simpsons_play.core.priority import lower_thread_priority

_BATCH, _WAIT_S = 64, 0.5
"""Number of frames to look at in one go, and time between two groupings while the log grows, in seconds."""


class BackgroundStrangers:
    """The strangers of a video as far as it is analysed. Use it as a context manager.

    While the video is analysed, their numbers are provisional. Then, those longest on screen get the lowest
    ones, as in a report, and keep them.

    Args:
        tracks: follows heads in the log of the video, which may grow.
        settings: the threshold and the taught names in use; called in the thread.
        known: heads of known characters; see `find_strangers`.
        edits: what the user merged and split before.
        store: stores edits; called in the thread after each change.
    """

    def __init__(
        self,
        tracks: HeadTracks,
        *,
        settings: Callable[[], tuple[float, TaughtNames | None]],
        known: KnownHeads | None = None,
        edits: StrangerEdits | None = None,
        store: Callable[[StrangerEdits], object] = lambda edits: None,
    ) -> None:
        self._tracks, self._settings, self._known, self._store = tracks, settings, known, store
        self._groups = tuple[Stranger, ...]()
        self._edits = self._stored = edits or StrangerEdits()
        self._undoable: list[StrangerEdits] = []
        self._provisional = dict[str, int]()
        self._condition = threading.Condition()
        self._closed, self._awake = False, True
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="strangers", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread, and store the last edits."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()
        self._store_edits()

    def groups(self) -> tuple[Stranger, ...]:
        """The strangers so far, longest time on screen first; the same object until they change.

        Raises:
            Exception: the error that ended the thread.
        """
        if self._error is not None:
            raise self._error
        return self._groups

    def looks_at(self, time_s: float, box: Box, embedding: Embedding) -> Embeddings:
        """The embeddings of all looks at one head in its shot, as far as it is analysed; (0, 0) without any.

        Args:
            time_s: a time at which the head is seen, in seconds.
            box: where it is then, in pixels of the frame.
            embedding: its embedding then.
        """
        return self._tracks.looks_at(time_s, box, embedding)

    def regroup(self, keys: Collection[str], onto: Collection[str]) -> None:
        """Move tracks into another group; returns immediately.

        Args:
            keys: the tracks.
            onto: tracks of the group that they join; without any, they get a group of their own.
        """
        with self._condition:
            moved, edits = frozenset(keys), self._edits
            for group in self._groups:
                rest = group.keys - moved
                if rest and group.keys.isdisjoint(onto) and not moved.isdisjoint(group.keys):
                    edits = edits.split(moved & group.keys, rest=rest)
            self._undoable.append(self._edits)
            self._edit(edits.merge(moved.union(onto)))

    def undo(self) -> None:
        """Take back the last `regroup` that is not taken back yet; returns immediately."""
        with self._condition:
            before = self._undoable.pop()
            self._edit(before.numbered({**self._edits.numbers, **before.numbers}))

    def _edit(self, edits: StrangerEdits) -> None:
        """Group again; called with the lock."""
        self._edits, self._awake = edits, True
        self._condition.notify()

    def _run(self) -> None:
        lower_thread_priority()
        try:
            before: object = None
            while not self._closed:
                advanced = False
                while not self._closed and self._tracks.advance(_BATCH):
                    advanced = True
                threshold, taught = self._settings()
                with self._condition:
                    edits = self._edits
                settings = threshold, taught, edits.together, edits.apart, self._tracks.complete
                if advanced or settings != before:
                    self._group(threshold, taught, edits)
                    before = settings
                with self._condition:
                    self._condition.wait_for(lambda: self._closed or self._awake, _WAIT_S)
                    self._awake = False
        except BaseException as error:  # raised in the calling thread by `groups`
            self._error = error

    def _group(self, threshold: float, taught: TaughtNames | None, edits: StrangerEdits) -> None:
        complete = self._tracks.complete
        numbers = edits.numbers if edits.numbers or complete else self._provisional
        groups = find_strangers(
            self._tracks.tracks(),
            threshold=threshold,
            taught=taught,
            known=self._known,
            edits=replace(edits, numbers=numbers),
        )
        with self._condition:
            if self._edits is not edits:  # grouped again at once
                return
            self._groups = groups
            if complete:
                self._edits = edits.numbered(numbers_of(groups))
            else:
                self._provisional |= numbers_of(groups)
        self._store_edits()

    def _store_edits(self) -> None:
        if self._edits != self._stored:
            self._stored = self._edits
            self._store(self._stored)
