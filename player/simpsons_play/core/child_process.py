"""Processes that a command starts for a part of its work.

The standard input of such a process brings its job, and then stays open for as long as the process is wanted:
it is closed when the user stops the command, and also if the command is killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Literal

from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_play.core.priority import lower_process_priority

Priority = Literal["normal", "low", "idle"]

_PRIORITY_CLASSES: dict[Priority, str] = {
    "normal": "NORMAL_PRIORITY_CLASS",
    "low": "BELOW_NORMAL_PRIORITY_CLASS",
    "idle": "IDLE_PRIORITY_CLASS",
}


def start_child(
    entry: str, *, stdout: int | IO[bytes], stderr: int | None = None, priority: Priority = "normal"
) -> subprocess.Popen[bytes]:
    """Start a process, which waits for its job. Ctrl-C does not reach it before `unblock_interrupts`.

    Args:
        entry: module and function to run, such as `simpsons_play.cli.entry:play_file`.
        stdout: see `subprocess.Popen`.
        stderr: see `subprocess.Popen`; None prints where this process prints.
        priority: `low` leaves most of a busy processor to others, `idle` all of it.

    Raises:
        OSError: it cannot be started.
    """
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    flags |= getattr(subprocess, _PRIORITY_CLASSES[priority], 0)  # only on Windows
    module, _, function = entry.partition(":")
    program = f"import sys; from {module} import {function}; sys.exit({function}())"
    with _interrupts_blocked():  # the process inherits this
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            creationflags=flags,
        )
    if priority != "normal":
        lower_process_priority(process.pid, idle=priority == "idle")
    return process


def give_job(process: subprocess.Popen[bytes], job: object) -> None:
    """Give a process its job, which `read_job` returns there; waits until it reads a large one.

    Args:
        process: a process from `start_child`.
        job: must be picklable.
    """
    if process.stdin is None:
        raise RuntimeError("the process has no standard input")
    try:
        process.stdin.write(pickle.dumps(job))
        process.stdin.flush()
    except OSError:  # it has ended already
        dismiss(process)  # closing it later would try to write the rest again


def dismiss(process: subprocess.Popen[bytes]) -> None:
    """Tell a process that it is not wanted any more; it ends as soon as it can."""
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


def how_it_ended(code: int) -> str:
    """What an exit code means, after "its process"."""
    if code == EXIT_INTERRUPTED:
        return "was stopped"
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def unblock_interrupts() -> None:
    """In a child: let Ctrl-C reach this process from now on."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))


def read_job() -> Any:
    """In a child: the job."""
    return pickle.load(sys.stdin.buffer)


@contextmanager
def message_pipe() -> Iterator[Callable[[object], None]]:
    """In a child: yields a function that sends an object to standard output, pickled.

    What a library prints goes to standard error instead, so that it does not damage the messages.
    """
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

        def send(message: object) -> None:
            pickle.dump(message, out, pickle.HIGHEST_PROTOCOL)
            out.flush()

        yield send


def when_dismissed(call: Callable[[], object]) -> None:
    """In a child that has read its job: call a function in another thread once the process is not wanted."""

    def wait() -> None:
        # Not `sys.stdin.read`: its lock must be free when the interpreter exits.
        os.read(0, 1)
        call()

    threading.Thread(target=wait, name="wanted", daemon=True).start()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
