"""A cast, which each change replaces by a new one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from simpsons_play.cast.changes import MAX_CHANGES, Change, new_change_id, now
from simpsons_play.cast.members import Example, Member, clean_name
from simpsons_play.cast.merging import colours_of, merged_members, new_colour
from simpsons_play.cast.same_heads import joined, uncontradicted
from simpsons_play.core.errors import CastError
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import (
    CHARACTERS_BGR,
    counted,
    default_name,
    use_colours,
    use_display_names,
)


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The characters that a user taught, and the journal of changes. Immutable: changes return a new cast.

    Attributes:
        embedder: ID of the network that made the embeddings; empty without examples.
        members: sorted by label.
        changes: the last ones, oldest first; `undo` takes back the last.

    Example:
        >>> import numpy as np
        >>> example = Example(np.float32([1, 0]), b"JPEG", "otto.jpg")
        >>> cast = Cast().teach("otto_mann", [example], embedder="e1").rename("otto_mann", "Otto")
        >>> cast["otto_mann"].name, [change.text for change in cast.changes]
        ('Otto', ['Taught Otto Mann from 1 picture', 'Renamed Otto Mann to Otto'])
        >>> cast.undo()["otto_mann"].name
        'Otto Mann'
    """

    embedder: str = ""
    members: tuple[Member, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the members, sorted."""
        return tuple(member.label for member in self.members)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples of all members."""
        return tuple(example for member in self.members for example in member.examples)

    @property
    def display_names(self) -> dict[str, str]:
        """Label to display name, of the members that have one of their own."""
        return {member.label: member.display_name for member in self.members if member.display_name}

    @property
    def colours_bgr(self) -> dict[str, tuple[int, int, int]]:
        """Label to colour, BGR 0-255, of all members but `NOBODY`, who is never shown."""
        return colours_of(self.members)

    def __contains__(self, label: object) -> bool:
        """Whether there is a member with a label."""
        return label in self.labels

    def __getitem__(self, label: str) -> Member:
        """The member with a label.

        Raises:
            KeyError: there is none.
        """
        member = self.get(label)
        if member is None:
            raise KeyError(label)
        return member

    def get(self, label: str) -> Member | None:
        """The member with a label; None if there is none."""
        return next((member for member in self.members if member.label == label), None)

    def teach(
        self, label: str, examples: Sequence[Example], *, embedder: str, display_name: str | None = None
    ) -> Cast:
        """Add examples to a character; a label that is new becomes a member.

        Examples that the character has already are not added again, but may get more looks. The later word
        counts: examples that another character has move to this one, and those that contradict it go, see
        `uncontradicted`.

        Args:
            label: the label, see `Member.label`.
            examples: examples of it.
            embedder: ID of the network that made their embeddings.
            display_name: display name of a new member.

        Returns:
            The new cast; this one if it has all of the examples.

        Raises:
            CastError: the cast was made with another embedder.
        """
        self._require_embedder(embedder)
        change = new_change_id()
        old = self.get(label) or Member(label, display_name, new_colour(label, self.members))
        marked = [replace(example, change=change) for example in examples]
        member = replace(old, examples=joined(old.examples, marked))
        had = {example.id for example in old.examples}
        new = [example for example in member.examples if example.id not in had]
        if not new:
            return self
        changed: dict[str, Member | None] = {label: member}
        for other in self.members:
            kept = other.examples if other.label == label else uncontradicted(other.examples, new)
            if kept != other.examples:
                left = replace(other, examples=kept)
                changed[other.label] = None if left.is_blank else left
        text = f"Taught {member.name} from {counted(len(new), 'picture')}"
        return replace(self._changed(changed, text, change_id=change), embedder=embedder)

    def remove(self, label: str) -> Cast:
        """Remove a member with its examples.

        Raises:
            KeyError: there is none with this label.
        """
        return self._changed({label: None}, f"Removed {self[label].name}")

    def remove_examples(self, label: str, ids: Iterable[str]) -> Cast:
        """Remove some examples of a member, which stays, even without any.

        Args:
            label: its label.
            ids: see `Example.id`.

        Raises:
            KeyError: there is no such member, or it has no such example.
        """
        member, gone = self[label], set(ids)
        if unknown := gone - {example.id for example in member.examples}:
            raise KeyError(min(unknown))
        kept = tuple(example for example in member.examples if example.id not in gone)
        text = f"Removed {counted(len(member.examples) - len(kept), 'picture')} of {member.name}"
        return self._changed({label: replace(member, examples=kept)}, text)

    def rename(self, label: str, name: str, *, new_label: str | None = None) -> Cast:
        """Give a character another name; if that is a member's, the two become one.

        The labels of the included models stay, as does `NOBODY`: models would not know new ones.

        Args:
            label: the label now; one of the included models need not be a member.
            name: the new display name.
            new_label: the new label; None keeps the label and only changes the display name.

        Raises:
            KeyError: there is no member with this label.
            CastError: the label cannot change.
            ValueError: the name is not valid, see `members.clean_name`.
        """
        name = clean_name(name)
        fixed = label in CHARACTERS_BGR or label == NOBODY
        old = Member(label) if fixed and label not in self else self[label]
        target = new_label or label
        if fixed and target != label:
            raise CastError(
                f"{old.name} is a character of the included models; only its display name can change"
            )
        shown = name if name != default_name(target) else None
        if target == label:
            if shown == old.display_name:
                return self
            return self._changed({label: replace(old, display_name=shown)}, f"Renamed {old.name} to {name}")
        if target in self or target in CHARACTERS_BGR or target == NOBODY:
            other = self.get(target) or Member(target)
            both = replace(other, examples=joined(other.examples, old.examples))
            return self._changed({label: None, target: both}, f"Merged {old.name} into {other.name}")
        new = replace(old, label=target, display_name=shown)
        return self._changed({label: None, target: new}, f"Renamed {old.name} to {name}")

    def recolour(self, label: str, colour_bgr: tuple[int, int, int] | None) -> Cast:
        """Give a character another colour; None for the default. One of the included models may be new here.

        Raises:
            KeyError: there is no member with this label.
        """
        old = Member(label) if label in CHARACTERS_BGR and label not in self else self[label]
        return self._changed(
            {label: replace(old, colour_bgr=colour_bgr)}, f"Changed the colour of {old.name}"
        )

    def merge(self, other: Cast, *, source: str) -> Cast:
        """Add the members of another cast, and their examples.

        What this cast says takes precedence: names, colours and thresholds are only taken over where it has
        none, and a picture that belongs to another character here is left out.

        Args:
            other: the other cast.
            source: name of its file, for the journal.

        Returns:
            The new cast; this one if there is nothing to add.

        Raises:
            CastError: the other cast was made with another embedder; see `embeddings.with_embeddings`.
        """
        if other.examples:
            self._require_embedder(other.embedder)
        change = new_change_id()
        changed = merged_members(self.members, other.members, change=change)
        if not changed:
            return self
        merged = self._changed(changed, f"Merged {source}", change_id=change)
        return replace(merged, embedder=other.embedder if other.examples else self.embedder)

    def undo(self) -> Cast:
        """Take back the last change.

        Raises:
            CastError: there is none.
        """
        if not self.changes:
            raise CastError("there is no change to undo")
        return replace(self._with(self.changes[-1].before), changes=self.changes[:-1])

    def all_members(self) -> tuple[Member, ...]:
        """The members, and those that `undo` would bring back."""
        kept = (member for change in self.changes for member in change.before.values() if member is not None)
        return (*self.members, *kept)

    def _changed(
        self, members: Mapping[str, Member | None], text: str, *, change_id: str | None = None
    ) -> Cast:
        """This cast with other members, None for one to remove, and an entry in the journal."""
        before = {label: self.get(label) for label in members}
        change = Change(change_id or new_change_id(), now(), text, before)
        return replace(self._with(members), changes=(*self.changes, change)[-MAX_CHANGES:])

    def _with(self, members: Mapping[str, Member | None]) -> Cast:
        all_of = {member.label: member for member in self.members} | dict(members)
        kept = sorted((m for m in all_of.values() if m is not None), key=lambda member: member.label)
        return replace(self, members=tuple(kept))

    def _require_embedder(self, embedder: str) -> None:
        if self.embedder not in ("", embedder) and any(member.examples for member in self.all_members()):
            raise CastError(
                f"the examples were made with {self.embedder} and cannot be compared with those of {embedder}"
            )


def use_names_of(cast: Cast) -> None:
    """Show the names and colours of a cast, in the whole process, in place of those set before."""
    use_display_names(cast.display_names)
    use_colours(cast.colours_bgr)
