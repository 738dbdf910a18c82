"""Prove that a quantised network names the same characters as its source, on pictures that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_export.pictures import data_folder
from simpsons_play.core.errors import DataError, ExportError
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import iou
from simpsons_play.inference.letterbox import letterboxed
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.dataset import PictureSet, label_indices, load_images, read_picture, read_pictures
from simpsons_training.detection.classify import PLAYER_MIN_SCORE
from simpsons_training.detection.config import DetectorConfig
from simpsons_training.detection.head_detector import HeadDetector, open_network
from simpsons_training.detection.head_table import TABLE_NAME, read_head_table, split_heads
from simpsons_training.detection.metrics import DetectorEvaluation, evaluate_detector
from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.scenes import Scene
from simpsons_training.detection.sources import annotated_scenes
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

MAX_LOSS = 0.003
"""Largest loss of the share of pictures in which the character is named."""

CALIBRATION_PICTURES = 300
_MAX_HELD_OUT = 2000
_SAME_HEAD_IOU = 0.5

Rows = list[tuple[str, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Int8Proof:
    """Comparison of a quantised network with its source.

    Attributes:
        pictures: Number of held-out pictures.
        rows: Metric, value of the source, value of the quantised network.
        differences: One phrase on how their outputs differ.
        loss: By how much the share of rightly named pictures is smaller.
    """

    pictures: int
    rows: Rows
    differences: str
    loss: float


def labelled_pictures(folder: Path | None) -> PictureSet:
    """The labelled pictures of a folder, or of that of the environment variable SIMPSONS_DATA.

    Raises:
        ExportError: There is no folder, or it has no pictures with characters.
    """
    folder = data_folder(folder)
    if folder is None:
        raise ExportError(
            "--int8 needs pictures with characters, to calibrate and to compare: give their folder with "
            "--pictures, or set SIMPSONS_DATA"
        )
    try:
        return read_pictures(folder)
    except DataError as error:
        raise ExportError(f"--int8 needs pictures with characters: {error}") from error


def fitted_pictures(pictures: PictureSet, model: Any, *, letterbox: bool) -> list[Image]:
    """300 training pictures, drawn with a fixed seed, as the player gives them to the network.

    Args:
        pictures: Labelled pictures.
        model: An `onnx.ModelProto` from `convert.to_onnx`.
        letterbox: Whether the network is a detector, which sees them whole.

    Raises:
        DataError: A picture cannot be read.
    """
    chosen = drawn_from(pictures.select("train", known=True), CALIBRATION_PICTURES)
    _, height, width, _ = (dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim)
    if letterbox:
        return [letterboxed(read_picture(picture.path), (width, height)) for picture in chosen]
    card = ModelCard.from_metadata({entry.key: entry.value for entry in model.metadata_props})
    return list(load_images(chosen, height, resizing=card.resizing))


def drawn_from(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """At most so many pictures, drawn with a fixed seed."""
    order = np.random.default_rng(0).permutation(len(pictures))[:count]
    return [pictures[i] for i in sorted(order)]


def held_out_of(pictures: PictureSet) -> list[Picture]:
    """At most 2,000 validation pictures of known characters, evenly spaced."""
    known = pictures.select("val", known=True)
    return list(known[:: -(-len(known) // _MAX_HELD_OUT)])


def require_small_loss(proof: Int8Proof) -> None:
    """Raise ExportError if the quantised network names too few characters."""
    if not proof.loss <= MAX_LOSS:
        raise ExportError(
            f"in eight bits, the character is named in {proof.loss:.1%} fewer pictures (tolerance "
            f"{MAX_LOSS:.1%}); nothing was written"
        )


def prove_int8(source: Path, quantised: Path, pictures: PictureSet, folder: Path | None) -> Int8Proof:
    """Compare a quantised network with its source on validation pictures.

    Args:
        source: The .onnx file in floats.
        quantised: The .onnx file in eight bits.
        pictures: Labelled pictures.
        folder: Their folder; with a `heads.csv` in it, a detector's average precision is compared as well.

    Raises:
        ExportError: The character is named in 0.3 % fewer pictures.
        DataError: A picture or table cannot be read.
    """
    held_out = held_out_of(pictures)
    one, other = open_network(source), open_network(quantised)
    if isinstance(one, HeadDetector) and isinstance(other, HeadDetector):
        proof = _compare_detectors(one, other, pictures, held_out, data_folder(folder))
    elif isinstance(one, Predictor) and isinstance(other, Predictor):
        proof = _compare_classifiers(one, other, held_out)
    else:
        raise TypeError("a detector cannot be compared with a classifier")
    require_small_loss(proof)
    return proof


def _compare_classifiers(one: Predictor, other: Predictor, pictures: list[Picture]) -> Int8Proof:
    images = load_images(pictures, one.card.size_px, resizing=one.card.resizing)
    truth = label_indices(pictures, one.card.labels)
    first, second = one.run(images), other.run(images)
    best = first.argmax(axis=1), second.argmax(axis=1)
    accuracy = [float((labels == truth).mean()) for labels in best]
    difference = np.abs(first - second).max(axis=1)
    return Int8Proof(
        len(pictures),
        [("accuracy", *accuracy)],  # type: ignore[list-item]
        f"best label equal for {int((best[0] == best[1]).sum()):,}; |difference| of probabilities "
        f"{_spread_of(difference)}",
        accuracy[0] - accuracy[1],
    )


def _compare_detectors(
    one: HeadDetector, other: HeadDetector, pictures: PictureSet, held_out: list[Picture], folder: Path | None
) -> Int8Proof:
    scenes: list[Scene] = []
    if folder is not None and (folder / TABLE_NAME).is_file():
        _, annotated = split_heads(
            read_head_table(folder / TABLE_NAME), pictures.pictures, val_share=DetectorConfig().val_share
        )
        scenes = annotated_scenes(annotated, one.card.labels)
    shown = [*held_out, *pictures.select("val", known=False)]
    results = [evaluate_detector(detector, scenes, shown, threshold=None) for detector in (one, other)]
    first, second = (result.picture_metrics for result in results)
    rows: Rows = [
        ("character named", first.right, second.right),
        ("another named", first.wrong, second.wrong),
        ("stranger named", first.strangers_named, second.strangers_named),
    ]
    if scenes:
        rows += [
            (name, *(_precision(result, name) for result in results))  # type: ignore[misc]
            for name in ("mAP@0.5", "mAP@0.5:0.95", "heads AP@0.5")
        ]
    return Int8Proof(
        len(shown) + len(scenes),
        rows,
        _head_differences(one, other, [read_picture(picture.path) for picture in held_out]),
        (first.right or 0.0) - (second.right or 0.0),
    )


def _precision(result: DetectorEvaluation, name: str) -> float:
    precision = result.precision
    return {
        "mAP@0.5": precision.at_50,
        "mAP@0.5:0.95": precision.at_50_95,
        "heads AP@0.5": precision.heads,
    }[name]


def _head_differences(one: HeadDetector, other: HeadDetector, images: Sequence[Image]) -> str:
    """How many heads both detect, and how these differ."""
    total = [0, 0]
    rows: list[tuple[float, float, float, bool]] = []
    for first, second in zip(one.detect(images), other.detect(images), strict=True):
        shown, found = _shown(first), _shown(second)
        total = [total[0] + len(shown.scores), total[1] + len(found.scores)]
        if not len(shown.scores) or not len(found.scores):
            continue
        overlap = iou(shown.boxes, found.boxes)
        for i, j in enumerate(overlap.argmax(axis=1)):
            if overlap[i, j] >= _SAME_HEAD_IOU:
                pair = shown.probabilities[i], found.probabilities[j]
                rows.append(
                    (
                        abs(float(shown.scores[i] - found.scores[j])),
                        float(np.abs(pair[0] - pair[1]).max()),
                        float(np.abs(shown.boxes[i] - found.boxes[j]).max()),
                        _name(pair[0], one.card.threshold) != _name(pair[1], one.card.threshold),
                    )
                )
    values = np.array(rows, float).reshape(-1, 4)
    return (
        f"{len(rows):,} heads detected by both, {total[0] - len(rows):,} only in floats and "
        f"{total[1] - len(rows):,} only in eight bits; names of {int(values[:, 3].sum()):,} differ; "
        f"|difference| of scores {_spread_of(values[:, 0])}, of probabilities {_spread_of(values[:, 1])}, of "
        f"boxes {_spread_of(values[:, 2])} px"
    )


def _shown(heads: HeadDetections) -> HeadDetections:
    kept = heads.scores >= PLAYER_MIN_SCORE
    return HeadDetections(heads.boxes[kept], heads.scores[kept], heads.probabilities[kept])


def _name(probabilities: np.ndarray, threshold: float) -> int:
    best = int(probabilities[:-1].argmax())
    return best if probabilities[best] >= threshold else -1


def _spread_of(values: np.ndarray) -> str:
    if not len(values):
        return "unknown"
    return f"p50 {np.percentile(values, 50):.2g} p95 {np.percentile(values, 95):.2g}"
