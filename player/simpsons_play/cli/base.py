"""The one place where our errors become words on the terminal and exit codes."""

from __future__ import annotations

import functools
import math
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from simpsons_play.cli.settings import load_settings, refuse_strangers, settings_path, table_of
from simpsons_play.core.errors import SettingsError, SimpsonsError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.foreign_files import clause_of

ENTRY_POINTS = "simpsons.commands"
"""The group under which each package registers its commands."""

EXIT_ERROR = 1
"""Something could not be done; one `Error:` line says what and why."""

EXIT_INCOMPLETE = 3
"""Done, but not all of the source could be read; a `Warning:` line says what is missing."""

EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells count it: 128 + SIGINT; SIGTERM and SIGHUP stop a command in the same way."""

EXIT_UNREAD = 141
"""Whoever read standard output has seen enough, as shells count it: 128 + SIGPIPE."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_HIGHEST_RATE = 1000
_RATE = re.compile(r"[+-]?\d{0,24}(\.\d{0,24})?(/\d{1,24})?")
_NTSC = Fraction(1001, 1000)


class FiniteFloatRange(click.FloatRange):
    """A `click.FloatRange` that takes neither infinity nor what is no number, which compare as inside."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a number; anything else is a usage error."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class PathName(click.Path):
    """A `click.Path` that gives a `Path`, of which an empty name is none: `Path("")` is the current folder.

    Args:
        folder: it is a folder; a file of that name is a usage error.
    """

    def __init__(self, *, folder: bool = False) -> None:
        super().__init__(path_type=Path, file_okay=not folder)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a name; one that no file can have is a usage error."""
        name = os.fspath(value)
        if not name:
            self.fail("the name is empty; is a variable unset?", param, ctx)
        if "\0" in name:
            self.fail("no name of a file can hold a NUL character.", param, ctx)
        if _ADDRESS.match(name):  # of which a path would drop a slash
            self.fail(f"{name} is an address; give the name of a file or folder.", param, ctx)
        return super().convert(value, param, ctx)


class Rate(click.ParamType[Fraction]):
    """Frames per second, exact: `25`, `24000/1001`, and `23.976`, which is the same."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read a rate; anything else is a usage error."""
        try:
            text = str(value).strip()
            if not _RATE.fullmatch(text):
                raise ValueError("no rate")
            rate = Fraction(text)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value} is no rate; give 25, 23.976 or 24000/1001.", param, ctx)
        if not 0 < rate <= _HIGHEST_RATE:
            self.fail(f"{value} is no rate between 0 and {_HIGHEST_RATE} frames per second.", param, ctx)
        film = Fraction(round(rate * _NTSC) * 1000, 1001)  # 23.976, 23.98 and 29.97 are short for these
        return film if rate.denominator != 1 and abs(film - rate) < Fraction(1, 200) else rate


class AtOnce(click.Command):
    """Ends the process at once after Ctrl-C, when everything has been said and closed.

    What libraries do at the end of a process is made for one that was not interrupted: threads of TensorFlow
    that still run abort it, and CPython ends itself by the signal where that struck inside `exec()`.
    """

    def main(self, args: Sequence[str] | None = None, *more: Any, **options: Any) -> Any:
        """Run as click does; without `args` this is the process of a command."""
        if args is None:
            # Whoever stops a service wants its files whole as much as whoever presses Ctrl-C.
            # So does who closes a terminal; `nohup` asks to go on all the same.
            for name in ("SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)  # Windows has no SIGHUP
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, lambda number, frame: signal.raise_signal(signal.SIGINT))
        try:
            return super().main(args, *more, **options)
        except SystemExit as ended:
            if args is None and ended.code == EXIT_INTERRUPTED:
                for stream in (sys.stdout, sys.stderr):
                    with suppress(OSError, ValueError):  # closed, or nobody listens any more
                        stream.flush()
                os._exit(EXIT_INTERRUPTED)
            if args is None and ended.code == EXIT_UNREAD:
                _end_unread()
            raise
        except OSError as error:  # even what went wrong cannot be said
            if args is not None:
                raise
            if isinstance(error, BrokenPipeError):
                _end_unread()
            os._exit(EXIT_ERROR)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments; that help cannot be written is an error like any other."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            raise _readable(error) from None
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            raise click.exceptions.Exit(EXIT_UNREAD) from None
        except OSError as error:
            if error.errno is None:
                raise
            raise _failed(error) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; exits with 130 after Ctrl-C, also while what it needs is loaded."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if type(error) is not BrokenPipeError:  # ffmpeg's is one, too
                raise
            raise click.exceptions.Exit(EXIT_UNREAD) from None
        except click.ClickException as error:
            raise _readable(error) from None
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)


class Option(click.Option):
    """An option that the help shows under a heading of its own.

    Args:
        group: the heading.
    """

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


def say(line: str, *, err: bool = False) -> None:
    """Print one line, in which names, labels and addresses may be anybody's: see `escaping.one_line`."""
    click.echo(one_line(line), err=err)


