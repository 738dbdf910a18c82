"""The shots that another cast may change are found, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from simpsons_play.analysis.taught_shots import changed_shots
from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from tests.fakes import LABELS
from tests.player.analysis.people import face_of, log_of

OTTO, TROY, MOE = ("otto", 10), ("troy", 200), ("moe", 100)
LOG = log_of([OTTO], [TROY], [MOE], [TROY, MOE], [("homer_simpson", 10)])


def names(**taught: str) -> TaughtNames:
    """The names of members with these faces."""
    members = [
        Member(label, examples=(Example(face_of(name), name.encode(), "a.jpg"),))
        for label, name in taught.items()
    ]
    faces = np.stack([face_of("homer_simpson")]).astype(np.float32)
    return TaughtNames(members, model_labels=LABELS, references=faces, reference_labels=["homer_simpson"])


@pytest.mark.parametrize("batch", [2, 4096])
def test_shots_of_a_new_member_change_whatever_the_others_are(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simpsons_play.analysis.taught_shots._BATCH", batch)
    otto, both = names(otto_mann="otto"), names(otto_mann="otto", troy_mcclure="troy")
    assert changed_shots(LOG, None, otto) == changed_shots(LOG, otto, None) == [(0, 8)]
    assert changed_shots(LOG, otto, both) == changed_shots(LOG, both, otto) == [(8, 16), (24, 32)]
    assert changed_shots(LOG, None, both) == [(0, 8), (8, 16), (24, 32)]


def test_a_member_with_another_example_changes_shots_with_either() -> None:
    shots = changed_shots(LOG, names(otto_mann="otto"), names(otto_mann="moe"))
    assert shots == [(0, 8), (16, 24), (24, 32)]


def test_where_nothing_changes_there_are_none() -> None:
    otto = names(otto_mann="otto")
    assert changed_shots(LOG, otto, names(otto_mann="otto")) == []
    assert changed_shots(LOG, None, None) == changed_shots(LOG, None, names()) == []
    assert changed_shots(log_of([]), None, otto) == []
    assert changed_shots(log_of([TROY]), None, otto) == []
