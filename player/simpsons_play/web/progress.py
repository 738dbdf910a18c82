"""The analysis of videos that are added while the pages are served, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.library.adding import AddEvent, add_videos
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.store import LibraryStore


@dataclass(frozen=True, slots=True)
class ProgressState:
    """How far an analysis is.

    Attributes:
        running: whether it goes on.
        videos: number of videos.
        done: number of those that are in the library, or have failed.
        share: how much of all videos is analysed, 0-1.
        problems: what could not be analysed, one line each.
    """

    running: bool = False
    videos: int = 0
    done: int = 0
    share: float = 0.0
    problems: tuple[str, ...] = ()


class Progress:
    """Follows the events of an analysis. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = False
        self._videos = self._done = 0
        self._total_s = self._done_s = 0.0
        self._analysed_s: dict[str, float] = {}
        self._problems: list[str] = []

    def state(self) -> ProgressState:
        """How far it is now."""
        with self._lock:
            analysed_s = self._done_s + sum(self._analysed_s.values())
            share = min(1.0, analysed_s / self._total_s) if self._total_s else float(not self._running)
            return ProgressState(self._running, self._videos, self._done, share, tuple(self._problems))

    def begin(self, videos: int) -> None:
        """The analysis of so many videos begins."""
        with self._lock:
            self._running, self._videos = True, videos

    def show(self, event: AddEvent) -> None:
        """Follow one event."""
        with self._lock:
            if event.kind == "checked":
                self._total_s = event.duration_s
            elif event.kind == "progress":
                self._analysed_s[event.episode_id] = event.analysed_s
            elif event.kind in ("added", "failed", "skipped"):
                self._done += 1
                self._analysed_s.pop(event.episode_id, None)
                if event.kind == "added":
                    self._done_s += event.duration_s
            if event.kind == "failed":
                # Others need not know where on this machine the videos are.
                self._problems.append(event.reason.replace(event.video, Path(event.video).name))

    def end(self, problem: str = "") -> None:
        """The analysis has ended, because of a problem or as it is complete."""
        with self._lock:
            self._running = False
            if problem:
                self._problems.append(problem)


class _Stopped(Exception):
    """Nobody waits for the analysis any more."""


class BackgroundAdding:
    """Adds videos to a library in a thread, while its pages are served.

    Args:
        store: the library.
        videos: the videos.
        settings: what they are analysed with.
        progress: is told of each event.
        tell: is called with one line for each problem.
    """

    def __init__(
        self,
        store: LibraryStore,
        videos: Sequence[str],
        settings: AnalysisSettings,
        progress: Progress,
        tell: Callable[[str], object],
    ) -> None:
        self._store, self._videos, self._settings = store, videos, settings
        self._progress, self._tell = progress, tell
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._add, name="adding", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._progress.begin(len(self._videos))
        self._thread.start()

    def stop(self, patience_s: float = 5.0) -> None:
        """Stop, and wait until nothing is written any more, but not for ever.

        Args:
            patience_s: how long to wait, in seconds.
        """
        self._stopped.set()
        self._thread.join(patience_s)

    def _add(self) -> None:
        try:
            add_videos(self._store, self._videos, self._settings, LocalEngine(), tell=self._show)
        except _Stopped:
            self._progress.end()
        except (SimpsonsError, OSError) as error:
            self._tell(str(error))
            self._progress.end(str(error))
        else:
            self._progress.end()

    def _show(self, event: AddEvent) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._progress.show(event)
        if event.kind == "failed":
            self._tell(event.reason)
        for warning in event.warnings:
            self._tell(warning)
