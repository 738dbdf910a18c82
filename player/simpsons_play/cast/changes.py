"""The journal of a cast: what was changed, and how to take it back. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simpsons_play.cast.members import Member

MAX_CHANGES = 50
"""Older changes are forgotten, and can no longer be undone."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One change of a cast.

    Attributes:
        id: identifies the change; examples that it added carry it.
        time: when, in UTC.
        text: what, in one line: `Taught Otto Mann from 3 pictures`.
        before: the members it changed as they were before, by label; None for one that did not exist.
    """

    id: str
    time: datetime
    text: str
    before: Mapping[str, Member | None] = field(repr=False)


def new_change_id() -> str:
    """An ID that no other change has."""
    return secrets.token_hex(6)


def now() -> datetime:
    """The current time in whole seconds, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)
