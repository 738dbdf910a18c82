"""What a command runs first: Ctrl-C while all else is loaded ends it without a trace."""

from __future__ import annotations

import signal
import sys
from importlib import import_module


def simpsons() -> int | None:
    """`simpsons`."""
    return _run("simpsons_play.cli", "main", prog_name="simpsons")


def simpsons_play() -> int | None:
    """`simpsons-play`."""
    return _run("simpsons_play.commands.play", "play", prog_name="simpsons-play")


def _run(module: str, name: str, *, prog_name: str) -> int | None:
    """Load a command and run it; gives the exit code where it does not end the process itself."""
    try:
        from simpsons_play.interrupts import held_interrupt

        with held_interrupt():
            command = getattr(import_module(module), name)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 128 + signal.SIGINT
    code: int | None = command(prog_name=prog_name)
    return code
