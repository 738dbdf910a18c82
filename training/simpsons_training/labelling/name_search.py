"""Which labels a part of a name may mean: those of a folder, a cast and the included models. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from simpsons_play.core.errors import DataError
from simpsons_play.core.label_search import NOBODY, by_name, matching_labels
from simpsons_play.core.names import CHARACTERS_BGR
from simpsons_training.labelling.label_folders import label_of


@dataclass(frozen=True, slots=True)
class NameMatch:
    """What a part of a name may mean.

    Attributes:
        labels: Labels that contain it, best matches first.
        new_label: Label of a new character of this name; None if there is one, or it is not a name.
    """

    labels: tuple[str, ...]
    new_label: str | None


def labels_to_choose(used: Iterable[str]) -> tuple[str, ...]:
    """The labels to choose from: used ones in their order, those of the included models by name, nobody."""
    known = dict.fromkeys([*used, *by_name(CHARACTERS_BGR)])
    known.pop(NOBODY, None)
    return (*known, NOBODY)


def match_name(text: str, labels: Sequence[str]) -> NameMatch:
    """Find what a part of a name may mean.

    Args:
        text: What the user typed.
        labels: See `labels_to_choose`.

    Example:
        >>> match_name("otto", ["bart_simpson"])
        NameMatch(labels=(), new_label='otto')
    """
    new_label = None
    with suppress(DataError):
        label = label_of(text, labels)
        new_label = None if label in labels else label
    return NameMatch(tuple(matching_labels(text, labels)), new_label)
