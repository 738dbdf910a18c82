"""Entry points of the programs: Ctrl-C during imports ends them without a traceback."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import TracebackType


def simpsons() -> int | None:
    """Run `simpsons`."""
    return _run("simpsons_play.cli.main", "main", prog_name="simpsons")


def simpsons_play() -> int | None:
    """Run `simpsons-play`."""
    return _run("simpsons_play.cli.commands.play", "play", prog_name="simpsons-play")


def play_file() -> int | None:
    """Play one file for `simpsons play --jobs`; see `parallel_files`."""
    return _run("simpsons_play.cli.file_process", "play_file", prog_name="simpsons play")


def analyse_ahead() -> int | None:
    """Analyse one file ahead of playback in a window; see `ahead`."""
    return _run("simpsons_play.cli.ahead_process", "analyse_ahead", prog_name="simpsons play")


def export_file() -> int | None:
    """Export one file for the window; see `export_jobs`."""
    return _run("simpsons_play.cli.export_process", "export_file", prog_name="simpsons play")


def _open_streams() -> None:
    """Open closed standard streams (`2>&-`) on the null device.

    The next file to be opened would get their number, and libraries would print into a recording.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 stays open
            setattr(sys, name, stream)


def _show_trace(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback as Python does, but mask passwords: people send it to others."""
    import traceback

    from simpsons_play.core.escaping import one_line

    for line in "".join(traceback.format_exception(kind, error, trace)).splitlines():
        sys.stderr.write(f"{one_line(line)}\n")


def _run(module: str, name: str, *, prog_name: str) -> int | None:
    """Import a command and run it; returns the exit code unless the command ends the process itself."""
    _open_streams()
    # numpy starts threads for large matrices, of which there are none here; that takes 0.1 s of CPU time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
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
