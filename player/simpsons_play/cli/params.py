"""Parameter types and option classes that the commands share."""

from __future__ import annotations

import functools
import math
import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_MAX_RATE = 1000
_RATE = re.compile(r"[+-]?\d{0,24}(\.\d{0,24})?(/\d{1,24})?")
_MOMENT = re.compile(r"\d{1,9}(\.\d{0,9})?|(\d{1,4}:)?\d{1,4}:[0-5]?\d(\.\d{0,9})?", re.ASCII)
_SECONDS = re.compile(r"\d{1,9}(\.\d{0,9})?s?", re.ASCII)
_NTSC = Fraction(1001, 1000)


class FiniteFloatRange(click.FloatRange):
    """A `click.FloatRange` that also rejects infinity and NaN, which pass its comparisons."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a number; anything else is a usage error, which for a percentage names the share."""
        try:
            number = super().convert(value, param, ctx)
        except click.BadParameter as error:
            percent = float(value) if re.fullmatch(r"\d{1,3}(\.\d{1,9})?", str(value)) else 0
            if self.max != 1 or not 10 <= percent <= 100:
                raise
            self.fail(f"{error.message.rstrip('.')}; do you mean {percent / 100:g}?", param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class PathName(click.Path):
    """A `click.Path` that returns a `Path` and rejects an empty name: `Path("")` is the current folder.

    Args:
        folder: expect a folder; the name of an existing file is a usage error.
    """

    def __init__(self, *, folder: bool = False) -> None:
        super().__init__(path_type=Path)
        self._folder = folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a path; a name that no file can have is a usage error."""
        name = os.fspath(value)
        if not name:
            self.fail("the name is empty; is a variable unset?", param, ctx)
        if "\0" in name:
            self.fail("a file name cannot contain a NUL character.", param, ctx)
        if _URL.match(name):  # `Path` would drop one of its slashes
            self.fail(f"{name} is a URL; give the name of a file or folder.", param, ctx)
        if self._folder and os.path.isfile(name):
            self.fail(f"{name} is a file; give a folder.", param, ctx)
        return super().convert(value, param, ctx)


class Rate(click.ParamType[Fraction]):
    """An exact frame rate in frames per second: `25`, `24000/1001`, or `23.976`, which means the latter."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Parse a frame rate; anything else is a usage error."""
        try:
            text = str(value).strip()
            if not _RATE.fullmatch(text):
                raise ValueError("not a frame rate")
            rate = Fraction(text)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value} is not a frame rate; give 25, 23.976 or 24000/1001.", param, ctx)
        if not 0 < rate <= _MAX_RATE:
            self.fail(f"{value} is not between 0 and {_MAX_RATE} frames per second.", param, ctx)
        # 23.976, 23.98 and 29.97 abbreviate the NTSC rates n * 1000/1001.
        ntsc = Fraction(round(rate * _NTSC) * 1000, 1001)
        return ntsc if rate.denominator != 1 and abs(ntsc - rate) < Fraction(1, 200) else rate


class Seconds(click.ParamType[float]):
    """A length of time in seconds, 0 or more: `2`, `2.5` or `2s`."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a length of time; anything else is a usage error."""
        if not _SECONDS.fullmatch(str(value)):
            self.fail(f"{value} is not a number of seconds; give 2, 2.5 or 2s.", param, ctx)
        return float(str(value).removesuffix("s"))


class Moment(click.ParamType[float]):
    """A time in a video, in seconds: `83`, `83.5`, `1:23` or `1:02:03.5`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a time; anything else is a usage error."""
        if not _MOMENT.fullmatch(str(value)):
            self.fail(f"{value} is not a time; give seconds, 1:23 or 1:02:03.5.", param, ctx)
        time_s = 0.0
        for part in str(value).split(":"):
            time_s = 60 * time_s + float(part)
        return time_s


class Listed(click.ParamType[tuple[Any, ...]]):
    """Several values, separated by commas; each is of another type, and equal ones count once.

    Args:
        item: type of the values.
    """

    def __init__(self, item: click.ParamType[Any]) -> None:
        self._item = item
        self.name = f"{item.name},..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """Parse a list; an empty list, or a value of the wrong type, is a usage error."""
        items = value if isinstance(value, list | tuple) else str(value).split(",")
        return tuple(dict.fromkeys(self._item.convert(item, param, ctx) for item in items))


class GroupedOption(click.Option):
    """An option that the help lists under its own heading.

    Args:
        group: the heading.
    """

    def __init__(self, *args: Any, group: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class ActionOption(click.Option):
    """An option that requests an action, such as `--clear`; the config file cannot set it."""


class GroupedActionOption(GroupedOption, ActionOption):
    """An action that the help lists under a heading."""


def grouped(group: str) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """Return a replacement for `click.option` whose options the help lists under a heading.

    Args:
        group: the heading.
    """
    return functools.partial(click.option, cls=GroupedOption, group=group)


def refuse_same(*paths: Path | None) -> None:
    """Check that a command does not write one file twice.

    Args:
        paths: the files that it writes; None for those that it does not.

    Raises:
        UsageError: two of them are the same file.
    """
    seen: dict[str, Path] = {}
    for path in paths:
        if path is not None and not _is_device(path):
            other = seen.setdefault(os.path.normcase(os.path.realpath(path)), path)
            if other is not path:
                raise click.UsageError(f"{path} would be written twice; give two names")


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()
