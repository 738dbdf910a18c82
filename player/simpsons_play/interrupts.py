"""Ctrl-C stops a run once; while files are being completed, or libraries loaded, it waits."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def one_interrupt() -> Iterator[Callable[[], None]]:
    """Let one Ctrl-C through, as KeyboardInterrupt, and ignore further ones.

    Completing a video takes a moment in which threads are joined and containers closed; an impatient second
    Ctrl-C would leave both half done. After an interrupt they stay ignored even when the block has ended: the
    command is about to end too, and its last words should not be cut short by a trace.

    Yields:
        A function that says: from here on everything is being completed, ignore even a first one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def interrupt(number: int, frame: FrameType | None) -> None:
        ignore()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield ignore
    except KeyboardInterrupt:
        raise
    except BaseException:
        signal.signal(signal.SIGINT, before)
        raise
    signal.signal(signal.SIGINT, before)


@contextmanager
def held_interrupt() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended, and raise KeyboardInterrupt then.

    A library that is struck while it is imported tells of an ImportError, or leaves half of itself behind.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
        if came:
            raise KeyboardInterrupt
