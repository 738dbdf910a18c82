"""Figures of confidence: reliability diagram, and separation of known characters from unknown people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from simpsons_training.evaluation.calibration import Bin
from simpsons_training.evaluation.open_set import is_background
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.figures import COLOURS, CORRECT, UNKNOWN, new_figure

_OTHERS, _BACKGROUNDS = COLOURS[5], UNKNOWN


def reliability_figure(bins: Sequence[Bin], ece: float) -> Figure:
    """Draw a reliability diagram: accuracy over confidence per bin, with picture counts below.

    Source: Guo et al. 2017 (arXiv:1706.04599), figure 1.
    """
    figure, (above, below) = new_figure(5.5, 5.5, rows=2, sharex=True, height_ratios=[3, 1])
    full = [b for b in bins if b.accuracy is not None and b.confidence is not None]
    width = bins[0].high - bins[0].low
    above.bar(
        [b.low + width / 2 for b in full],
        [b.accuracy for b in full],
        width=width * 0.92,
        color=CORRECT,
        alpha=0.75,
        label="accuracy",
    )
    above.plot(
        [b.confidence for b in full],
        [b.accuracy for b in full],
        "o",
        color="black",
        ms=4,
        label="bin mean",
    )
    above.plot([0, 1], [0, 1], "--", color=UNKNOWN, label="perfect calibration")
    above.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="accuracy")
    above.legend(loc="upper left", fontsize=9)
    above.set_title(f"Expected calibration error {ece:.3f}", fontsize=11)
    below.bar(
        [(b.low + b.high) / 2 for b in bins], [b.count for b in bins], width=width * 0.92, color=UNKNOWN
    )
    below.set_yscale("symlog", linthresh=1)
    below.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    below.set(xlabel="confidence", ylabel="pictures")
    for b in full:
        below.annotate(
            str(b.count),
            ((b.low + b.high) / 2, b.count),
            ha="center",
            va="bottom",
            fontsize=7,
            annotation_clip=False,
        )
    below.set_ylim(0, 8 * max(b.count for b in bins))
    return figure


def open_set_figure(predictions: Predictions, threshold: float) -> Figure:
    """Draw confidence histograms and ROC curves of known characters against unknown people.

    Args:
        predictions: Predictions for known characters and unknown people, at least one of each.
        threshold: Threshold to mark.
    """
    confidence, known, background = predictions.confidence, predictions.known, is_background(predictions)
    kinds: list[tuple[str, npt.NDArray[np.bool_], str]] = [
        ("others", ~known & ~background, _OTHERS),
        ("backgrounds", background, _BACKGROUNDS),
    ]
    kinds = [(name, chosen, colour) for name, chosen, colour in kinds if chosen.any()]
    figure, (left, right) = new_figure(10.5, 4.4, columns=2)
    edges = np.linspace(0, 1, 21)
    for name, chosen, colour in [("characters", known, CORRECT), *kinds]:
        weights = np.full(chosen.sum(), 1 / chosen.sum())
        label = f"{name} ({chosen.sum():,})"
        left.hist(confidence[chosen], edges, weights=weights, color=colour, alpha=0.25)
        left.hist(
            confidence[chosen],
            edges,
            weights=weights,
            color=colour,
            histtype="step",
            linewidth=1.6,
            label=label,
        )
    left.axvline(threshold, color="black", linestyle=":", label=f"threshold {threshold:g}")
    left.set(xlabel="confidence", ylabel="share of pictures", xlim=(0, 1))
    left.legend(fontsize=9, loc="upper left")
    for name, chosen, colour in kinds:
        either = known | chosen
        fpr, tpr, _ = roc_curve(known[either], confidence[either])
        right.plot(fpr, tpr, color=colour, label=name)
        right.plot(
            (confidence[chosen] >= threshold).mean(),
            (confidence[known] >= threshold).mean(),
            "o",
            color=colour,
        )
    right.plot([0, 1], [0, 1], "--", color=UNKNOWN, linewidth=1, label="chance")
    right.plot([], [], "o", color="black", label=f"at threshold {threshold:g}")
    right.set(xlabel="share of unknown people named", ylabel="share of characters named")
    right.legend(fontsize=9, loc="lower right")
    return figure
