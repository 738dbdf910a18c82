"""What every command has in common: errors become one line and an exit code, and Ctrl-C stops cleanly."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from simpsons_play.cli.params import ActionOption, GroupedOption
from simpsons_play.cli.settings import (
    load_settings,
    parameter_defaults,
    refuse_unknown_commands,
    settings_path,
    table_of,
)
from simpsons_play.core.errors import SettingsError, SimpsonsError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.exit_codes import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_UNREAD
from simpsons_play.core.extras import is_optional, is_remnant, missing
from simpsons_play.core.foreign_files import clause_of

ENTRY_POINTS = "simpsons.commands"
"""The entry-point group under which each package registers its commands."""


class InterruptibleCommand(click.Command):
    """Ends the process immediately after Ctrl-C, once every message is printed and every file closed.

    The exit handlers of some libraries assume an uninterrupted process: TensorFlow's running threads abort
    it, and CPython ends itself with the signal if that arrived during `exec()`.
    """

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        """Run as click does; without `args` this is the command of a process."""
        if args is None:
            # Stopping a service or closing the terminal must leave valid files, as Ctrl-C does.
            # `nohup` ignores SIGHUP, and so do we then.
            for name in ("SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)  # Windows has no SIGHUP
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, lambda number, frame: signal.raise_signal(signal.SIGINT))
        try:
            return super().main(args, *more, **options)
        except SystemExit as ended:
            if args is None and ended.code == EXIT_INTERRUPTED:
                for stream in (sys.stdout, sys.stderr):
                    with suppress(OSError, ValueError):  # closed, or without a reader
                        stream.flush()
                os._exit(EXIT_INTERRUPTED)
            if args is None and ended.code == EXIT_UNREAD:
                _end_by_sigpipe()
            raise
        except OSError as error:  # the error message itself could not be printed
            if args is not None:
                raise
            if isinstance(error, BrokenPipeError):
                _end_by_sigpipe()
            os._exit(EXIT_ERROR)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the arguments; help that cannot be printed is an error like any other."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            raise _escaped(error) from None
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            raise click.exceptions.Exit(EXIT_UNREAD) from None
        except OSError as error:
            if error.errno is None:
                raise
            raise _system_error(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exits with 130 after Ctrl-C, also during imports."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if type(error) is not BrokenPipeError:  # PyAV derives one from it for ffmpeg's own errors
                raise
            raise click.exceptions.Exit(EXIT_UNREAD) from None
        except click.ClickException as error:
            raise _escaped(error) from None
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)


class Command(InterruptibleCommand):
    """A command whose expected errors end in one `Error:` line; `--debug` shows the traceback instead.

    The config file (see `settings`) may set other defaults for its options.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            ActionOption(
                ["--debug"], is_flag=True, help="Show the traceback of an error instead of one line."
            )
        )

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the arguments, with the defaults of the config file."""
        words = [*_group_names(parent), self.name or ""]
        try:
            settings = load_settings()
            if settings:
                from importlib.metadata import entry_points  # slow: imports the email package

                refuse_unknown_commands(settings, entry_points(group=ENTRY_POINTS).names)
            extra["default_map"] = self.defaults(table_of(settings, words), ".".join(words))
            return super().make_context(info_name, args, parent, **extra)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except click.BadParameter as error:
            raise _located(error) from None

    def defaults(self, table: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Translate the command's table of settings into defaults of its parameters.

        Args:
            table: such as `{"no-window": True}`.
            name: the name of the table, for error messages.

        Raises:
            SettingsError: an option is unknown, or its value has the wrong type.
        """
        return parameter_defaults(table, self.settable(), name=name)

    def settable(self) -> list[click.Option]:
        """The options for which the config file may set a default."""
        return [
            param
            for param in self.params
            if isinstance(param, click.Option) and not isinstance(param, ActionOption) and not param.is_eager
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, in the order of the headings' first options."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        options.sort(key=lambda option: not isinstance(option, GroupedOption))  # no heading: last
        for option in options:
            record = option.get_help_record(ctx)
            if record is not None:
                heading = option.group if isinstance(option, GroupedOption) else "Options"
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exits with 1 after an error and 130 after Ctrl-C."""
        debug = ctx.params.pop("debug")
        try:
            return super().invoke(ctx)
        except click.BadParameter as error:
            raise _escaped(_located(error)) from None
        except SimpsonsError as error:
            if debug:
                raise
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would cut the message short
            click.echo(traceback.format_exc() if debug else "Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        except ImportError as error:
            if debug:
                raise
            if isinstance(error, ModuleNotFoundError) and is_optional(str(error.name)):
                raise click.ClickException(str(missing(ctx.command_path, str(error.name)))) from error
            hint = "run `simpsons doctor` to see what is missing"
            raise click.ClickException(f"{one_line(str(error))}; {hint}") from error
        except AttributeError as error:
            if debug or not is_remnant(error.obj):
                raise
            raise click.ClickException(f"{error}: it is incomplete; run `simpsons doctor`") from error
        except OSError as error:
            if debug or error.errno is None:
                raise
            raise _system_error(error) from error


def say(line: str, *, err: bool = False) -> None:
    """Print one line; names, labels and URLs in it are made harmless for a terminal by `one_line`."""
    click.echo(one_line(line), err=err)


def _located(error: click.BadParameter) -> click.BadParameter:
    """The same error; if the value is from the config file, it says so."""
    name = error.param.name if error.param is not None else None
    source = error.ctx.get_parameter_source(name) if error.ctx is not None and name else None
    if source is not ParameterSource.DEFAULT_MAP:
        return error
    end = "" if error.message.endswith((".", "?", "!")) else "."
    where = f"{error.message}{end} It is set in {settings_path()}."
    return click.BadParameter(where, ctx=error.ctx, param=error.param)


def _escaped(error: click.ClickException) -> click.ClickException:
    """The same error, with what the user typed or a file contained made harmless for a terminal."""
    lines = "\n".join(map(one_line, error.message.split("\n")))
    error.message = lines  # type: ignore[misc]  # mypy takes it for final
    return error


def _system_error(error: OSError) -> click.ClickException:
    """One line for an error of the operating system that nothing else has handled."""
    where = f"{error.filename}: " if error.filename else ""
    if any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__)):
        where = "standard output cannot be written: "
    return click.ClickException(one_line(f"{where}{clause_of(error)}"))


def _end_by_sigpipe() -> NoReturn:
    """End silently by SIGPIPE, as other programs do when the reader of their output is gone."""
    if hasattr(signal, "SIGPIPE"):  # Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.raise_signal(signal.SIGPIPE)
    os._exit(EXIT_UNREAD)


def _group_names(context: click.Context | None) -> list[str]:
    """The names of the groups that contain a command, without that of the program."""
    if context is None or context.parent is None:
        return []
    return [*_group_names(context.parent), context.info_name or ""]
