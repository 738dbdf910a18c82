"""How good a detector is, as the field measures it: COCO's average precision, by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simpsons_training.detection.finder import FoundHeads
from simpsons_training.detection.scenes import Scene, overlaps

MOST = 100
"""Answers of one label in one picture that count, as COCO has it."""


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """Areas under precision-recall curves (Lin et al. 2014, arXiv:1405.0312; https://cocodataset.org).

    Attributes:
        at_50: mean over characters at an intersection over union of 0.5.
        at_50_95: mean over characters and over 0.5, 0.55 ... 0.95.
        per_character: at 0.5, of each character that has heads.
        curves: at 0.5, of each of them, the precision at the recalls 0, 0.01 ... 1.
        heads: at 0.5, of heads whoever they are.
        support: heads of each character.
    """

    at_50: float
    at_50_95: float
    per_character: dict[str, float]
    curves: dict[str, list[float]]
    heads: float
    support: dict[str, int]


def average_precision(
    scenes: Sequence[Scene], found: Sequence[FoundHeads], labels: Sequence[str]
) -> AveragePrecision:
    """Compare what was found with what was marked.

    Every head may answer to every label, with the probability of the head times that of the label. Heads of
    which nobody knows whose they are, and places where nothing is known, count neither way.

    Args:
        scenes: pictures with all heads marked.
        found: in each of them.
        labels: the names, in the order of `found.names` (K); what follows there is somebody else.
    """
    named = _evaluate(scenes, found, len(labels))
    alone = _evaluate(scenes, found, None)
    support = {
        label: sum(h.label == i and h.sure for s in scenes for h in s.heads) for i, label in enumerate(labels)
    }
    # (IoU thresholds, recalls, categories, areas, most answers); -1 where a category has no head.
    precision = named.eval["precision"][..., 0, -1]
    has = [i for i, label in enumerate(labels) if support[label]]
    per_character = {labels[i]: float(precision[0, :, i].mean()) for i in has}
    return AveragePrecision(
        at_50=float(precision[0][:, has].mean()) if has else float("nan"),
        at_50_95=float(precision[:, :, has].mean()) if has else float("nan"),
        per_character=per_character,
        curves={labels[i]: [float(p) for p in precision[0, :, i]] for i in has},
        heads=float(alone.eval["precision"][0, :, 0, 0, -1].mean()),
        support={label: support[label] for label in per_character},
    )


def _evaluate(scenes: Sequence[Scene], found: Sequence[FoundHeads], labels: int | None) -> Any:
    """COCO's evaluation, of each label or, for None, of heads whoever they are."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    marks: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    categories = range(1 if labels is None else labels)
    for image, (scene, heads) in enumerate(zip(scenes, found, strict=True), start=1):
        for head in scene.heads:
            ours = [0] if labels is None else [head.label] if head.label >= 0 else []
            if not head.sure or (labels is not None and head.label == -2):
                ours = list(categories)
            doubtful = not head.sure or (labels is not None and head.label == -2)
            box = [head.x_min, head.y_min, head.width, head.height]
            for category in ours:
                marks.append(
                    {
                        "id": len(marks) + 1,
                        "image_id": image,
                        "category_id": category,
                        "bbox": box,
                        "area": head.width * head.height,
                        "iscrowd": int(doubtful),
                    }
                )
        for box, score, names in zip(heads.boxes, heads.scores, heads.names, strict=True):
            x_min, y_min, x_max, y_max = (float(side) for side in box)
            for category in categories:
                probability = float(score) * (1.0 if labels is None else float(names[category]))
                answers.append(
                    {
                        "image_id": image,
                        "category_id": category,
                        "bbox": [x_min, y_min, x_max - x_min, y_max - y_min],
                        "score": probability,
                    }
                )
    with contextlib.redirect_stdout(io.StringIO()):  # it prints tables of its own
        truth = COCO()
        truth.dataset = {
            "images": [
                {"id": i + 1, "width": s.image.shape[1], "height": s.image.shape[0]}
                for i, s in enumerate(scenes)
            ],
            "annotations": marks,
            "categories": [{"id": category, "name": str(category)} for category in categories],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(answers) if answers else COCO(), "bbox")
        if not answers:
            evaluation.cocoDt.dataset = {**truth.dataset, "annotations": []}
            evaluation.cocoDt.createIndex()
        evaluation.params.maxDets = [MOST]
        evaluation.params.areaRng = [[0, 1e10]]
        evaluation.params.areaRngLbl = ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def recall_by_size(
    scenes: Sequence[Scene], found: Sequence[FoundHeads], bounds: Sequence[float], *, min_score: float
) -> list[tuple[int, int]]:
    """Of heads by size: how many there are and how many were found, whoever they are.

    Args:
        scenes: pictures with all heads marked.
        found: in each of them.
        bounds: between classes of size: the root of a head's area as a share of the root of the picture's.
        min_score: surer than this a head counts as found, at an intersection over union of 0.5.
    """
    rows = np.zeros((len(bounds) + 1, 2), int)
    for scene, heads in zip(scenes, found, strict=True):
        area = scene.image.shape[0] * scene.image.shape[1]
        for head in scene.heads:
            if not head.sure:
                continue
            size = int(np.searchsorted(bounds, np.sqrt(head.width * head.height / area), side="right"))
            boxes = heads.boxes[heads.scores >= min_score]
            rows[size] += 1, bool(len(boxes)) and bool((overlaps(boxes, head) >= 0.5).any())
    return [(int(n), int(hits)) for n, hits in rows]
