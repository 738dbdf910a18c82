"""Keeps messages that native libraries write to file descriptors 1 and 2 off the terminal.

Use `captured_output` only while no other thread prints, for example when a library is loaded. Use
`quiet_stderr` if other threads may print to standard output.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

_LOCK = threading.RLock()


@contextmanager
def captured_output() -> Iterator[Callable[[], str]]:
    """Capture everything that the process writes while the block runs.

    The descriptors belong to the whole process: do not use this in several threads at the same time.

    Yields:
        A function that returns the output so far.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", buffering=1) as sink:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = os.dup(1), os.dup(2)

        def captured() -> str:
            sink.flush()
            end = sink.seek(0, os.SEEK_END)
            sink.seek(0)
            text = sink.read()
            sink.seek(end)
            return text

        try:
            os.dup2(sink.fileno(), 1)
            os.dup2(sink.fileno(), 2)
            # Python's own output goes to the same file, even if sys.stdout has been replaced.
            with _redirected(sink):
                yield captured
        finally:
            for descriptor, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, descriptor)
                os.close(copy)


class _Redirected:
    """A text stream whose target changes.

    Whoever keeps the stream beyond the block, as a log handler does that is created while a library is
    imported, writes to the process's own stream from then on.
    """

    def __init__(self, target: TextIO) -> None:
        self.target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


@contextmanager
def _redirected(sink: TextIO) -> Iterator[None]:
    """Redirect Python's standard output and error to a file while the block runs."""
    own = sys.stdout, sys.stderr
    streams = _Redirected(sink), _Redirected(sink)
    out, err = (cast(TextIO, stream) for stream in streams)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            yield
    finally:
        for stream, target in zip(streams, own, strict=True):
            stream.target = target


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Discard the standard error of the whole process while the block runs.

    Keep the block short: messages of other threads are lost, too. Concurrent blocks wait for each other.
    """
    with _LOCK, ExitStack() as undo:
        try:
            stderr = os.dup(2)
        except OSError:  # a process without a terminal may have closed it
            yield
            return
        undo.callback(os.close, stderr)
        null = os.open(os.devnull, os.O_WRONLY)
        undo.callback(os.close, null)
        sys.stderr.flush()
        os.dup2(null, 2)
        undo.callback(os.dup2, stderr, 2)
        undo.callback(sys.stderr.flush)
        yield
