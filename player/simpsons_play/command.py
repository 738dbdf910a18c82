"""The one place where our errors become words on the terminal and exit codes."""

from __future__ import annotations

import errno
import math
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from simpsons_play.errors import SimpsonsError

EXIT_ERROR = 1
"""Something could not be done; one `Error:` line says what and why."""

EXIT_INCOMPLETE = 3
"""Done, but not all of the source could be read; a `Warning:` line says what is missing."""

EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells count it: 128 + SIGINT; SIGTERM stops a command in the same way."""


class FiniteFloatRange(click.FloatRange):
    """A `click.FloatRange` that takes neither infinity nor what is no number, which compare as inside."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number; anything else is a usage error."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class AtOnce(click.Command):
    """Ends the process at once after Ctrl-C, when everything has been said and closed.

    What libraries do at the end of a process is made for one that was not interrupted: threads of TensorFlow
    that still run abort it, and CPython ends itself by the signal where that struck inside `exec()`.
    """

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        """Run as click does; without `args` this is the process of a command."""
        if args is None:
            # Whoever stops a service wants its files whole as much as whoever presses Ctrl-C.
            signal.signal(signal.SIGTERM, lambda number, frame: signal.raise_signal(signal.SIGINT))
        try:
            return super().main(args, *more, **options)
        except SystemExit as ended:
            if args is None and ended.code == EXIT_INTERRUPTED:
                for stream in (sys.stdout, sys.stderr):
                    with suppress(OSError, ValueError):  # closed, or nobody listens any more
                        stream.flush()
                os._exit(EXIT_INTERRUPTED)
            raise


class Command(AtOnce):
    """A command whose expected errors end in one `Error:` line; `--debug` shows the whole trace instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(
                ["--debug"], is_flag=True, help="Show the whole trace of an error instead of one line."
            )
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exits with 1 after an error and 130 after Ctrl-C."""
        debug = ctx.params.pop("debug")
        try:
            return super().invoke(ctx)
        except SimpsonsError as error:
            if debug:
                raise
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would cut short what is said here
            click.echo(traceback.format_exc() if debug else "Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        except ImportError as error:
            if debug:
                raise
            raise click.ClickException(f"{error}; `simpsons doctor` says what is missing") from error
        except OSError as error:
            if debug or error.errno in (None, errno.EPIPE):
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror}") from error
