"""Labels that are safe names of folders, and the folder of each label. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from simpsons_play.cast.members import label_of as new_label_of
from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import file_name
from simpsons_play.core.label_search import NOBODY, exact_labels
from simpsons_play.core.names import CHARACTERS_BGR, letters_of, shortened, words_of
from simpsons_training.table import OTHERS

_MAX_LABEL_BYTES = 100
PROPOSED = "proposed"
"""Folder of pictures that a model named and nobody has accepted yet."""

_RESERVED = (OTHERS, "characters", PROPOSED)
"""Folders that have a meaning of their own in a data set."""


def label_of(name: str, labels: Collection[str]) -> str:
    """The label of a character, which is also a safe name of a folder.

    Args:
        name: What the user typed, or a label.
        labels: The labels that are in use; those of the included models always are. A name that differs from
            one of them only in case or in what separates words is that label, and so is its display name.

    Raises:
        DataError: The name has no letter or digit, or is too long.

    Example:
        >>> label_of("Otto Mann", ()), label_of("BART SIMPSON", ()), label_of("../../etc", ())
        ('otto_mann', 'bart_simpson', 'etc')
    """
    known = (NOBODY, *CHARACTERS_BGR, *sorted(labels))
    letters = letters_of(name)
    spelled_so = exact_labels(name, known) or [label for label in known if letters_of(label) == letters]
    if spelled_so:
        return spelled_so[0]
    try:
        return _safe(new_label_of(name))
    except ValueError as error:
        raise DataError(f"{error}; type another name") from error


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


def _safe(label: str) -> str:
    """The words of a label as a folder name of limited length that is valid on every system."""
    name = file_name(shortened("_".join(words_of(label.lower())), max_bytes=_MAX_LABEL_BYTES))
    return f"_{name}" if name in _RESERVED else name
