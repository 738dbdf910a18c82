"""Messages name options of commands; those of the library name its arguments instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from simpsons_play.core.errors import SimpsonsError

_OPTION = re.compile(r"(?<![^\s(])--([a-z][a-z-]*)")
_ARGUMENTS = {"from": "start_from", "resume": "resume=True", "size": "size_px"}
"""Arguments whose names are not those of their options."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def with_arguments(message: str) -> str:
    """A message with the names of arguments instead of options.

    Example:
        >>> with_arguments("give --split and --val-share, or add --resume")
        'give split and val_share, or add resume=True'
    """
    return _OPTION.sub(lambda match: _ARGUMENTS.get(match[1], match[1].replace("-", "_")), message)


def names_arguments(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let the errors of a library function name arguments."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except (SimpsonsError, ValueError) as error:
            if len(error.args) == 1:
                error.args = (with_arguments(str(error.args[0])),)
            raise

    return call
