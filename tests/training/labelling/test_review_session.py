"""A review without files: what is accepted, rejected, renamed and undone."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from simpsons_play.core.errors import SinkError
from simpsons_training.labelling.review_session import ReviewSession, State


@dataclass(frozen=True)
class Item:
    character: str
    probability: float | None = 0.9


class Memory:
    """Decisions in memory; fails at a given step."""

    def __init__(self, *, fail_at: int | None = None) -> None:
        self.accepted: dict[Item, str] = {}
        self.rejected: set[Item] = set()
        self._left = fail_at

    def accept(self, item: Item, character: str) -> None:
        self._count()
        assert item not in self.accepted and item not in self.rejected
        self.accepted[item] = character

    def reject(self, item: Item) -> None:
        self._count()
        assert item not in self.accepted and item not in self.rejected
        self.rejected.add(item)

    def restore(self, item: Item) -> None:
        self._count()
        if item in self.rejected:
            self.rejected.remove(item)
        else:
            del self.accepted[item]

    def settle(self) -> None:
        pass

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self._left = None
                raise SinkError("no space left on device")


ITEMS = [Item("bart", 0.9), Item("bart", 0.7), Item("bart", None), Item("homer", 0.8)]


def test_sheets_have_the_doubtful_first_and_one_shows_all() -> None:
    session = ReviewSession(ITEMS, Memory())
    assert [sheet.character for sheet in session.sheets] == [None, "bart", "homer"]
    probabilities = [[entry.item.probability for entry in sheet.entries] for sheet in session.sheets]
    assert probabilities == [[0.7, 0.8, 0.9, None], [0.7, 0.9, None], [0.8]]
    assert [sheet.character for sheet in ReviewSession(ITEMS[:2], Memory()).sheets] == ["bart"]


def test_rejecting_accepting_and_undoing_across_sheets() -> None:
    memory = Memory()
    session = ReviewSession(ITEMS, memory)
    bart = session.sheets[1]
    session.toggle(1, bart.entries[0])
    assert session.accept_rest(1) == 2 and session.accept_rest(1) == 0
    assert memory.rejected == {ITEMS[1]} and set(memory.accepted) == {ITEMS[0], ITEMS[2]}
    session.accept_rest(2)
    assert session.count(State.ACCEPTED) == 3 and not session.count(State.PROPOSED)
    session.toggle(1, bart.entries[1])
    assert bart.entries[1].state is State.ACCEPTED, "only undo takes that back"
    for sheet, left in ((2, 1), (1, 3), (1, 4)):
        undone = session.undo()
        assert undone is not None and undone.sheet == sheet
        assert session.count(State.PROPOSED) == left
    assert session.undo() is None and not memory.accepted and not memory.rejected


def test_renaming_whatever_state_a_picture_is_in() -> None:
    memory = Memory()
    session = ReviewSession(ITEMS, memory)
    entry = session.sheets[1].entries[0]
    session.toggle(1, entry)
    session.rename(1, entry, "otto_mann")
    assert memory.accepted == {ITEMS[1]: "otto_mann"} and not memory.rejected
    session.rename(1, entry, "maggie_simpson")
    assert memory.accepted == {ITEMS[1]: "maggie_simpson"}
    session.undo()
    assert memory.accepted == {ITEMS[1]: "otto_mann"} and entry.character == "otto_mann"
    session.undo()
    assert memory.rejected == {ITEMS[1]} and entry.state is State.REJECTED and entry.character == "bart"
    session.undo()
    assert not memory.rejected and not session.can_undo


def test_a_failure_keeps_what_was_done_and_can_be_undone() -> None:
    memory = Memory(fail_at=1)
    session = ReviewSession(ITEMS, memory)
    with pytest.raises(SinkError):
        session.accept_rest(1)
    assert set(memory.accepted) == {ITEMS[1]} and session.count(State.ACCEPTED) == 1
    assert session.accept_rest(1) == 2, "once there is space again"
    session.undo()
    session.undo()
    assert not memory.accepted


def test_an_undo_that_fails_can_be_repeated() -> None:
    memory = Memory(fail_at=3 + 1)
    session = ReviewSession(ITEMS[:3], memory)
    session.accept_rest(0)
    with pytest.raises(SinkError):
        session.undo()
    assert session.count(State.ACCEPTED) == len(memory.accepted) == 2
    session.undo()
    assert not memory.accepted and session.count(State.PROPOSED) == 3


def test_a_rename_that_fails_leaves_a_proposal() -> None:
    memory = Memory(fail_at=2)
    session = ReviewSession(ITEMS, memory)
    entry = session.sheets[2].entries[0]
    session.toggle(2, entry)
    with pytest.raises(SinkError):
        session.rename(2, entry, "otto_mann")
    assert entry.state is State.PROPOSED and not memory.rejected and not memory.accepted
    session.undo()
    assert entry.state is State.REJECTED and memory.rejected == {ITEMS[3]}


def test_any_steps_can_all_be_undone() -> None:
    items = [Item(random.choice("abc"), number / 100) for number in range(20)]
    for seed in range(30):
        chance, memory = random.Random(seed), Memory()
        session = ReviewSession(items, memory)
        for _ in range(25):
            sheet = chance.randrange(len(session.sheets))
            entry = chance.choice(session.sheets[sheet].entries)
            step = chance.randrange(4)
            if step == 0:
                session.accept_rest(sheet)
            elif step == 1:
                session.rename(sheet, entry, chance.choice("abcd"))
            elif step == 2:
                session.undo()
            else:
                session.toggle(sheet, entry)
            assert len(memory.accepted) == session.count(State.ACCEPTED)
            assert len(memory.rejected) == session.count(State.REJECTED)
        while session.can_undo:
            session.undo()
        assert not memory.accepted and not memory.rejected
