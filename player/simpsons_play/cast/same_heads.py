"""Which examples show the same head. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from simpsons_play.cast.members import SAME_SIMILARITY, Embeddings, Example
from simpsons_play.core.frames import ROUNDED_TIME_S

_COPY = 0.995
"""Cosine from which two embeddings count as those of the same picture, encoded or cut out once more."""

_SAME_LOOK = 0.98
"""Cosine from which two looks are the same one, as the looks at one head in a shot are, whenever it is named.
Those of two runs of the analysis may be some frames apart."""

SHOT_SIMILARITY, _SHOT_S = 0.85, 10.0
"""Cosine from which, and time in seconds up to which, two embeddings of one video count as those of the same
head. Of 774 pairs of heads seen side by side in clips of the show, 6 are that similar."""


def copies(examples: Sequence[Example], known: Sequence[Example]) -> list[Example | None]:
    """For each example, the known one that shows the same picture; None if there is none."""
    if not examples or not known:
        return [None] * len(examples)
    similarities = _stacked(examples) @ _stacked(known).T
    return [
        known[int(row.argmax())] if row.max() >= _COPY else _of_same_bytes(example, known)
        for example, row in zip(examples, similarities, strict=True)
    ]


def joined(known: Sequence[Example], examples: Iterable[Example]) -> tuple[Example, ...]:
    """Known examples, followed by the others that show a picture of their own.

    A known picture gets the looks of the other example that shows it, as far as they are new.
    """
    all_of = list(known)
    for example in examples:
        (copy,) = copies([example], all_of)
        if copy is None:
            all_of.append(example)
        else:
            all_of[all_of.index(copy)] = _with_looks(copy, example.looks)
    return tuple(all_of)


def uncontradicted(known: Sequence[Example], examples: Sequence[Example]) -> tuple[Example, ...]:
    """What is left of known examples when others belong to another character.

    Examples of the same picture go, and those of the same head some seconds earlier or later in the same
    video. Looks at the head go, too. Those at other heads of a group move to an example that stays.

    Args:
        known: examples of a character.
        examples: new ones of another.
    """
    if not examples:
        return tuple(known)
    views = np.concatenate([example.embeddings for example in examples])
    pictured = {copy.id for copy in copies(examples, known) if copy is not None}
    stay, moved = list[Example](), list[Embeddings]()
    for one in known:
        if one.id not in pictured and not any(_show_one_head(one, other) for other in examples):
            kept = _similarity(one.looks, views) < SAME_SIMILARITY
            stay.append(one if kept.all() else replace(one, looks=one.looks[kept]))
        elif any(len(example.looks) for example in examples):
            moved.append(one.looks[_similarity(one.looks, views) < SHOT_SIMILARITY])
    for looks in moved if stay else []:
        stay[0] = _with_looks(stay[0], looks)
    return tuple(stay)


def _show_one_head(one: Example, other: Example) -> bool:
    """Whether two examples show the same head at different times of a shot."""
    if one.time_s is None or other.time_s is None or one.source != other.source:
        return False
    if not ROUNDED_TIME_S < abs(one.time_s - other.time_s) <= _SHOT_S:
        return False
    if len(one.looks) and len(other.looks) and not (_similarity(one.looks, other.looks) >= _SAME_LOOK).any():
        return False  # another shot
    return bool(_similarity(one.embedding[None], other.embeddings)[0] >= SHOT_SIMILARITY)


def _with_looks(example: Example, looks: Embeddings) -> Example:
    """An example with more looks, except for those that it has."""
    new = looks[_similarity(looks, example.embeddings) < _COPY]
    return replace(example, looks=np.stack([*new, *example.looks])) if len(new) else example


def _of_same_bytes(example: Example, known: Sequence[Example]) -> Example | None:
    return next((one for one in known if one.picture == example.picture), None)


def _similarity(embeddings: Embeddings, others: Embeddings) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The highest cosine of each embedding to any of others: (N, D), (M, D) -> (N,)."""
    if not len(embeddings):
        return np.zeros(0, np.float32)
    return np.asarray((embeddings @ others.T).max(axis=1), np.float32)


def _stacked(examples: Sequence[Example]) -> Embeddings:
    return np.stack([example.embedding for example in examples])
