"""Statistics of a data set: counts per character, sizes and brightness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from simpsons_training.study.inspection import Inspection, Measures
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class CharacterCount:
    """Number of pictures of one character.

    Attributes:
        character: Name of the character.
        known: Whether the network learns to name it.
        train: Training pictures.
        val: Validation pictures.
        scenes: Number of scenes.
        boxed: Pictures with a box.
    """

    character: str
    known: bool
    train: int
    val: int
    scenes: int
    boxed: int

    @property
    def pictures(self) -> int:
        """Total number of pictures."""
        return self.train + self.val


@dataclass(frozen=True, slots=True)
class Spread:
    """Minimum, median and maximum of one measurement."""

    minimum: float
    median: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Extreme:
    """The most extreme picture by one measurement.

    Attributes:
        kind: `narrowest`, `darkest` and so on.
        picture: The picture.
        measures: Its measurements.
    """

    kind: str
    picture: Picture
    measures: Measures


def count_characters(pictures: Sequence[Picture]) -> list[CharacterCount]:
    """Count pictures per character: known characters first, then by number of pictures, descending."""
    splits = Counter((p.known, p.character, p.split) for p in pictures)
    scenes = Counter((known, name) for known, name, _ in {(p.known, p.character, p.scene) for p in pictures})
    boxed = Counter((p.known, p.character) for p in pictures if p.box is not None)
    counts = [
        CharacterCount(
            name,
            known,
            splits[known, name, "train"],
            splits[known, name, "val"],
            scenes[known, name],
            boxed[known, name],
        )
        for known, name in scenes
    ]
    return sorted(counts, key=lambda c: (not c.known, -c.pictures, c.character))


def measure_spreads(measures: Sequence[Measures]) -> dict[str, Spread]:
    """Spreads of width and height in pixels, aspect ratio and brightness (0-255) of at least one picture."""
    values: dict[str, list[float]] = {
        "width": [m.width for m in measures],
        "height": [m.height for m in measures],
        "width / height": [m.aspect for m in measures],
        "brightness": [m.brightness for m in measures],
    }
    return {name: Spread(min(v), median(v), max(v)) for name, v in values.items()}


def find_extremes(inspection: Inspection) -> list[Extreme]:
    """Find the smallest, narrowest, widest, darkest and brightest picture."""
    indices = range(len(inspection.pictures))
    m = inspection.measures
    chosen = {
        "smallest": min(indices, key=lambda i: m[i].width * m[i].height),
        "narrowest": min(indices, key=lambda i: m[i].aspect),
        "widest": max(indices, key=lambda i: m[i].aspect),
        "darkest": min(indices, key=lambda i: m[i].brightness),
        "brightest": max(indices, key=lambda i: m[i].brightness),
    }
    return [Extreme(kind, inspection.pictures[i], m[i]) for kind, i in chosen.items()]
