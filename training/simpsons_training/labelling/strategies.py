"""Strategies: which of many proposals teach most. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_training.labelling.config import Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What a strategy needs to know of a proposal.

    Attributes:
        character: label of the character.
        probability: how probable it is, 0-1.
        doubt: see `Proposal.doubt`.
        thumbnail: (S, S, 3) uint8 BGR: the picture, scaled to a square; the same S for all.
    """

    character: str
    probability: float
    doubt: float
    thumbnail: Image


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The pictures of a data set.

    Attributes:
        counts: character -> number of pictures.
        thumbnails: thumbnails of pictures, as in `Candidate`.
    """

    counts: Mapping[str, int]
    thumbnails: Sequence[Image] = ()


def choose(
    strategy: Strategy, candidates: Sequence[Candidate], known: Known, *, count: int | None = None
) -> list[int]:
    """Choose proposals.

    `rare` prefers characters with few pictures, so that all get equally many; of each character, the most
    probable proposals. `uncertain` prefers those that are nearly dropped, or about which classifier and
    detector disagree. `new-scenes` prefers pictures that resemble none of the data set, nor each other
    (farthest-first traversal, Gonzalez 1985).

    Args:
        strategy: one of `config.STRATEGIES`.
        candidates: the proposals to choose from.
        known: the data set.
        count: how many to choose at most; None for all.

    Returns:
        Indices in `candidates`, the preferred ones first.
    """
    wanted = len(candidates) if count is None else min(count, len(candidates))
    return _CHOICES[strategy](candidates, known, wanted)


def _rare(candidates: Sequence[Candidate], known: Known, count: int) -> list[int]:
    counts = Counter(known.counts)
    queues: dict[str, list[int]] = {}
    for index in sorted(range(len(candidates)), key=lambda index: candidates[index].probability):
        queues.setdefault(candidates[index].character, []).append(index)  # the most probable last
    chosen: list[int] = []
    while len(chosen) < count:
        rarest = min(queues, key=lambda character: (counts[character], character))
        chosen.append(queues[rarest].pop())
        counts[rarest] += 1
        if not queues[rarest]:
            del queues[rarest]
    return chosen


def _uncertain(candidates: Sequence[Candidate], known: Known, count: int) -> list[int]:
    return sorted(range(len(candidates)), key=lambda index: -candidates[index].doubt)[:count]


def _new_scenes(candidates: Sequence[Candidate], known: Known, count: int) -> list[int]:
    if not candidates:
        return []
    pictures = np.stack([candidate.thumbnail for candidate in candidates]).astype(np.float32)
    nearest = np.full(len(candidates), np.inf, np.float32)
    for thumbnail in known.thumbnails:
        nearest = np.minimum(nearest, _distances(pictures, thumbnail))
    chosen: list[int] = []
    while len(chosen) < count:
        farthest = int(nearest.argmax())
        chosen.append(farthest)
        nearest = np.minimum(nearest, _distances(pictures, candidates[farthest].thumbnail))
        nearest[chosen] = -1  # not again
    return chosen


def _distances(pictures: npt.NDArray[np.float32], picture: Image) -> npt.NDArray[np.float32]:
    """Mean absolute difference of each picture, (N, S, S, 3), from another: (N,), 0-255."""
    return np.asarray(np.abs(pictures - picture).mean(axis=(1, 2, 3)), np.float32)


_CHOICES: dict[Strategy, Callable[[Sequence[Candidate], Known, int], list[int]]] = {
    "rare": _rare,
    "uncertain": _uncertain,
    "new-scenes": _new_scenes,
}
