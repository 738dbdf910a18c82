"""What a command runs first: Ctrl-C while all else is loaded ends it without a trace."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any


def simpsons() -> Any:
    """`simpsons`."""
    return _run("simpsons_play.cli", "main", prog_name="simpsons")


def simpsons_play() -> Any:
    """`simpsons-play`."""
    return _run("simpsons_play.commands.play", "play", prog_name="simpsons-play")


def _run(module: str, name: str, *, prog_name: str) -> Any:
    """Load a command and run it; gives the exit code where it does not end the process itself."""
    try:
        command: Callable[..., Any] = getattr(import_module(module), name)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return 128 + signal.SIGINT
    return command(prog_name=prog_name)
