"""What a user has merged and split among groups of strangers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StrangerEdits:
    """Tracks that belong together, and such that do not. Immutable: changes return new edits.

    Attributes:
        together: disjoint groups of keys of tracks that show one person.
        apart: pairs of keys of tracks that show different people.

    Example:
        >>> edits = StrangerEdits().merge(["a", "b"]).split(["b"], rest=["a"])
        >>> [sorted(group) for group in edits.together], edits.apart
        ([['b'], ['a']], (('b', 'a'),))
    """

    together: tuple[frozenset[str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()

    def merge(self, keys: Collection[str]) -> StrangerEdits:
        """These tracks show one person."""
        joined = frozenset(keys).union(*(group for group in self.together if not group.isdisjoint(keys)))
        others = tuple(group for group in self.together if group.isdisjoint(joined))
        apart = tuple(pair for pair in self.apart if not joined.issuperset(pair))
        return StrangerEdits((*others, joined), apart)

    def split(self, keys: Collection[str], *, rest: Collection[str]) -> StrangerEdits:
        """The first tracks show one person, and the rest of their group, at least one track, another."""
        taken = frozenset(keys).union(rest)
        others = tuple(left for group in self.together if (left := group - taken))
        pair = min(keys), min(rest)
        return StrangerEdits((*others, frozenset(keys), frozenset(rest)), (*self.apart, pair))

    def prefixed(self, prefix: str) -> StrangerEdits:
        """The same for tracks whose keys have a prefix; see `HeadTrack.within`."""
        return StrangerEdits(
            tuple(frozenset(prefix + key for key in group) for group in self.together),
            tuple((prefix + first, prefix + second) for first, second in self.apart),
        )

    def __or__(self, other: StrangerEdits) -> StrangerEdits:
        """These edits, and those of another video."""
        return StrangerEdits(self.together + other.together, self.apart + other.apart)

    def to_json(self) -> dict[str, Any]:
        """As JSON stores it."""
        return {
            "together": [sorted(group) for group in self.together],
            "apart": [list(pair) for pair in self.apart],
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
        return cls(edits.together, tuple((first, second) for first, second in pairs))


def _keys(values: Iterable[Any]) -> tuple[str, ...]:
    keys = tuple(values)
    if not keys or not all(isinstance(key, str) for key in keys):
        raise ValueError("keys must be text")
    return keys
