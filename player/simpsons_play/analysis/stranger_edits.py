"""What a user has merged and split among groups of strangers, and their numbers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class StrangerEdits:
    """Tracks that belong together, and such that do not. Immutable: changes return new edits.

    Attributes:
        together: disjoint groups of keys of tracks that show one person.
        apart: pairs of keys of tracks that show different people.
        numbers: the number of the group of each track, by its key. Groups keep them.

    Example:
        >>> edits = StrangerEdits().merge(["a", "b"]).split(["b"], rest=["a"])
        >>> [sorted(group) for group in edits.together], edits.apart
        ([['b'], ['a']], (('b', 'a'),))
    """

    together: tuple[frozenset[str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    def merge(self, keys: Collection[str]) -> StrangerEdits:
        """These tracks show one person."""
        joined = frozenset(keys).union(*(group for group in self.together if not group.isdisjoint(keys)))
        others = tuple(group for group in self.together if group.isdisjoint(joined))
        apart = tuple(pair for pair in self.apart if not joined.issuperset(pair))
        return replace(self, together=(*others, joined), apart=apart)

    def split(self, keys: Collection[str], *, rest: Collection[str]) -> StrangerEdits:
        """The first tracks show one person, and the rest of their group, at least one track, another."""
        taken = frozenset(keys).union(rest)
        others = tuple(left for group in self.together if (left := group - taken))
        pair = min(keys), min(rest)
        together = (*others, frozenset(keys), frozenset(rest))
        return replace(self, together=together, apart=(*self.apart, pair))

    def numbered(self, numbers: Mapping[str, int]) -> StrangerEdits:
        """The same, with these numbers of tracks instead of those that they had."""
        return replace(self, numbers={**self.numbers, **numbers})

    def prefixed(self, prefix: str) -> StrangerEdits:
        """The same for tracks whose keys have a prefix, without numbers; see `HeadTrack.within`."""
        return StrangerEdits(
            tuple(frozenset(prefix + key for key in group) for group in self.together),
            tuple((prefix + first, prefix + second) for first, second in self.apart),
        )

    def __or__(self, other: StrangerEdits) -> StrangerEdits:
        """These edits, and those of another video; without numbers, which each video has of its own."""
        return StrangerEdits(self.together + other.together, self.apart + other.apart)

    def to_json(self) -> dict[str, Any]:
        """As JSON stores it."""
        return {
            "together": [sorted(group) for group in self.together],
            "apart": [list(pair) for pair in self.apart],
            "numbers": dict(self.numbers),
        }

    @classmethod
    def from_json(cls, stored: Any) -> StrangerEdits:
        """What `to_json` returned.

        Raises:
            ValueError: it is something else; so do KeyError and TypeError.
        """
        edits = cls()
        for group in stored["together"]:
            edits = edits.merge(_keys(group))
        pairs = tuple(_keys(pair) for pair in stored["apart"])
        if not all(len(pair) == 2 for pair in pairs):
            raise ValueError("a pair has two keys")
        numbers = dict(stored["numbers"])
        if not all(type(number) is int and number > 0 for number in numbers.values()):
            raise ValueError("a number is positive")
        return cls(edits.together, tuple((first, second) for first, second in pairs), numbers)


def _keys(values: Iterable[Any]) -> tuple[str, ...]:
    keys = tuple(values)
    if not keys or not all(isinstance(key, str) for key in keys):
        raise ValueError("keys must be text")
    return keys
