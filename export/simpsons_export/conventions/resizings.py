"""Finds out how the author of a network made its pictures square: by trying, as for the colours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from simpsons_export.conventions.convention import InputConvention
from simpsons_export.conventions.labelled import LabelledImages
from simpsons_export.conventions.search import SearchResult, Trial, run_prepared, trial_of
from simpsons_export.outputs import Outputs
from simpsons_export.source import Source
from simpsons_play.core.frames import Image
from simpsons_play.inference.resizing import INTERPOLATIONS, Resizing

_CROPS = (None, 1.0, 0.875)
"""Whole pictures, squares in the middle, and those of torchvision, which resizes the shorter side to 256
pixels and takes 224 of them. timm crops to between 0.875 and 1."""

_TEMPERATURES = tuple(2.0 ** (i / 2) for i in range(-2, 7))
"""Divisors of the logits to calibrate with: 0.5 to 8."""

_MIN_ERRORS = 3.0
"""Standard errors by which log-likelihoods differ beyond doubt, since nine ways are tried."""

ReadResized = Callable[[Resizing], LabelledImages | None]
"""Reads the same labelled pictures, resized in the given way."""


def find_resizing(source: Source, found: SearchResult, read: ReadResized, *, kind: Outputs) -> SearchResult:
    """Try ways to make pictures square, in the network's own framework: all crops with all interpolations.

    Another way than that of the pictures so far, which is what the file states or what the player does by
    itself, is only taken if one is better beyond doubt: its log-likelihood by three standard errors. Of those
    that are not worse than this one by as much, the most accurate is taken. Each trial is calibrated with a
    temperature of its own, as pictures that make a network less sure would otherwise seem more likely.

    Args:
        source: The network.
        found: Its input conventions, the best first, with the resizing to start from.
        read: Reads the same labelled pictures, resized in another way.
        kind: What the outputs of the network mean.

    Returns:
        The same conventions, with further trials of the best: the one to use is first.
    """
    best, *others = found.trials
    start = best.convention.resizing
    resizings = [Resizing(crop, interpolation) for crop in _CROPS for interpolation in INTERPOLATIONS]
    seen: list[Image] = []
    trials: list[Trial] = []
    for resizing in (start, *(one for one in resizings if one != start)):
        labelled = read(resizing)
        if labelled is None or any(np.array_equal(labelled.images, images) for images in seen):
            continue  # square pictures, for example, which no way crops or stretches
        seen.append(labelled.images)
        convention = dataclasses.replace(best.convention, resizing=resizing)
        outputs = run_prepared(source, convention, labelled.images)
        trials.append(_calibrated(convention, outputs, labelled, kind))
    winner = _best_of(trials)
    return dataclasses.replace(
        found, trials=(winner, *(trial for trial in trials if trial is not winner), *others)
    )


def _calibrated(
    convention: InputConvention, outputs: npt.NDArray[np.float32], labelled: LabelledImages, kind: Outputs
) -> Trial:
    """How a way fared, with the temperature that makes the right labels most likely."""
    trials = (
        trial_of(convention, outputs, labelled.truth, kind, temperature=temperature)
        for temperature in _TEMPERATURES
    )
    return max(trials, key=lambda trial: float(trial.log_likelihood.mean()))


def _best_of(trials: Sequence[Trial]) -> Trial:
    """The first trial, unless another is clearly better; then the most accurate that may be the best."""
    first, likeliest = trials[0], max(trials, key=lambda trial: float(trial.log_likelihood.mean()))
    if not likeliest.is_likelier_than(first, errors=_MIN_ERRORS):
        return first
    near = [trial for trial in trials if not likeliest.is_likelier_than(trial, errors=_MIN_ERRORS)]
    return max(near, key=lambda trial: trial.accuracy)
