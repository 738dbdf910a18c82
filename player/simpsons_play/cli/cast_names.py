"""Which characters of a cast a name on the command line means."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from simpsons_play.cast.cast import Cast
from simpsons_play.core.errors import CastError
from simpsons_play.core.label_search import NOBODY, exact_labels, matching_labels, similar_labels
from simpsons_play.core.names import CHARACTERS_BGR, display_name

ALWAYS_KNOWN = (*CHARACTERS_BGR, NOBODY)
"""Labels that a cast may correct without having them as members."""

_MIN_SIMILARITY = 0.75
"""How similar words are of which one may be the other, misspelt: 0-1."""


def known_labels(cast: Cast) -> tuple[str, ...]:
    """The labels of the included models, those of a cast, and `NOBODY`."""
    return tuple(dict.fromkeys((*ALWAYS_KNOWN, *cast.labels)))


def the_label(name: str, labels: Sequence[str]) -> str:
    """The one label that a name or a part of one means.

    Raises:
        CastError: none fits, or several do; the message lists them.
    """
    found = matching_labels(name, labels) if name.strip() else []
    found = exact_labels(name, found) or found
    if len(found) == 1:
        return found[0]
    if found:
        raise CastError(f"{name!r} fits {listed(found, 'and')}; give more of the name")
    near = similar_labels(name, labels)
    hint = f"did you mean {listed(near, 'or')}?" if near else "see `simpsons cast list`"
    raise CastError(f"the cast has no {name!r}; {hint}")


def misspelt(name: str, labels: Sequence[str]) -> str | None:
    """The label that a new name may be a misspelling of: each of its words resembles one there, in order.

    Example:
        >>> misspelt("Oto Man", ["ned_flanders", "otto_mann"])
        'otto_mann'
        >>> misspelt("Maude Flanders", ["ned_flanders", "otto_mann"])
    """
    wanted = name.casefold().split()
    for label in labels:
        for known in (label.replace("_", " "), display_name(label)):
            words = iter(known.casefold().split())
            if all(any(_resembles(word, other) for other in words) for word in wanted):
                return label
    return None


def _resembles(word: str, other: str) -> bool:
    return SequenceMatcher(None, word, other).ratio() >= _MIN_SIMILARITY


def listed(labels: Sequence[str], last: str) -> str:
    """Display names in a sentence: `Lenny, Carl and Otto Mann`, with `last` before the last one."""
    *names, end = [display_name(label) for label in labels]
    return f"{', '.join(names)} {last} {end}" if names else end
