"""How good a detector is: on marked heads, on pictures of one character, and on people it must not name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_training.dataset import read_picture
from simpsons_training.detection.average_precision import AveragePrecision, average_precision, recall_by_size
from simpsons_training.detection.config import SIZES
from simpsons_training.detection.finder import FoundHeads
from simpsons_training.detection.naming import SURE_HEAD
from simpsons_training.detection.opening import HeadFinder
from simpsons_training.detection.scenes import Scene
from simpsons_training.files import write_whole
from simpsons_training.table import Picture

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class NamedPictures:
    """What is said of pictures of which only one person is known.

    Attributes:
        pictures: how many.
        right: share of those of known characters in which the character is named; None without such pictures.
        wrong: share of those in which another name is said; others may be there, so that not all are wrong.
        in_box: of those right with a marked box, the share in which the named head's middle lies in the box.
        boxes: how many those are.
        strangers: pictures of people who are not to be named.
        strangers_named: share of those in which somebody is named; None without such pictures.
    """

    pictures: int
    right: float | None
    wrong: float | None
    in_box: float | None
    boxes: int
    strangers: int
    strangers_named: float | None


@dataclass(frozen=True, slots=True, eq=False)
class DetectorEvaluation:
    """All that was measured.

    Attributes:
        model: the file.
        model_sha256: of it.
        card: what it says of itself.
        threshold: from which probability on a head is named.
        precision: on the marked heads.
        recalls: by size of head, see `config.SIZES`: how many heads there are and how many are found.
        named: on the named pictures.
        scenes: the marked pictures.
        found: in each of them.
    """

    model: Path
    model_sha256: str
    card: ModelCard
    threshold: float
    precision: AveragePrecision
    recalls: list[tuple[int, int]]
    named: NamedPictures
    scenes: list[Scene]
    found: list[FoundHeads]


def judge(
    finder: HeadFinder,
    scenes: Sequence[Scene],
    pictures: Sequence[Picture],
    *,
    threshold: float | None,
    on_picture: Callable[[], object] = lambda: None,
) -> DetectorEvaluation:
    """Measure a detector.

    Args:
        finder: the detector.
        scenes: pictures with all heads of certain people marked.
        pictures: of characters and of others, to be named or not.
        threshold: from which probability on a head is named; None takes the detector's own.
        on_picture: called after each picture of both kinds.

    Raises:
        DataError: a picture cannot be read.
    """
    card = finder.card
    threshold = card.threshold if threshold is None else threshold
    found = []
    for heads in finder.find([scene.image for scene in scenes]):
        found.append(heads)
        on_picture()
    return DetectorEvaluation(
        model=finder.path,
        model_sha256=model_sha256(finder.path),
        card=card,
        threshold=threshold,
        precision=average_precision(scenes, found, card.labels),
        recalls=recall_by_size(scenes, found, SIZES, min_score=SURE_HEAD),
        named=_named(finder, pictures, threshold, on_picture),
        scenes=list(scenes),
        found=found,
    )


def names_said(heads: FoundHeads, threshold: float) -> list[tuple[int, int]]:
    """Index of a head and index of its label, for each head that the player would name in a still picture."""
    labels = heads.names[:, :-1]
    sure = (heads.scores >= SURE_HEAD) & (labels.max(axis=1, initial=0) >= threshold)
    return [(int(i), int(labels[i].argmax())) for i in np.flatnonzero(sure)]


def write_metrics(evaluation: DetectorEvaluation, path: Path) -> Path:
    """Write `metrics.json`, which appears under its name only when it is whole; gives `path` back."""
    precision = evaluation.precision
    bounds = [0.0, *SIZES, 1.0]
    values: dict[str, Any] = {
        "map_50": precision.at_50,
        "map_50_95": precision.at_50_95,
        "heads_ap_50": precision.heads,
        "per_character": {
            name: {"ap_50": ap, "support": precision.support[name]}
            for name, ap in precision.per_character.items()
        },
        "recall_by_size": [
            {"from": low, "to": high, "heads": heads, "found": found}
            for low, high, (heads, found) in zip(bounds, bounds[1:], evaluation.recalls, strict=False)
        ],
        "pictures": dataclasses.asdict(evaluation.named),
        "threshold": evaluation.threshold,
        "model_sha256": evaluation.model_sha256,
        "marked_pictures": len(evaluation.scenes),
    }
    return write_whole(path, json.dumps(values, indent=2) + "\n")


def _named(
    finder: HeadFinder,
    pictures: Sequence[Picture],
    threshold: float,
    on_picture: Callable[[], object],
) -> NamedPictures:
    labels = finder.card.labels
    right: list[bool] = []
    wrong: list[bool] = []
    in_box: list[bool] = []
    strangers: list[bool] = []
    for start in range(0, len(pictures), _AT_ONCE):
        some = pictures[start : start + _AT_ONCE]
        for picture, heads in zip(some, finder.find([read_picture(p.path) for p in some]), strict=True):
            said = names_said(heads, threshold)
            on_picture()
            if not picture.known:
                strangers.append(bool(said))
                continue
            ours = [i for i, label in said if labels[label] == picture.character]
            right.append(bool(ours))
            wrong.append(len(said) > len(ours))
            if ours and picture.box is not None:
                x, y = (heads.boxes[ours[0], :2] + heads.boxes[ours[0], 2:]) / 2
                box = picture.box
                in_box.append(bool(box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max))
    return NamedPictures(
        len(right),
        _share(right),
        _share(wrong),
        _share(in_box),
        len(in_box),
        len(strangers),
        _share(strangers),
    )


def _share(rows: Sequence[bool]) -> float | None:
    return float(np.mean(rows)) if rows else None
