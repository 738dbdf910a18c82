"""What a command runs first: Ctrl-C while all else is loaded ends it without a trace."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import TracebackType


def simpsons() -> int | None:
    """`simpsons`."""
    return _run("simpsons_play.cli.main", "main", prog_name="simpsons")


def simpsons_play() -> int | None:
    """`simpsons-play`."""
    return _run("simpsons_play.cli.commands.play", "play", prog_name="simpsons-play")


def _open_streams() -> None:
    """Send what was closed (`2>&-`) nowhere: else the next file that is opened takes its place.

    Libraries would then print into a video that is being recorded.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 open to the end
            setattr(sys, name, stream)


def _show_trace(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a trace as Python does, without passwords: people send it to others."""
    import traceback

    from simpsons_play.core.escaping import one_line

    for line in "".join(traceback.format_exception(kind, error, trace)).splitlines():
        sys.stderr.write(f"{one_line(line)}\n")


def _run(module: str, name: str, *, prog_name: str) -> int | None:
    """Load a command and run it; gives the exit code where it does not end the process itself."""
    _open_streams()
    try:
        from simpsons_play.core.interrupts import held_interrupt

        sys.excepthook = _show_trace
        with held_interrupt():
            command = getattr(import_module(module), name)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 128 + signal.SIGINT
    code: int | None = command(prog_name=prog_name)
    return code
