"""Ctrl-C stops a run once; it waits while files are completed or libraries loaded, and for nothing else."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

_Result = TypeVar("_Result")


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


def interruptible(call: Callable[[], _Result]) -> _Result:
    """What a call returns or raises, made in a thread of its own, so that Ctrl-C ends the wait for it.

    Python hears of a signal only once C code has returned, and ffmpeg returns when a file or address gives
    what it waits for. After Ctrl-C the thread is left behind; the process does not wait for it either.

    Args:
        call: made as it is where this is not the main thread, which alone hears signals.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    answer = in_thread(call)
    return answer.result()


def in_thread(call: Callable[[], _Result]) -> Future[_Result]:
    """Start a call in a thread that nobody has to wait for, not even the process when it ends."""
    answer: Future[_Result] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, name="wait", daemon=True).start()
    return answer
