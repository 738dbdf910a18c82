"""COCO average precision of a detector, computed by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.scenes import UNLABELLED, Scene, overlaps

MAX_DETECTIONS = 100
"""Maximum number of detections per picture and label, as in COCO."""


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """Areas under precision-recall curves (Lin et al. 2014, arXiv:1405.0312; https://cocodataset.org).

    Attributes:
        at_50: Mean over characters at an IoU of 0.5.
        at_50_95: Mean over characters and over the IoUs 0.5, 0.55 ... 0.95.
        per_character: Average precision at an IoU of 0.5 of each character with annotated heads.
        curves: Precision of each of them at an IoU of 0.5 and the recalls 0, 0.01 ... 1.
        heads: Average precision at an IoU of 0.5 of heads regardless of their label.
        support: Number of annotated heads of each character.
    """

    at_50: float
    at_50_95: float
    per_character: dict[str, float]
    curves: dict[str, list[float]]
    heads: float
    support: dict[str, int]


def average_precision(
    scenes: Sequence[Scene], detections: Sequence[HeadDetections], labels: Sequence[str]
) -> AveragePrecision:
    """Compute average precision.

    Every detection counts for every label, with its score times the label's probability. Unlabelled and
    uncertain heads are ignored.

    Args:
        scenes: Fully annotated pictures.
        detections: Detections in each of them.
        labels: The K labels of `HeadDetections.probabilities`, whose last column is any other person.
    """
    labelled = _evaluate(scenes, detections, len(labels))
    class_agnostic = _evaluate(scenes, detections, None)
    support = {
        label: sum(h.label == i and h.certain for s in scenes for h in s.heads)
        for i, label in enumerate(labels)
    }
    # (IoU thresholds, recalls, categories, areas, max detections); -1 for categories without heads.
    precision = labelled.eval["precision"][..., 0, -1]
    present = [i for i, label in enumerate(labels) if support[label]]
    per_character = {labels[i]: float(precision[0, :, i].mean()) for i in present}
    return AveragePrecision(
        at_50=float(precision[0][:, present].mean()) if present else float("nan"),
        at_50_95=float(precision[:, :, present].mean()) if present else float("nan"),
        per_character=per_character,
        curves={labels[i]: [float(p) for p in precision[0, :, i]] for i in present},
        heads=float(class_agnostic.eval["precision"][0, :, 0, 0, -1].mean()),
        support={label: support[label] for label in per_character},
    )


def _evaluate(scenes: Sequence[Scene], detections: Sequence[HeadDetections], labels: int | None) -> Any:
    """Run the COCO evaluation per label or, for None, regardless of labels."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    categories = range(1 if labels is None else labels)
    for image, (scene, heads) in enumerate(zip(scenes, detections, strict=True), start=1):
        for head in scene.heads:
            ignored = not head.certain or (labels is not None and head.label == UNLABELLED)
            if ignored:
                head_categories = list(categories)
            elif labels is None:
                head_categories = [0]
            else:
                head_categories = [head.label] if head.label >= 0 else []
            box = [head.x_min, head.y_min, head.width, head.height]
            for category in head_categories:
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": image,
                        "category_id": category,
                        "bbox": box,
                        "area": head.width * head.height,
                        "iscrowd": int(ignored),
                    }
                )
        for box, score, probabilities in zip(heads.boxes, heads.scores, heads.probabilities, strict=True):
            x_min, y_min, x_max, y_max = (float(side) for side in box)
            for category in categories:
                category_score = float(score) * (1.0 if labels is None else float(probabilities[category]))
                results.append(
                    {
                        "image_id": image,
                        "category_id": category,
                        "bbox": [x_min, y_min, x_max - x_min, y_max - y_min],
                        "score": category_score,
                    }
                )
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints
        truth = COCO()
        truth.dataset = {
            "images": [
                {"id": i + 1, "width": s.image.shape[1], "height": s.image.shape[0]}
                for i, s in enumerate(scenes)
            ],
            "annotations": annotations,
            "categories": [{"id": category, "name": str(category)} for category in categories],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results) if results else COCO(), "bbox")
        if not results:
            evaluation.cocoDt.dataset = {**truth.dataset, "annotations": []}
            evaluation.cocoDt.createIndex()
        evaluation.params.maxDets = [MAX_DETECTIONS]
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def recall_by_size(
    scenes: Sequence[Scene],
    detections: Sequence[HeadDetections],
    bounds: Sequence[float],
    *,
    min_score: float,
) -> list[tuple[int, int]]:
    """Count annotated and detected heads by size, regardless of their label.

    Args:
        scenes: Fully annotated pictures.
        detections: Detections in each of them.
        bounds: Bounds between size classes: square root of head area over image area.
        min_score: Minimum score of a detection; it must also overlap the head with an IoU of 0.5.

    Returns:
        Annotated and detected heads of each size class.
    """
    rows = np.zeros((len(bounds) + 1, 2), int)
    for scene, heads in zip(scenes, detections, strict=True):
        area = scene.image.shape[0] * scene.image.shape[1]
        for head in scene.heads:
            if not head.certain:
                continue
            size = int(np.searchsorted(bounds, np.sqrt(head.width * head.height / area), side="right"))
            boxes = heads.boxes[heads.scores >= min_score]
            rows[size] += 1, bool(len(boxes)) and bool((overlaps(boxes, head) >= 0.5).any())
    return [(int(n), int(hits)) for n, hits in rows]
