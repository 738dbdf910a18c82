"""Keeps what libraries print past Python, on file descriptors 1 and 2, away from the terminal.

`captured_output` is for what happens alone, such as loading a library; `quiet_stderr` for what happens beside
other threads, which may go on printing to standard output.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def captured_output() -> Iterator[Callable[[], str]]:
    """Catch everything the process writes while the block runs; yields a function that returns it so far.

    Not for several threads at once: the descriptors belong to the whole process.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", buffering=1) as sink:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = os.dup(1), os.dup(2)

        def caught() -> str:
            sink.flush()
            end = sink.seek(0, os.SEEK_END)
            sink.seek(0)
            text = sink.read()
            sink.seek(end)
            return text

        try:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            # What Python prints goes the same way, even where somebody has already replaced sys.stdout.
            with redirect_stdout(sink), redirect_stderr(sink):
                yield caught
        finally:
            for descriptor, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what anything in this process writes to standard error nowhere while the block runs.

    Keep it short: what other threads have to say is lost too. Blocks in several threads wait for each other.
    """
    with _ONE_AT_A_TIME, ExitStack() as undo:
        try:
            kept = os.dup(2)
        except OSError:  # a process without a terminal may have closed it
            yield
            return
        undo.callback(os.close, kept)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        undo.callback(os.close, nowhere)
        sys.stderr.flush()
        os.dup2(nowhere, 2)
        undo.callback(os.dup2, kept, 2)
        undo.callback(sys.stderr.flush)
        yield
