"""How well characters are recognized that were taught from a few pictures.

`python -m tests.benchmarks.few_shot PICTURES [--draws N] [--characters NAMES] [--embedder FILE]`

PICTURES has the layout of `simpsons train`, with a pictures.csv. The characters are those of `others/` whose
names the embedder was not trained on. In each draw, every one of them is taught from N pictures, chosen at
random from other scenes than those it is judged on: the validation scenes and, of characters without any, no
scene. The eighteen that the models know are judged on their validation pictures.

A picture is named right if the head that the detector finds for the character gets its name; a picture
without a head counts as wrong. A picture of the eighteen is lost if the detector names it right, and the cast
takes it for somebody else. "At 2% lost" takes the threshold at which 2% of all pictures of the eighteen are
lost; "as played" takes the thresholds of the player.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.inference.embedder import Embedder
from simpsons_play.inference.loading import load_embedder, load_network
from simpsons_play.inference.model import Detector
from simpsons_training.dataset import read_picture, read_pictures
from simpsons_training.embedding.heads import head_of
from simpsons_training.table import Picture
from tests.benchmarks.conditions import table

SHOTS = (1, 3, 5, 10)
_MAX_LOST = 0.02
_MIN_SCORE = 0.3

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The head of one picture, as the models see it.

    Attributes:
        character: who it is.
        scene: scene of the picture.
        val: whether it is a validation scene.
        embedding: (D,) unit vector; None if no head was found.
        probabilities: (K,) class probabilities of the detector.
    """

    character: str
    scene: str
    val: bool
    embedding: Floats | None
    probabilities: Floats


def look_at(pictures: Sequence[Picture], detector: Detector, embedder: Embedder) -> list[Seen]:
    """Find and embed the head of the character in each picture."""
    seen = []
    nobody = np.zeros(len(detector.card.labels), np.float32)
    for number, picture in enumerate(pictures, 1):
        image = read_picture(picture.path)
        heads = detector.detect(image, min_score=_MIN_SCORE)
        own = head_of(picture.character, heads, detector.card.labels)
        embedding = None if own is None else embedder.embed(image, heads.boxes[[own]])[0]
        row = nobody if own is None else heads.probabilities[own]
        seen.append(Seen(picture.character, picture.scene, picture.split == "val", embedding, row))
        if number % 500 == 0:
            sys.stderr.write(f"{number:,} of {len(pictures):,} pictures\n")
    return seen


@dataclass(slots=True)
class Counts:
    """What happened in all draws with one number of examples.

    Attributes:
        right: pictures that got the right name, at 2% lost and as played.
        total: pictures that could get it.
        lost: share of the pictures of the eighteen that got a taught name as played, in each draw.
    """

    right: npt.NDArray[np.int64]
    total: int
    lost: list[float]
    by_character: dict[str, list[float]]


def judge(
    seen: Sequence[Seen],
    characters: Sequence[str],
    detector: Detector,
    embedder: Embedder,
    *,
    shots: int,
    draws: int,
) -> Counts:
    """Teach and judge the characters several times."""
    labels = detector.card.labels
    pictures = sum(s.character in labels and s.val for s in seen)
    known = [s for s in seen if s.character in labels and s.val and _is_named(s, detector)]
    counts = Counts(np.zeros(2, np.int64), 0, [], defaultdict(list))
    for draw in range(draws):
        random = np.random.default_rng((draw, shots))
        members, queries = [], []
        for name in characters:
            of_name = [s for s in seen if s.character == name]
            asked = [s for s in of_name if s.val]
            scenes = {s.scene for s in asked}
            pool = [s for s in of_name if s.scene not in scenes and s.embedding is not None]
            if not pool:
                continue
            chosen = random.choice(len(pool), min(shots, len(pool)), replace=False)
            examples = tuple(Example(pool[i].embedding, f"{name} {i}".encode(), "picture") for i in chosen)
            members.append(Member(name, examples=examples))
            queries += asked
        names = TaughtNames(
            members,
            model_labels=detector.card.labels,
            references=embedder.references,
            reference_labels=embedder.card.reference_labels,
        )
        by_likeness = sorted((_best(names, s)[1] for s in known), reverse=True)
        limit = by_likeness[int(_MAX_LOST * pictures)]
        played = [_played(names, s, detector) for s in known]
        counts.lost.append(sum(name in characters for name in played) / pictures)
        for s in queries:
            counts.total += 1
            if s.embedding is None:
                counts.by_character[s.character].append(0.0)
                continue
            label, likeness = _best(names, s)
            right = label == s.character and likeness > limit
            counts.by_character[s.character].append(float(right))
            counts.right += (right, _played(names, s, detector) == s.character)
    return counts


def _is_named(seen: Seen, detector: Detector) -> bool:
    """Whether the detector names a head right."""
    best = int(seen.probabilities.argmax())
    right = detector.card.labels[best] == seen.character
    return seen.embedding is not None and right and seen.probabilities[best] >= detector.card.threshold


def _best(names: TaughtNames, seen: Seen) -> tuple[str, float]:
    """The member that a head resembles most, and how much."""
    who, likeness = names.nearest(seen.probabilities, names.likeness(seen.embedding[None])[0])
    return names.members[who].label, likeness


def _played(names: TaughtNames, seen: Seen, detector: Detector) -> str | None:
    """The name that the player shows; None for nobody."""
    likeness = names.likeness(seen.embedding[None])[0]
    row = names.name(seen.probabilities, likeness)
    best = int(row.argmax())
    return names.labels[best] if row[best] >= detector.card.threshold else None


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), envvar="SIMPSONS_DATA")
@click.option("--draws", default=20, show_default=True)
@click.option("--characters", help="Names, separated by commas.  [default: those that were never trained on]")
@click.option("--embedder", "path", type=click.Path(path_type=Path), help="Another embedder.")
def main(folder: Path, draws: int, characters: str | None, path: Path | None) -> None:
    """Print the table."""
    detector = load_network(None, regions="detect", provider="cpu")
    embedder = load_embedder(path, provider="cpu")
    if not isinstance(detector, Detector):
        raise TypeError("the included detector is a classifier")
    pictures = read_pictures(folder).pictures
    others = {p.character for p in pictures if not p.known and p.split == "val"}
    chosen = sorted(others - set(embedder.card.labels)) if characters is None else characters.split(",")
    wanted = [p for p in pictures if p.character in chosen or (p.known and p.split == "val")]
    seen = look_at(wanted, detector, embedder)
    rows, by_character = [], {}
    for shots in SHOTS:
        counts = judge(seen, chosen, detector, embedder, shots=shots, draws=draws)
        at_limit, played = counts.right / max(1, counts.total)
        rows.append((str(shots), f"{at_limit:.3f}", f"{played:.3f}", f"{np.mean(counts.lost):.4f}"))
        by_character[shots] = counts.by_character
    click.echo(f"{embedder.id}, taught: {', '.join(chosen)}; {draws} draws")
    click.echo(
        table(("examples", "right at 2% lost", "right as played", "lost as played"), rows, markdown=False)
    )
    per = [
        (name, *(f"{np.mean(by_character[shots][name]):.2f}" for shots in SHOTS))
        for name in chosen
        if name in by_character[SHOTS[0]]
    ]
    click.echo(table(("right at 2% lost", *map(str, SHOTS)), per, markdown=False))


if __name__ == "__main__":
    main()
