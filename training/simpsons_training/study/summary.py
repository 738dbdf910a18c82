"""Text summaries of a data set study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.leaks import leak_of
from simpsons_training.study.inspection import Inspection
from simpsons_training.study.near_duplicates import across_characters
from simpsons_training.study.statistics import count_characters, measure_spreads
from simpsons_training.study.suspects import Suspect


def summary_lines(inspection: Inspection) -> list[str]:
    """The findings, one per line, for the terminal."""
    counts = count_characters(inspection.pictures)
    known, others = [c for c in counts if c.known], [c for c in counts if not c.known]
    spreads = measure_spreads(inspection.measures)
    width, height, light = spreads["width"], spreads["height"], spreads["brightness"]
    lines = [f"{sum(c.pictures for c in known):,} pictures of {len(known)} known characters"]
    if others:
        lines[0] += f", {sum(c.pictures for c in others):,} of {len(others)} other people"
    lines.append(
        f"{sum(c.train for c in counts):,} to train on, {sum(c.val for c in counts):,} to validate on, "
        f"split {inspection.found.how_split}; {sum(c.scenes for c in counts):,} scenes"
    )
    if known:
        most, fewest = known[0], known[-1]
        boxed = sum(c.boxed for c in counts) / len(inspection.pictures)
        counts_text = f"Most pictures: {most.character} ({most.pictures:,}); fewest: {fewest.character} "
        counts_text += f"({fewest.pictures:,})"
        if most.pictures == fewest.pictures:
            counts_text = f"{most.pictures:,} of each character"
        lines.append(f"{counts_text}; {boxed:.0%} of all have a box")
    lines.append(
        f"Width {width.minimum:g} to {width.maximum:g} px (median {width.median:g}), "
        f"height {height.minimum:g} to {height.maximum:g} px ({height.median:g}), "
        f"brightness {light.minimum:.0f} to {light.maximum:.0f} of 255 ({light.median:.0f})"
    )
    if inspection.unreadable:
        count = len(inspection.unreadable)
        lines.append(f"{count:,} file{'' if count == 1 else 's'} cannot be read")
    two_names = across_characters(inspection.pictures, inspection.near)
    pairs = "pair of near duplicates has" if len(two_names) == 1 else "pairs of near duplicates have"
    lines.append(f"{len(two_names):,} {pairs} two different labels")
    leak = leak_of(inspection.pictures, inspection.near)
    if leak.val:
        lines.append(leak.description[0].upper() + leak.description[1:])
    return lines


def lead_text(inspection: Inspection) -> str:
    """The findings as a paragraph."""
    return ". ".join(summary_lines(inspection)) + "."


def near_duplicates_text(inspection: Inspection) -> str:
    """Describe how many pictures have near duplicates."""
    near = inspection.near
    repeated = np.union1d(near.first, near.second).size
    return (
        f"In total, {repeated:,} of {len(inspection.pictures):,} pictures "
        f"({repeated / len(inspection.pictures):.0%}) have a near duplicate."
    )


def suspects_text(suspects: Sequence[Suspect], predictions: Predictions) -> str:
    """Describe how many labels are suspect and how reliable the search is; without a final full stop.

    Args:
        suspects: Suspects found in `predictions`.
        predictions: Cross-validated predictions for at least one picture.
    """
    agreement = float((predictions.predicted == predictions.targets).mean())
    return (
        f"{len(suspects):,} of {len(predictions.pictures):,} pictures may have a wrong label, according to "
        f"networks that agree with {agreement:.0%} of the labels; the lower this share, the less reliable"
    )
