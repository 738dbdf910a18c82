"""Finds out how the author of a network made its pictures square: by trying, as for the colours."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from simpsons_export.conventions.labelled import LabelledImages
from simpsons_export.conventions.search import SearchResult, Trial, try_convention
from simpsons_export.outputs import Outputs
from simpsons_export.source import Source
from simpsons_play.core.frames import Image
from simpsons_play.inference.resizing import INTERPOLATIONS, Resizing

_CROPS = (None, 1.0, 0.875)
"""Whole pictures, squares in the middle, and those of torchvision, which resizes the shorter side to 256
pixels and takes 224 of them. timm crops to between 0.875 and 1."""

_MIN_ERRORS = 3.0
"""Standard errors by which the likelihood of another way must be higher, since five are tried."""

ReadResized = Callable[[Resizing], LabelledImages | None]
"""Reads the same labelled pictures, resized in the given way."""


def find_resizing(source: Source, found: SearchResult, read: ReadResized, *, kind: Outputs) -> SearchResult:
    """Try ways to make pictures square, in the network's own framework: crops first, then interpolations.

    Another way than that of the pictures so far, which is what the file states or what the player does by
    itself, is taken if it is better beyond doubt: its log-likelihood by three standard errors.

    Args:
        source: The network.
        found: Its input conventions, the best first, with the resizing to start from.
        read: Reads the same labelled pictures, resized in another way.
        kind: What the outputs of the network mean.

    Returns:
        The same conventions, with further trials of the best: the one to use is first.
    """
    best, *others = found.trials
    seen: list[Image] = []
    trials: list[Trial] = []

    def try_all(resizings: Sequence[Resizing]) -> None:
        for resizing in resizings:
            labelled = read(resizing)
            if labelled is None or any(np.array_equal(labelled.images, images) for images in seen):
                continue  # square pictures, for example, which no way crops or stretches
            seen.append(labelled.images)
            convention = dataclasses.replace(best.convention, resizing=resizing)
            trials.append(
                best if convention == best.convention else try_convention(source, convention, labelled, kind)
            )

    start = best.convention.resizing
    try_all([start, *(dataclasses.replace(start, crop=crop) for crop in _CROPS if crop != start.crop)])
    start = _clearly_best(trials).convention.resizing
    try_all([dataclasses.replace(start, interpolation=one) for one in INTERPOLATIONS])
    winner = _clearly_best(trials)
    return dataclasses.replace(
        found, trials=(winner, *(trial for trial in trials if trial is not winner), *others)
    )


def _clearly_best(trials: Sequence[Trial]) -> Trial:
    """The trial with the highest likelihood of those that are clearly better than the first; or the first."""
    first = trials[0]
    better = [trial for trial in trials[1:] if _is_clearly_better(trial, first)]
    return max(better, key=lambda trial: float(trial.log_likelihood.mean()), default=first)


def _is_clearly_better(trial: Trial, first: Trial) -> bool:
    difference = trial.log_likelihood - first.log_likelihood
    error = float(difference.std(ddof=1)) / math.sqrt(len(difference))
    return bool(difference.mean() > _MIN_ERRORS * error)