def grouped(group: str) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """What makes options as `click.option` does, under a heading of their own."""
    return functools.partial(click.option, cls=Option, group=group)


class Act(click.Option):
    """An option that says what to do now, for which nobody sets a default."""


class Command(AtOnce):
    """A command whose expected errors end in one `Error:` line; `--debug` shows the whole trace instead.

    The user's own defaults (see `settings`) take the place of ours.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            Act(["--debug"], is_flag=True, help="Show the whole trace of an error instead of one line.")
        )

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments, and what the user set beforehand."""
        words = [*_words(parent), self.name or ""]
        try:
            settings = load_settings()
            if settings:
                from importlib.metadata import entry_points  # loads a mail parser

                refuse_strangers(settings, entry_points(group=ENTRY_POINTS).names)
            extra["default_map"] = self.defaults(table_of(settings, words), ".".join(words))
            return super().make_context(info_name, args, parent, **extra)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except click.BadParameter as error:
            name = error.param.name if error.param is not None else None
            source = error.ctx.get_parameter_source(name) if error.ctx is not None and name else None
            if source is not ParameterSource.DEFAULT_MAP:
                raise
            where = f"{error.message} It is set in {settings_path()}."
            raise click.BadParameter(where, ctx=error.ctx, param=error.param) from error

    def defaults(self, table: Mapping[str, Any], called: str) -> dict[str, Any]:
        """Settings by the names of options -> by those of parameters.

        Args:
            table: `{"no-window": True}` or the like.
            called: the name of the table, for errors.

        Raises:
            SettingsError: there is no such option.
        """
        options = {name: option for option in self.settable() for name in _long_names(option)}
        found: dict[str, Any] = {}
        for key, value in table.items():
            option = options.get(key.replace("_", "-"))
            if option is None or option.name is None:
                near = get_close_matches(key.replace("_", "-"), options, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise SettingsError(f"{settings_path()}: [{called}] has no {key!r}{hint}")
            found[option.name] = _setting(option, value, where=f"{settings_path()}: [{called}] {key}")
        return found

    def settable(self) -> list[click.Option]:
        """The options that may have another default."""
        return [
            param
            for param in self.params
            if isinstance(param, click.Option) and not isinstance(param, Act) and not param.is_eager
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, in the order in which those come."""
        groups: dict[str, list[tuple[str, str]]] = {}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        options.sort(key=lambda option: not isinstance(option, Option))  # those without a heading come last
        for option in options:
            record = option.get_help_record(ctx)
            if record is not None:
                heading = option.group if isinstance(option, Option) else "Options"
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            with formatter.section(heading):
                formatter.write_dl(records)

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
            raise click.ClickException(
                f"{one_line(str(error))}; `simpsons doctor` says what is missing"
            ) from error
        except OSError as error:
            if debug or error.errno is None:
                raise
            raise _failed(error) from error


def _readable(error: click.ClickException) -> click.ClickException:
    """The same, whatever was typed or found in it made harmless for a terminal."""
    lines = "\n".join(map(one_line, error.message.split("\n")))
    error.message = lines  # type: ignore[misc]  # for mypy, which takes it for final
    return error


def _failed(error: OSError) -> click.ClickException:
    """One line for what nobody else has told of; what is printed has no name that the error could hold."""
    where = f"{error.filename}: " if error.filename else ""
    if any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__)):
        where = "standard output cannot be written: "
    return click.ClickException(one_line(f"{where}{clause_of(error)}"))


def _end_unread() -> NoReturn:
    """End as programs do whose reader has gone: without a word, by SIGPIPE."""
    if hasattr(signal, "SIGPIPE"):  # Windows has none
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.raise_signal(signal.SIGPIPE)
    os._exit(EXIT_UNREAD)


def _setting(option: click.Option, value: Any, *, where: str) -> Any:
    """A value as click takes it; one alone is the first of those that may be several."""
    if option.multiple:
        several = value if isinstance(value, list) else [value]
        return [_checked(option, one, where=where) for one in several]
    return _checked(option, value, where=where)


def _checked(option: click.Option, value: Any, *, where: str) -> Any:
    """What TOML says; click would take `true` for 1 and cut 2.5 down to 2."""
    if isinstance(option.type, click.Path) and isinstance(value, str):
        return os.path.expanduser(value)
    if isinstance(option.type, click.types.IntParamType) and type(value) not in (int, str):
        raise SettingsError(f"{where} must be a whole number, not {value}")
    if isinstance(option.type, click.types.FloatParamType) and isinstance(value, bool):
        raise SettingsError(f"{where} must be a number, not {value}")
    return value


def _long_names(option: click.Option) -> list[str]:
    return [name[2:] for name in option.opts if name.startswith("--")]


def _words(context: click.Context | None) -> list[str]:
    """The names of the groups around a command, without that of the program."""
    if context is None or context.parent is None:
        return []
    return [*_words(context.parent), context.info_name or ""]
