"""What a study found, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.leaks import leak_of
from simpsons_training.study.inspection import Inspection
from simpsons_training.study.near_duplicates import across_characters
from simpsons_training.study.statistics import count_characters, spreads_of
from simpsons_training.study.suspects import Suspect


def summary_lines(inspection: Inspection) -> list[str]:
    """The findings, one a line, for the terminal."""
    counts = count_characters(inspection.pictures)
    known, others = [c for c in counts if c.known], [c for c in counts if not c.known]
    spreads = spreads_of(inspection.measures)
    width, height, light = spreads["width"], spreads["height"], spreads["brightness"]
    lines = [f"{sum(c.pictures for c in known):,} pictures of {len(known)} characters to be named"]
    if others:
        lines[0] += f", {sum(c.pictures for c in others):,} of {len(others)} others"
    lines.append(
        f"{sum(c.train for c in counts):,} to learn from, {sum(c.val for c in counts):,} to validate on, "
        f"split {inspection.found.how_split}; {sum(c.scenes for c in counts):,} scenes"
    )
    if known:
        most, fewest = known[0], known[-1]
        boxed = sum(c.boxed for c in counts) / len(inspection.pictures)
        lines.append(
            f"Most pictures: {most.character} ({most.pictures:,}); fewest: {fewest.character} "
            f"({fewest.pictures:,}); {boxed:.0%} of all have a box"
        )
    lines.append(
        f"Width {width.least:g} to {width.most:g} px (median {width.median:g}), height {height.least:g} to "
        f"{height.most:g} px ({height.median:g}), brightness {light.least:.0f} to {light.most:.0f} of 255 "
        f"({light.median:.0f})"
    )
    if inspection.unreadable:
        count = len(inspection.unreadable)
        lines.append(f"{count:,} file{'' if count == 1 else 's'} cannot be read")
    two_names = across_characters(inspection.pictures, inspection.near)
    pairs = "pair of near duplicates stands" if len(two_names) == 1 else "pairs of near duplicates stand"
    lines.append(f"{len(two_names):,} {pairs} under two names")
    leak = leak_of(inspection.pictures, inspection.near)
    if leak.val:
        lines.append(leak.words[0].upper() + leak.words[1:])
    return lines


def lead_words(inspection: Inspection) -> str:
    """The findings as a paragraph."""
    return ". ".join(summary_lines(inspection)) + "."


def near_words(inspection: Inspection) -> str:
    """A sentence on how much of the pictures repeats."""
    near = inspection.near
    repeated = np.union1d(near.first, near.second).size
    return (
        f"In all, {repeated:,} of {len(inspection.pictures):,} pictures "
        f"({repeated / len(inspection.pictures):.0%}) have a near duplicate somewhere."
    )


def suspicion_words(suspects: Sequence[Suspect], judged: Predictions) -> str:
    """How many names are in doubt, and how far to trust who doubts them; a sentence without its end.

    Args:
        suspects: found in `judged`.
        judged: at least one picture.
    """
    agreed = float((judged.guesses == judged.right).mean())
    return (
        f"{len(suspects):,} of {len(judged.pictures):,} pictures may be somebody else, say networks that "
        f"agree with {agreed:.0%} of the names: the lower that share, the less their doubts weigh"
    )
