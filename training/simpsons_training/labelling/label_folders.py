"""Labels that are safe names of folders, and the folder of each label. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import file_name
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import CHARACTERS_BGR, letters_of, shortened
from simpsons_training.table import OTHERS

_MAX_LABEL_BYTES = 100
PROPOSED = "proposed"
"""Folder of pictures that a model named and nobody has accepted yet."""

_RESERVED = (OTHERS, "characters", PROPOSED)
"""Folders that have a meaning of their own in a data set."""

_SHOWN_CHARACTERS = 40


def label_of(name: str, labels: Collection[str]) -> str:
    """The label of a character, which is also a safe name of a folder.

    Args:
        name: What the user typed, or a label.
        labels: The labels that are in use; those of the included models always are. A name that differs from
            one of them only in case or in what separates words is that label.

    Raises:
        DataError: The name has no letters or digits.

    Example:
        >>> label_of("Otto Mann", ()), label_of("BART SIMPSON", ()), label_of("../../etc", ())
        ('otto_mann', 'bart_simpson', 'etc')
    """
    name = unicodedata.normalize("NFC", name)
    letters = letters_of(name)
    if not letters:
        shown = name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
        raise DataError(f"{shown!r} is not a name: it has no letters or digits; type another")
    for label in (NOBODY, *CHARACTERS_BGR, *sorted(labels)):
        if letters_of(label) == letters:
            return label
    return _safe(name)


def folder_of(label: str, pictures: Iterable[tuple[str, str]]) -> PurePosixPath:
    """The folder of a character, relative to the table.

    Args:
        label: See `label_of`.
        pictures: The character and the file of each picture, as in the table. A character stays in the folder
            that it has; `x` may have put it into `characters/`, for example.
    """
    for character, file in pictures:
        path = PurePosixPath(file)
        if character == label and len(path.parts) > 1 and not path.is_absolute() and ".." not in path.parts:
            return path.parent
    return PurePosixPath(OTHERS, label) if label == NOBODY else PurePosixPath(_safe(label))


def _safe(name: str) -> str:
    """The words of a name as a folder name of limited length that is valid on every system."""
    words = re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
    label = file_name(shortened(words, max_bytes=_MAX_LABEL_BYTES))
    return f"_{label}" if label in _RESERVED else label
