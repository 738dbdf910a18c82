"""The names of the characters that the user taught the player, for commands that ask for names."""

from __future__ import annotations

from collections.abc import Callable

from simpsons_play.cast.cast import Cast, use_names_of
from simpsons_play.cast.cast_file import CastFile, default_path
from simpsons_play.core.errors import CastError


def labels_of_cast(*, warn: Callable[[str], object]) -> tuple[str, ...]:
    """The labels of the user's cast, whose display names are used in the whole process from now on.

    Args:
        warn: Called with a line if the cast cannot be read; there are no labels then.
    """
    path = default_path()
    try:
        cast = Cast() if path is None else CastFile(path).load()
    except CastError as error:
        warn(f"{error}; its names are not offered")
        return ()
    use_names_of(cast)
    return cast.labels
