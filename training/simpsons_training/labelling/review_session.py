"""A review: which proposals are accepted, rejected or renamed, sheet by sheet, and how to undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from simpsons_play.core.errors import DataError, SimpsonsError
from simpsons_play.core.names import display_name


class Proposed(Protocol):
    """A picture with the name that is proposed for it."""

    @property
    def character(self) -> str:
        """Label of the character."""
        ...

    @property
    def probability(self) -> float | None:
        """How probable the model found it, 0-1; None if a person named it."""
        ...


_Item = TypeVar("_Item", bound=Proposed)
_Taken = TypeVar("_Taken", bound=Proposed, contravariant=True)


class Decisions(Protocol[_Taken]):
    """Carries decisions out. A process that is killed after any method loses nothing.

    All methods may raise SimpsonsError.
    """

    def accept(self, item: _Taken, character: str) -> None:
        """Move a picture into the data set, under this name."""
        ...

    def reject(self, item: _Taken) -> None:
        """Remove a picture, and never propose it again."""
        ...

    def restore(self, item: _Taken) -> None:
        """Take back `accept` or `reject`: the picture is a proposal again."""
        ...

    def settle(self) -> None:
        """Finish a step, of one or many decisions."""
        ...


class State(Enum):
    """What became of a picture."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(eq=False)
class Entry(Generic[_Item]):
    """A picture on a sheet.

    Attributes:
        item: the picture.
        state: what became of it.
        character: the name under which it was accepted; before that, the proposed one.
    """

    item: _Item
    state: State = State.PROPOSED
    character: str = ""

    def __post_init__(self) -> None:
        """Start with the proposed name."""
        self.character = self.character or self.item.character


@dataclass(eq=False)
class Sheet(Generic[_Item]):
    """The pictures that are proposed for one character, the most doubtful first.

    Attributes:
        character: label of the character; None for a sheet with the pictures of all.
        entries: the pictures.
    """

    character: str | None
    entries: list[Entry[_Item]] = field(default_factory=list)

    def count(self, state: State) -> int:
        """Number of pictures in a state."""
        return sum(entry.state is state for entry in self.entries)


@dataclass(frozen=True)
class Undone(Generic[_Item]):
    """What `ReviewSession.undo` has taken back.

    Attributes:
        sheet: index of the sheet.
        entries: its pictures, which are as before.
    """

    sheet: int
    entries: tuple[Entry[_Item], ...]


@dataclass(frozen=True)
class _Step(Generic[_Item]):
    sheet: int
    before: tuple[tuple[Entry[_Item], State, str], ...]


class ReviewSession(Generic[_Item]):
    """The sheets of a review, and everything that was done since it began.

    Every step is carried out at once, so that nothing waits to be saved.

    Args:
        items: the proposals.
        decisions: carries decisions out.

    Attributes:
        sheets: one for each character, in the alphabetical order of their display names. If there are
            several, one with all pictures comes first, for short reviews.
    """

    def __init__(self, items: Sequence[_Item], decisions: Decisions[_Item]) -> None:
        self._decisions = decisions
        self._all = Sheet(None, [Entry(item) for item in sorted(items, key=_certainty)])
        by_character: dict[str, Sheet[_Item]] = {}
        for entry in self._all.entries:
            by_character.setdefault(entry.character, Sheet(entry.character)).entries.append(entry)
        self.sheets = [by_character[character] for character in sorted(by_character, key=display_name)]
        if len(self.sheets) > 1:
            self.sheets.insert(0, self._all)
        self._steps: list[_Step[_Item]] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._steps)

    def count(self, state: State) -> int:
        """Number of pictures in a state."""
        return self._all.count(state)

    def toggle(self, sheet: int, entry: Entry[_Item]) -> None:
        """Reject a picture, or take its rejection back; does nothing to an accepted one.

        Raises:
            SimpsonsError: it cannot be carried out; nothing has changed.
        """
        if entry.state is State.ACCEPTED:
            return
        before = (entry, entry.state, entry.character)
        if entry.state is State.PROPOSED:
            self._decisions.reject(entry.item)
            entry.state = State.REJECTED
        else:
            self._decisions.restore(entry.item)
            entry.state = State.PROPOSED
        self._steps.append(_Step(sheet, (before,)))
        self._decisions.settle()

    def accept_rest(self, sheet: int) -> int:
        """Accept all pictures of a sheet that are neither rejected nor accepted; returns how many.

        Raises:
            DataError: one cannot be read; all others are accepted.
            SimpsonsError: one cannot be saved; those before it stay accepted, and can be undone.
        """
        before: list[tuple[Entry[_Item], State, str]] = []
        unreadable: DataError | None = None
        try:
            for entry in self.sheets[sheet].entries:
                if entry.state is not State.PROPOSED:
                    continue
                try:
                    self._decisions.accept(entry.item, entry.character)
                except DataError as error:
                    unreadable = unreadable or error
                    continue
                before.append((entry, State.PROPOSED, entry.character))
                entry.state = State.ACCEPTED
            if unreadable is not None:
                raise unreadable
        finally:
            if before:
                self._steps.append(_Step(sheet, tuple(before)))
                self._decisions.settle()
        return len(before)

    def rename(self, sheet: int, entry: Entry[_Item], character: str) -> None:
        """Accept a picture under another name, also one that was rejected or accepted before.

        Raises:
            SimpsonsError: it cannot be saved; the picture is as before, or proposed again.
        """
        before = (entry, entry.state, entry.character)
        if entry.state is not State.PROPOSED:
            self._decisions.restore(entry.item)
            entry.state, entry.character = State.PROPOSED, entry.item.character
        try:
            self._decisions.accept(entry.item, character)
            entry.state, entry.character = State.ACCEPTED, character
        finally:
            if (entry, entry.state, entry.character) != before:
                self._steps.append(_Step(sheet, (before,)))
                self._decisions.settle()

    def undo(self) -> Undone[_Item] | None:
        """Take the last step back, on whichever sheet it was; None if there is none.

        Raises:
            SimpsonsError: it cannot be carried out; what is left of the step can be undone later.
        """
        if not self._steps:
            return None
        step = self._steps.pop()
        left = list(step.before)
        try:
            while left:
                self._return(*left[-1])
                left.pop()
        except SimpsonsError:
            self._steps.append(_Step(step.sheet, tuple(left)))
            raise
        finally:
            self._decisions.settle()
        return Undone(step.sheet, tuple(entry for entry, _, _ in step.before))

    def _return(self, entry: Entry[_Item], state: State, character: str) -> None:
        """Bring a picture back into an earlier state."""
        if entry.state is not State.PROPOSED:
            self._decisions.restore(entry.item)
            entry.state, entry.character = State.PROPOSED, entry.item.character
        if state is State.REJECTED:
            self._decisions.reject(entry.item)
        elif state is State.ACCEPTED:
            self._decisions.accept(entry.item, character)
        entry.state, entry.character = state, character


def _certainty(item: Proposed) -> float:
    """The sort key: doubtful proposals first, those that a person named last."""
    return 2.0 if item.probability is None else item.probability
