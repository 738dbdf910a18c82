"""The option `--cast` of several commands, and the file it means."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simpsons_play.cli.params import PathName
from simpsons_play.core.errors import CastError

if TYPE_CHECKING:
    from simpsons_play.cast.cast_file import CastFile

cast_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--cast",
    "path",
    type=PathName(),
    metavar="FILE",
    help="Cast file.  [default: $SIMPSONS_CAST, or cast.json beside the config file]",
)


def option_for(file: CastFile) -> str:
    """The option that names a cast file, for commands that are shown: empty for the default."""
    from simpsons_play.cast.cast_file import default_path

    return "" if file.path == default_path() else f" --cast {shlex.quote(str(file.path))}"


def undo_hint(file: CastFile) -> str:
    """How to undo a change."""
    return f"`simpsons cast undo{option_for(file)}` takes it back"


def require_cast(path: Path | None) -> None:
    """Check that a file that `--cast` names exists; the user's own need not.

    Raises:
        CastError: it does not exist.
    """
    if path is not None and not path.exists():
        remedy = f"make it with `simpsons teach NAME PICTURES --cast {shlex.quote(str(path))}`"
        raise CastError(f"{path} does not exist; {remedy}")


def cast_file(path: Path | None, *, exists: bool = False) -> CastFile:
    """The file that `--cast` names, or else the user's own.

    Args:
        path: what `--cast` names, if anything.
        exists: see `require_cast`.

    Raises:
        CastError: SIMPSONS_CAST is empty, so that there is none, or the file does not exist.
    """
    from simpsons_play.cast.cast_file import ENVIRONMENT, CastFile, default_path

    if exists:
        require_cast(path)
    path = path or default_path()
    if path is None:
        raise CastError(f"no cast is used, as {ENVIRONMENT} is empty; name a file with --cast")
    return CastFile(path)
