"""Ctrl-C: one interrupt per run, none while files are completed or libraries imported, and no hanging."""

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
    """Raise KeyboardInterrupt for the first Ctrl-C in the block and ignore further ones.

    Completing a video takes a moment in which threads are joined and containers closed; a second, impatient
    Ctrl-C would leave both half done. After an interrupt, SIGINT stays ignored even when the block has ended,
    so that no traceback interrupts the last messages of the command.

    Yields:
        A function that makes the process ignore Ctrl-C; call it before completing outputs.
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
    """Delay Ctrl-C until the block has ended, then raise KeyboardInterrupt.

    A library that is interrupted during its import raises ImportError or stays half initialized.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
        if received:
            raise KeyboardInterrupt


def interruptible(call: Callable[[], _Result]) -> _Result:
    """Run a function in another thread, so that Ctrl-C ends the wait for it.

    Python handles signals only between bytecodes of the main thread, and ffmpeg does not return before a file
    or server has answered. After Ctrl-C the thread is abandoned; it does not keep the process alive.

    Args:
        call: the function; it runs directly if this is not the main thread, which alone handles signals.

    Returns:
        What the call returns; its exceptions are raised here.
    """
    if threading.current_thread() is not threading.main_thread():
        return call()
    return in_thread(call).result()


def in_thread(call: Callable[[], _Result]) -> Future[_Result]:
    """Start a function in a daemon thread, which does not keep the process alive."""
    future: Future[_Result] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, name="wait", daemon=True).start()
    return future
