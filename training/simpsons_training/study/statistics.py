"""How many pictures there are of whom, and what shapes they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from simpsons_training.study.inspection import Inspection, Measures
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class CharacterCount:
    """What there is of one character.

    Attributes:
        character: its name.
        known: it is one to be named.
        train: pictures to learn from.
        val: pictures to validate on.
        scenes: how many scenes they are of.
        boxed: how many have a box.
    """

    character: str
    known: bool
    train: int
    val: int
    scenes: int
    boxed: int

    @property
    def pictures(self) -> int:
        """In all."""
        return self.train + self.val


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, middle and most of one measure."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class Extreme:
    """The picture that is furthest from the others in one way.

    Attributes:
        what: `narrowest`, `darkest` and so on.
        picture: which.
        measures: of it.
    """

    what: str
    picture: Picture
    measures: Measures


def count_characters(pictures: Sequence[Picture]) -> list[CharacterCount]:
    """A count for each character: the known first, each group from the most pictures to the fewest."""
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


def spreads_of(measures: Sequence[Measures]) -> dict[str, Spread]:
    """Width and height in pixels, width over height, and brightness (0-255), of at least one picture."""
    values: dict[str, list[float]] = {
        "width": [m.width for m in measures],
        "height": [m.height for m in measures],
        "width / height": [m.aspect for m in measures],
        "brightness": [m.brightness for m in measures],
    }
    return {name: Spread(min(v), median(v), max(v)) for name, v in values.items()}


def extremes_of(inspection: Inspection) -> list[Extreme]:
    """The smallest, narrowest, widest, darkest and brightest picture."""
    indices = range(len(inspection.pictures))
    m = inspection.measures
    chosen = {
        "smallest": min(indices, key=lambda i: m[i].width * m[i].height),
        "narrowest": min(indices, key=lambda i: m[i].aspect),
        "widest": max(indices, key=lambda i: m[i].aspect),
        "darkest": min(indices, key=lambda i: m[i].brightness),
        "brightest": max(indices, key=lambda i: m[i].brightness),
    }
    return [Extreme(what, inspection.pictures[i], m[i]) for what, i in chosen.items()]
