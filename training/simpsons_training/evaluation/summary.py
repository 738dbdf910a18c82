"""A judgement in words: for the terminal, and to begin a report with."""

from __future__ import annotations

from simpsons_play.core.names import display_name
from simpsons_training.evaluation.calibration import expected_calibration_error
from simpsons_training.evaluation.confusion import confused_pairs
from simpsons_training.evaluation.open_set import Strangers
from simpsons_training.evaluation.predictor import at_temperature
from simpsons_training.evaluation.results import Evaluation

_PARTS = {
    "val": "kept for validation",
    "train": "to train on, which flatters a network that has learned from them",
    "all": "all, those to train on among them, which flatters a network that has learned from them",
}
_PAIRS = 3
_TEMPERATURE_MATTERS = 0.1
"""A temperature that is off by a smaller share is not worth an export."""


def part_words(evaluation: Evaluation) -> str:
    """Which pictures the network was judged on."""
    return f"{_PARTS[evaluation.part]}; split {evaluation.how_split}"


def lead_words(evaluation: Evaluation) -> str:
    """The essential figures in a few sentences."""
    metrics, open_set = evaluation.metrics, evaluation.open_set
    count = int(evaluation.predictions.known.sum())
    words = [
        f"Of {count:,} pictures ({part_words(evaluation)}) the most probable name is right for "
        f"{metrics.accuracy:.1%}; the mean F1 of the characters is {metrics.macro_f1:.3f}.",
        f"At a threshold of {evaluation.threshold:g}, {open_set.named_right:.1%} get their name, "
        f"{open_set.named_wrong:.1%} another's, and the rest none.",
    ]
    if open_set.unnamed is not None:
        words.append(
            f"Of the strangers, {open_set.unnamed:.1%} rightly get no name (AUROC {open_set.auroc:.3f})."
        )
    words.append(f"Its probabilities are off by {metrics.ece:.3f} on average (expected calibration error).")
    return " ".join(words)


def leak_words(evaluation: Evaluation) -> str | None:
    """How much better known pictures are than new ones would be; None where nothing leaks."""
    leak, rest = evaluation.leak, evaluation.metrics_without_leak
    if leak is None or not leak.leaked:
        return None
    without = (
        f"without them accuracy {rest.accuracy:.4f}, macro F1 {rest.macro_f1:.4f}, "
        f"weighted F1 {rest.weighted_f1:.4f}"
        if rest
        else "without them there are none"
    )
    return f"{leak.words}; {without}"


def calibration_words(evaluation: Evaluation) -> str:
    """How the probabilities compare with how often they are right, and what would mend them."""
    best, now = evaluation.best_temperature, evaluation.card.temperature
    ece = evaluation.metrics.ece
    if best is None:
        return f"ECE {ece:.3f}. Every picture is named right: no temperature can be fitted to that."
    known = evaluation.known
    at_best = at_temperature(known.probabilities, best / now)
    mended = expected_calibration_error(at_best.max(axis=1), known.guesses == known.right)
    return (
        f"ECE {ece:.3f} at temperature {now:.3g}. The most likely temperature, fitted to these pictures, "
        f"is {best:.3g}, with ECE {mended:.3f}."
    )


def summary_lines(evaluation: Evaluation) -> list[str]:
    """What the command prints: the figures, the pairs confused most often, and a better temperature."""
    metrics, open_set, known = evaluation.metrics, evaluation.open_set, evaluation.known
    lines = [
        f"accuracy {metrics.accuracy:.4f}, macro F1 {metrics.macro_f1:.4f}, weighted F1 "
        f"{metrics.weighted_f1:.4f}, ECE {metrics.ece:.4f} on {len(known.pictures):,} pictures",
        *([leaking] if (leaking := leak_words(evaluation)) else []),
        f"threshold {evaluation.threshold:g}: {open_set.named_right:.1%} named right, "
        f"{open_set.named_wrong:.1%} named wrong",
    ]
    lines += _stranger_words("others", open_set.others)
    lines += _stranger_words("backgrounds", open_set.backgrounds)
    if open_set.auroc is None:
        lines.append("no strangers: FOLDER has no pictures of others and no boxes to take backgrounds beside")
    else:
        lines.append(f"all strangers: {open_set.unnamed:.1%} unnamed, AUROC {open_set.auroc:.4f}")
    lines += [
        f"{display_name(known.labels[p.actual])} taken for {display_name(known.labels[p.guess])}: "
        f"{p.count:,} of {p.support:,}"
        for p in confused_pairs(known)[:_PAIRS]
    ]
    best, now = evaluation.best_temperature, evaluation.card.temperature
    if best is not None and abs(best / now - 1) > _TEMPERATURE_MATTERS:
        lines.append(calibration_words(evaluation))
    return lines


def _stranger_words(kind: str, strangers: Strangers | None) -> list[str]:
    if strangers is None:
        return []
    return [f"{kind}: {strangers.unnamed:.1%} of {strangers.pictures:,} unnamed, AUROC {strangers.auroc:.4f}"]
