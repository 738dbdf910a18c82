"""Heads get the names that a cast teaches."""

from __future__ import annotations

import numpy as np

from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.label_search import NOBODY

LABELS = ("bart_simpson", "homer_simpson")
KNOWN = np.float32([[1, 0, 0], [0, 1, 0]])
HOMER_AT_WORK = np.float32([0.2, 0.8, 0.565])
"""Much like the Homer whom the network knows."""


def teach(label: str, embedding: np.ndarray) -> TaughtNames:
    member = Member(label, examples=(Example(embedding, b"a picture", "a.png"),))
    return TaughtNames([member], model_labels=LABELS, references=KNOWN, reference_labels=LABELS)


def name(taught: TaughtNames, embedding: np.ndarray, *, homer: float) -> dict[str, float]:
    vector = np.float32(embedding / np.linalg.norm(embedding))
    row = taught.name(np.float32([0.01, homer]), taught.likeness(vector[None])[0])
    return dict(zip(taught.labels, (round(float(p), 2) for p in row), strict=True))


def test_what_a_user_says_of_a_head_holds_although_the_model_is_certain() -> None:
    otto = teach("otto_mann", HOMER_AT_WORK)
    named = name(otto, HOMER_AT_WORK + np.float32([0, 0.05, 0]), homer=0.99)
    assert named["otto_mann"] > 0.9 and named["homer_simpson"] < 0.1
    assert name(otto, np.float32([0, 1, 0]), homer=0.99)["homer_simpson"] == 0.99, "not of others"
    nobody = teach(NOBODY, HOMER_AT_WORK)
    assert max(name(nobody, HOMER_AT_WORK, homer=0.99).values()) < 0.1 and nobody.labels == LABELS


def test_heads_unlike_the_examples_keep_their_probabilities() -> None:
    named = name(teach("otto_mann", np.float32([0, 0, 1])), np.float32([0, 1, 0]), homer=0.8)
    assert named == {"bart_simpson": 0.01, "homer_simpson": 0.8, "otto_mann": 0.0}
