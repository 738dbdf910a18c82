"""Whom a name given to `simpsons teach` means: a known character, or a new one."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.members import clean_name, new_name
from simpsons_play.cli.base import say
from simpsons_play.cli.cast_names import known_labels, listed, misspelt
from simpsons_play.core.errors import CastError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.label_search import meant_labels
from simpsons_play.core.names import display_name


@dataclass(frozen=True, slots=True)
class TaughtName:
    """The character to teach.

    Attributes:
        label: its label.
        display_name: the name as typed, if it is new and its label does not show it.
    """

    label: str
    display_name: str | None = None


def resolve_name(name: str, cast: Cast, *, ask: bool) -> TaughtName:
    """Find out whom a name means. Asks in a terminal, or else says, if a new name looks misspelt.

    Args:
        name: a name, a part of a known one, or a new one.
        cast: the cast; its names must be in use, see `use_names_of`.
        ask: ask or say so at all.

    Raises:
        CastError: the name is part of several known ones, or cannot be a name.
    """
    try:
        name = clean_name(name)
    except ValueError as error:
        raise CastError(str(error)) from error
    known = known_labels(cast)
    meant = meant_labels(name, known)
    if len(meant) > 1:
        raise CastError(f"{name!r} fits {listed(meant, 'and')}; give more of the name")
    if meant:
        return TaughtName(meant[0])
    other = misspelt(name, known) if ask else None
    if other is not None:
        if sys.stdin.isatty() and sys.stderr.isatty():
            question = f"{name} is new. Do you mean {display_name(other)}?"
            if click.confirm(one_line(question), default=True, err=True):
                return TaughtName(other)
        else:
            say(
                f"{name} is new; if you mean {display_name(other)}: "
                f'simpsons cast rename "{name}" "{display_name(other)}"',
                err=True,
            )
    return TaughtName(*new_name(name))
