"""Watches what a window paints, and what its threads take for it."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

from simpsons_play.core.frames import Frame


@contextmanager
def on_paint(call: Callable[[Frame], object]) -> Iterator[None]:
    """Call with each new frame once it is painted."""
    from simpsons_play.window.widgets.picture import Picture

    paint, last = Picture.paintEvent, [None]

    def watched(self: Picture, event: object) -> None:
        paint(self, event)  # type: ignore[arg-type]
        if self.frame is not None and self.frame is not last[0]:
            last[0] = self.frame  # type: ignore[call-overload]
            call(self.frame)

    with mock.patch.object(Picture, "paintEvent", watched):
        yield


class ThreadTimes:
    """Processor time and time spent waiting for a processor, in seconds, by the names of threads (Linux).

    Threads of libraries are called as the system calls them. `look` again and again: threads end.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, float, float]] = {}

    def look(self) -> None:
        """Note what all threads have taken so far."""
        names = {str(thread.native_id): thread.name for thread in threading.enumerate()}
        with suppress(FileNotFoundError):
            for task in os.listdir("/proc/self/task"):
                with suppress(OSError):
                    folder = Path("/proc/self/task", task)
                    ran, waited, _ = (int(part) for part in (folder / "schedstat").read_text().split())
                    name = names.get(task) or (folder / "comm").read_text().strip().rstrip("0123456789")
                    self._seen[task] = name, ran / 1e9, waited / 1e9

    def by_name(self) -> list[tuple[str, float, float]]:
        """What all threads of a name have taken together, the busiest first."""
        ran, waited = Counter[str](), Counter[str]()
        for name, ran_s, waited_s in self._seen.values():
            ran[name] += ran_s  # type: ignore[assignment]
            waited[name] += waited_s  # type: ignore[assignment]
        return [(name, ran_s, waited[name]) for name, ran_s in ran.most_common()]
