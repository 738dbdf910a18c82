"""The members of two casts, and their colours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simpsons_play.cast.members import Member
from simpsons_play.cast.same_heads import joined, uncontradicted
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import CHARACTERS_BGR, default_colour, free_colour


def colours_of(members: Iterable[Member]) -> dict[str, tuple[int, int, int]]:
    """Label to colour, BGR 0-255, of all members but `NOBODY`, who is never shown."""
    members = tuple(member for member in members if member.label != NOBODY)
    labels = (*CHARACTERS_BGR, *(member.label for member in members))
    return {m.label: m.colour_bgr or default_colour(m.label, labels) for m in members}


def new_colour(label: str, members: Iterable[Member]) -> tuple[int, int, int] | None:
    """The colour of a new member, BGR 0-255, which it keeps; None if it has one without a cast.

    Args:
        label: its label.
        members: the other members.
    """
    if label in CHARACTERS_BGR or label == NOBODY:
        return None
    return free_colour(label, (*CHARACTERS_BGR.values(), *colours_of(members).values()))


def merged_members(ours: Iterable[Member], theirs: Iterable[Member], *, change: str) -> dict[str, Member]:
    """The members of ours that get something from theirs, and those that are new, by label.

    What ours say takes precedence, see `Cast.merge`.

    Args:
        ours: the members of one cast.
        theirs: the members of another.
        change: ID of the change that adds their examples.
    """
    own = {member.label: member for member in ours}
    changed: dict[str, Member] = {}
    for their in theirs:
        old = own.get(their.label) or Member(their.label)
        elsewhere = [e for member in own.values() if member.label != their.label for e in member.examples]
        new = [replace(e, change=change) for e in uncontradicted(their.examples, elsewhere)]
        colour = old.colour_bgr or their.colour_bgr
        if their.label not in own and colour in colours_of(own.values()).values():
            colour = new_colour(their.label, own.values())
        member = Member(
            their.label,
            old.display_name or their.display_name,
            colour,
            their.threshold if old.threshold is None else old.threshold,
            joined(old.examples, new),
        )
        if member.is_blank and their.examples:  # all of them are of somebody else here
            continue
        if their.label not in own or _traits(member) != _traits(old):
            own[their.label] = changed[their.label] = member
    return changed


def _traits(member: Member) -> tuple[object, ...]:
    """What two casts may say differently about a member."""
    return (
        member.display_name,
        member.colour_bgr,
        member.threshold,
        [example.id for example in member.examples],
    )
