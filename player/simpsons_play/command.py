"""The one place where our errors become words on the terminal and exit codes."""

from __future__ import annotations

import errno
from typing import Any

import click

from simpsons_play.errors import SimpsonsError

EXIT_ERROR = 1
"""Something could not be done; one `Error:` line says what and why."""

EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells count it: 128 + SIGINT."""


class Command(click.Command):
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
            if debug:
                raise
            click.echo("Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        except OSError as error:
            if debug or error.errno in (None, errno.EPIPE):
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{error.strerror}") from error
