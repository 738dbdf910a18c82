"""Metrics of a detector: on annotated heads, on pictures of one character, and on unknown people."""

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
from simpsons_training.detection.classify import PLAYER_MIN_SCORE
from simpsons_training.detection.config import SIZE_BOUNDS
from simpsons_training.detection.head_detector import HeadDetector
from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.scenes import Scene
from simpsons_training.files import resolved, write_atomic
from simpsons_training.table import Picture

_BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class PictureMetrics:
    """Metrics on pictures with one known person each. The field names are the keys in `metrics.json`.

    Attributes:
        pictures: Number of pictures of known characters.
        right: Share of them in which the character is named; None without such pictures.
        wrong: Share of them in which another character is named, who may be on the picture as well.
        in_box: Share of the `boxes` pictures in which the centre of the named head lies in the box.
        boxes: Number of correctly named pictures that have a box.
        strangers: Number of pictures of unknown people.
        strangers_named: Share of them in which a character is named; None without such pictures.
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
    """The results of an evaluation.

    Attributes:
        model: File of the detector.
        model_sha256: Its checksum.
        card: Its model card.
        threshold: Minimum label probability for a head to be named.
        precision: Average precision on the annotated heads.
        recalls: Annotated and detected heads of each size class, see `config.SIZE_BOUNDS`.
        picture_metrics: Metrics on the pictures of one character.
        scenes: The annotated pictures.
        detections: Detections in each of them.
        folders: Folders of the pictures.
        warnings: Lines on pictures that are left out or that the training may have seen.
    """

    model: Path
    model_sha256: str
    card: ModelCard
    threshold: float
    precision: AveragePrecision
    recalls: list[tuple[int, int]]
    picture_metrics: PictureMetrics
    scenes: list[Scene]
    detections: list[HeadDetections]
    folders: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


def evaluate_detector(
    detector: HeadDetector,
    scenes: Sequence[Scene],
    pictures: Sequence[Picture],
    *,
    threshold: float | None,
    folders: Sequence[Path] = (),
    warnings: Sequence[str] = (),
    on_picture: Callable[[], object] = lambda: None,
) -> DetectorEvaluation:
    """Evaluate a detector.

    Args:
        detector: The detector.
        scenes: Annotated pictures.
        pictures: Pictures of one known character or one unknown person each.
        threshold: Minimum label probability for a head to be named; None takes the model's own.
        folders: Folders of the pictures.
        warnings: Lines on pictures that are left out or that the training may have seen.
        on_picture: Called after each scene and each picture.

    Raises:
        DataError: A picture cannot be read.
    """
    card = detector.card
    threshold = card.threshold if threshold is None else threshold
    detections = []
    for heads in detector.detect([scene.image for scene in scenes]):
        detections.append(heads)
        on_picture()
    return DetectorEvaluation(
        model=detector.path,
        model_sha256=model_sha256(detector.path),
        card=card,
        threshold=threshold,
        precision=average_precision(scenes, detections, card.labels),
        recalls=recall_by_size(scenes, detections, SIZE_BOUNDS, min_score=PLAYER_MIN_SCORE),
        picture_metrics=_measure_pictures(detector, pictures, threshold, on_picture),
        scenes=list(scenes),
        detections=detections,
        folders=tuple(folders),
        warnings=tuple(warnings),
    )


def named_heads(detections: HeadDetections, threshold: float) -> list[tuple[int, int]]:
    """Index and label index of each head that the player would name in a still picture."""
    probabilities = detections.probabilities[:, :-1]
    named = (detections.scores >= PLAYER_MIN_SCORE) & (probabilities.max(axis=1, initial=0) >= threshold)
    return [(int(i), int(probabilities[i].argmax())) for i in np.flatnonzero(named)]


def write_metrics(evaluation: DetectorEvaluation, path: Path) -> Path:
    """Write `metrics.json` atomically and return `path`."""
    precision = evaluation.precision
    bounds = [0.0, *SIZE_BOUNDS, 1.0]
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
        "pictures": dataclasses.asdict(evaluation.picture_metrics),
        "threshold": evaluation.threshold,
        "model_sha256": evaluation.model_sha256,
        "marked_pictures": len(evaluation.scenes),
        "folders": resolved(evaluation.folders),
        "warnings": evaluation.warnings,
    }
    return write_atomic(path, json.dumps(values, indent=2) + "\n")


def _measure_pictures(
    detector: HeadDetector,
    pictures: Sequence[Picture],
    threshold: float,
    on_picture: Callable[[], object],
) -> PictureMetrics:
    labels = detector.card.labels
    right: list[bool] = []
    wrong: list[bool] = []
    in_box: list[bool] = []
    strangers: list[bool] = []
    for start in range(0, len(pictures), _BATCH_SIZE):
        chunk = pictures[start : start + _BATCH_SIZE]
        images = [read_picture(picture.path) for picture in chunk]
        for picture, heads in zip(chunk, detector.detect(images), strict=True):
            named = named_heads(heads, threshold)
            on_picture()
            if not picture.known:
                strangers.append(bool(named))
                continue
            correct = [i for i, label in named if labels[label] == picture.character]
            right.append(bool(correct))
            wrong.append(len(named) > len(correct))
            if correct and picture.box is not None:
                x, y = (heads.boxes[correct[0], :2] + heads.boxes[correct[0], 2:]) / 2
                box = picture.box
                in_box.append(bool(box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max))
    return PictureMetrics(
        len(right),
        _share(right),
        _share(wrong),
        _share(in_box),
        len(in_box),
        len(strangers),
        _share(strangers),
    )


def _share(flags: Sequence[bool]) -> float | None:
    return float(np.mean(flags)) if flags else None
