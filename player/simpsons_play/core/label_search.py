"""Finds labels by a part of the name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from simpsons_play.core.names import display_name, words_of

NOBODY = "nobody_we_know"
"""Folder and label of characters that are not to be named."""

_TITLE = re.compile(r"(mr|mrs|ms|miss|dr)_(?=.)")
_NEAREST, _MIN_SIMILARITY = 3, 0.7
"""How many names that resemble an unknown one an error lists, and how similar they are at least: 0-1."""

_LISTED = 20
"""How many names an error lists if none resembles the unknown one."""


def by_name(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in the order of their display names, nobody last: as people look for them in a list.

    Example:
        >>> by_name([NOBODY, "abraham_grampa_simpson", "bart_simpson", "apu_nahasapeemapetilon"])
        ('apu_nahasapeemapetilon', 'bart_simpson', 'abraham_grampa_simpson', 'nobody_we_know')
    """
    return tuple(sorted(labels, key=lambda label: (label == NOBODY, display_name(label).casefold())))


def matching_labels(text: str, labels: Sequence[str]) -> list[str]:
    """The labels whose words or display names contain a part of a name, best matches first.

    Matches at the beginning of a word come before matches inside a word. Case, and what separates words, do
    not matter. A title that is in no name, as in `Mrs. Krabappel`, is ignored.

    Args:
        text: part of a name; empty matches all labels.
        labels: the labels to search.

    Example:
        >>> labels = ["abraham_grampa_simpson", "charles_montgomery_burns", "edna_krabappel"]
        >>> [matching_labels(text, labels)[0] for text in ("Mr. B", "montgomery", "Mrs. Krabappel")]
        ['charles_montgomery_burns', 'charles_montgomery_burns', 'edna_krabappel']
    """
    wanted = _words(text)
    if not wanted and text.strip():
        return []
    found = [label for label in labels if any(wanted in name for name in _names(label))]
    if not found and (untitled := _TITLE.sub("", wanted, count=1)) != wanted:
        return matching_labels(untitled, labels)
    return sorted(found, key=lambda label: not any(f"_{wanted}" in f"_{name}" for name in _names(label)))


@dataclass(frozen=True, slots=True)
class Choice:
    """Labels that were chosen by parts of their names.

    Attributes:
        labels: the labels.
        notes: one line for each part that several labels contain: all of them are chosen.
    """

    labels: frozenset[str]
    notes: tuple[str, ...] = ()


def chosen_labels(names: Iterable[str], labels: Sequence[str], *, knower: str = "the model") -> Choice:
    """Choose labels by names or parts of them, as `--only` does.

    Args:
        names: labels, display names, or parts of one; each may contain several, separated by commas.
        labels: the labels to choose from.
        knower: what knows these labels; the subject of the message.

    Raises:
        ValueError: no label contains one of the names, or a name is empty; the message is one line.

    Example:
        >>> sorted(chosen_labels(["bart, homer"], ["bart_simpson", "homer_simpson", "lisa_simpson"]).labels)
        ['bart_simpson', 'homer_simpson']
    """
    chosen: set[str] = set()
    notes = []
    for name in dict.fromkeys(part.strip() for text in names for part in text.split(",")):
        if not name:
            raise ValueError("a name is empty; give part of a name, such as homer")
        found = matching_labels(name, labels)
        found = exact_labels(name, found) or found
        if not found:
            raise ValueError(f"{knower} knows no character called {name!r}; {_nearest(name, labels)}")
        if len(found) > 1:
            notes.append(f"{name!r} matches {', '.join(map(display_name, found))}")
        chosen.update(found)
    return Choice(frozenset(chosen), tuple(notes))


def exact_labels(name: str, labels: Sequence[str]) -> list[str]:
    """The labels with exactly this name, as files spell it or as people do.

    Example:
        >>> exact_labels("mr burns", ["charles_montgomery_burns", "homer_simpson"])
        ['charles_montgomery_burns']
    """
    wanted = _words(name)
    return [label for label in labels if wanted and wanted in _names(label)]


def meant_labels(name: str, labels: Sequence[str]) -> list[str]:
    """The labels that a name means: those with exactly this name, or else those with its words in theirs.

    Use it where a name may also be a new one: unlike `matching_labels`, it takes `Art` for no part of `Bart`.

    Args:
        name: the name; one without letters and digits means none.
        labels: the labels to search.

    Example:
        >>> labels = ["bart_simpson", "charles_montgomery_burns", "lisa_simpson"]
        >>> [meant_labels(name, labels) for name in ("Mr. Burns", "Bart", "Art", "Bart Junior")]
        [['charles_montgomery_burns'], ['bart_simpson'], [], []]
    """
    wanted = _words(name)
    if not wanted:
        return []
    return exact_labels(name, labels) or [
        label for label in labels if any(f"_{wanted}_" in f"_{known}_" for known in _names(label))
    ]


def similar_labels(name: str, labels: Sequence[str]) -> list[str]:
    """Up to three labels whose names, or words of them, resemble a name; the most similar first.

    Example:
        >>> similar_labels("oto man", ["bart_simpson", "otto_mann"])
        ['otto_mann']
    """
    by_word: dict[str, list[str]] = {}
    for label in labels:
        for word in (word for known in _names(label) for word in (known, *known.split("_"))):
            by_word.setdefault(word, []).append(label)
    near = get_close_matches(_words(name), by_word, _NEAREST, _MIN_SIMILARITY)
    return list(dict.fromkeys(label for word in near for label in by_word[word]))[:_NEAREST]


def _names(label: str) -> tuple[str, str]:
    """What a label can be found by: its own words, and those of its display name."""
    return _words(label), _words(display_name(label))


def _words(text: str) -> str:
    """The words of a name in lower case, joined by underscores; letters of other widths are the same."""
    return "_".join(words_of(unicodedata.normalize("NFKC", text).casefold()))


def _nearest(name: str, labels: Sequence[str]) -> str:
    """What to say instead of an unknown name: the labels with the most similar names or words."""
    near = similar_labels(name, labels)
    if not near:
        more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
        return f"it knows {', '.join(map(display_name, labels[:_LISTED]))}{more}"
    return f"did you mean {' or '.join(map(display_name, near))}?"
