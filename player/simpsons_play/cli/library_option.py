"""The options `--library` and `--season` of several commands, and the library that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from simpsons_play.cli.params import Listed
from simpsons_play.core.errors import LibraryError

ENVIRONMENT = "SIMPSONS_LIBRARY"
"""Environment variable with the library that is used where no option names one."""

library_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--library",
    "location",
    type=click.STRING,
    metavar="FOLDER",
    envvar=ENVIRONMENT,
    help=f"Folder of the library, or a bucket: s3://BUCKET/PREFIX.  [default: ${ENVIRONMENT}]",
)

season_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--season",
    "seasons",
    type=Listed(click.INT),
    default=(),
    metavar="N,...",
    help="Only these seasons: 4 or 4,5.",
)


def library_location(location: str | None) -> str:
    """The library that `--library` names.

    Args:
        location: what the option or the environment names, if anything.

    Raises:
        LibraryError: neither names one, or the name is impossible.
    """
    if not location:
        raise LibraryError(f"no library is named; give --library FOLDER, or set {ENVIRONMENT}")
    if "\0" in location:
        raise LibraryError("the name of a library cannot contain a NUL character")
    return location
