"""Text summaries of an evaluation, for the terminal and the report."""

from __future__ import annotations

from simpsons_play.core.names import display_name
from simpsons_training.evaluation.calibration import expected_calibration_error
from simpsons_training.evaluation.config import Part
from simpsons_training.evaluation.confusion import confused_pairs
from simpsons_training.evaluation.open_set import UnknownMetrics
from simpsons_training.evaluation.predictor import apply_temperature
from simpsons_training.evaluation.results import Evaluation

_PARTS = {
    "val": "validation pictures",
    "train": "training pictures, which overestimates the accuracy of a network trained on them",
    "all": "all pictures, which overestimates the accuracy of a network trained on some of them",
}
_OF_PART = {"val": "validation ", "train": "training ", "all": ""}
_PAIRS = 3
_TEMPERATURE_MATTERS = 0.1
"""Smaller relative differences in temperature are not reported."""


def part_text(part: Part, how_split: str) -> str:
    """Describe the pictures that a network is evaluated on.

    Args:
        part: Which pictures are used.
        how_split: One phrase on how they were split; empty if all are used.
    """
    return f"{_PARTS[part]}; split {how_split}" if how_split else "all pictures"


def lead_text(evaluation: Evaluation) -> str:
    """Summarise the main metrics in a few sentences."""
    metrics, open_set = evaluation.metrics, evaluation.open_set
    count = int(evaluation.predictions.known.sum())
    sentences = [
        f"Accuracy {metrics.accuracy:.1%} and macro F1 {metrics.macro_f1:.3f} on {count:,} pictures "
        f"({part_text(evaluation.part, evaluation.how_split)}).",
        f"At threshold {evaluation.threshold:g}, {open_set.named_right:.1%} are named correctly, "
        f"{open_set.named_wrong:.1%} get a wrong name, and the rest are not named.",
    ]
    if open_set.unnamed is not None:
        sentences.append(
            f"Of the unknown people, {open_set.unnamed:.1%} are correctly not named "
            f"(AUROC {open_set.auroc:.3f})."
        )
    sentences.append(f"The expected calibration error is {metrics.ece:.3f}.")
    sentences += [f"Warning: {warning}." for warning in evaluation.warnings]
    return " ".join(sentences)


def leak_text(evaluation: Evaluation) -> str | None:
    """Describe leaked validation pictures and the metrics without them; None if nothing leaks."""
    leak, rest = evaluation.leak, evaluation.metrics_without_leak
    if leak is None or not leak.leaked:
        return None
    without = (
        f"without them accuracy {rest.accuracy:.4f}, macro F1 {rest.macro_f1:.4f}, "
        f"weighted F1 {rest.weighted_f1:.4f}"
        if rest
        else "no others are left"
    )
    return f"{leak.description}; {without}"


def calibration_text(evaluation: Evaluation) -> str:
    """Describe the calibration and how a better temperature would change it."""
    best, now = evaluation.best_temperature, evaluation.card.temperature
    ece = evaluation.metrics.ece
    if best is None:
        return f"ECE {ece:.3f}. Every prediction is correct, so that no temperature can be fitted."
    known = evaluation.known
    at_best = apply_temperature(known.probabilities, best / now)
    new_ece = expected_calibration_error(at_best.max(axis=1), known.predicted == known.targets)
    return (
        f"ECE {ece:.3f} at temperature {now:.3g}. The temperature with the highest likelihood on these "
        f"pictures is {best:.3g}, with ECE {new_ece:.3f}."
    )


def summary_lines(evaluation: Evaluation) -> list[str]:
    """Lines for the terminal: metrics, the most confused pairs and, if it matters, a better temperature."""
    metrics, open_set, known = evaluation.metrics, evaluation.open_set, evaluation.known
    lines = [
        f"accuracy {metrics.accuracy:.4f}, macro F1 {metrics.macro_f1:.4f}, weighted F1 "
        f"{metrics.weighted_f1:.4f}, ECE {metrics.ece:.4f} on {len(known.pictures):,} pictures",
        *([leaking] if (leaking := leak_text(evaluation)) else []),
        f"threshold {evaluation.threshold:g}: {open_set.named_right:.1%} named correctly, "
        f"{open_set.named_wrong:.1%} named wrongly",
    ]
    lines += _unknown_lines("others", open_set.others)
    lines += _unknown_lines("backgrounds", open_set.backgrounds)
    if open_set.auroc is None:
        where = " or ".join(map(str, evaluation.folders)) or "the folder"
        lines.append(
            f"no unknown people: no {_OF_PART[evaluation.part]}pictures of others in {where}, and no boxes "
            "to crop backgrounds from"
        )
    else:
        lines.append(f"all unknown: {open_set.unnamed:.1%} unnamed, AUROC {open_set.auroc:.4f}")
    lines += [
        f"{display_name(known.labels[p.actual])} mistaken for {display_name(known.labels[p.predicted])}: "
        f"{p.count:,} of {p.support:,}"
        for p in confused_pairs(known)[:_PAIRS]
    ]
    best, now = evaluation.best_temperature, evaluation.card.temperature
    if best is not None and abs(best / now - 1) > _TEMPERATURE_MATTERS:
        lines.append(calibration_text(evaluation))
    return lines


def _unknown_lines(kind: str, metrics: UnknownMetrics | None) -> list[str]:
    if metrics is None:
        return []
    return [f"{kind}: {metrics.unnamed:.1%} of {metrics.pictures:,} unnamed, AUROC {metrics.auroc:.4f}"]
