"""Layouts of the output of YOLO-style detectors, and their decoding in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from simpsons_export.conventions.input_shape import InputShape

Floats = npt.NDArray[np.float32]

MAX_BOXES = 300
"""Boxes of a frame that are looked at, those with the highest scores: as many as Ultralytics returns."""

NMS_IOU = 0.5
"""Two boxes that overlap more than this are taken for the same character, whatever their classes: as in
`simpsons_training.detection.decode`."""

_STRIDES = (8, 16, 32)
_ANCHORS = 3
_MAX_NORMALISED = 2.0
"""Sides of boxes in shares of the picture are hardly larger; in pixels, some are."""


class Layout(Enum):
    """What the output of a detector holds; A is the number of boxes, K that of classes."""

    COLUMNS = "(N, 4 + K, A): YOLOv8, v9, YOLO11"
    OBJECTNESS = "(N, A, 5 + K): YOLOv5, v7"
    ROWS = "(N, A, 4 + K): RT-DETR"
    END_TO_END = "(N, A, 6): YOLOv10, YOLO26, RT-DETR, exports with nms"


@dataclass(frozen=True, slots=True)
class YoloLayout:
    """How the output of a detector is to be read.

    Attributes:
        kind: What it holds.
        classes: Number of classes (K); None if an end-to-end output does not tell.
        boxes: Number of boxes (A).
        normalised: Whether boxes are x, y, width and height in shares of the picture, and not in pixels.
    """

    kind: Layout
    classes: int | None
    boxes: int
    normalised: bool = False

    @property
    def has_centres(self) -> bool:
        """Whether boxes are x, y, width and height, and not x_min, y_min, x_max, y_max."""
        return self.kind is not Layout.END_TO_END or self.normalised


def find_layout(values: npt.NDArray[Any], shape: InputShape, *, labels: int | None) -> YoloLayout | None:
    """Recognise the layout of an output by its shape and its values.

    Args:
        values: (1, D, E) output for one picture.
        shape: Input of the detector.
        labels: Number of labels, if it is known.

    Returns:
        None if it is none of the layouts.

    Example:
        >>> find_layout(np.zeros((1, 22, 84)), InputShape(64, 64, 3, "NCHW"), labels=None).kind.value
        '(N, 4 + K, A): YOLOv8, v9, YOLO11'
    """
    if values.ndim != 3:
        return None
    _, first, second = values.shape
    largest = values[..., :4].max(initial=0)
    normalised = bool(0 < largest <= _MAX_NORMALISED)
    cells = sum((shape.height // stride) * (shape.width // stride) for stride in _STRIDES)
    if second == 6 and first != 4 + (labels or 0) and _is_end_to_end(values[0], cells):
        return YoloLayout(Layout.END_TO_END, labels, first, normalised)
    columns = YoloLayout(Layout.COLUMNS, first - 4, second)
    objectness = YoloLayout(Layout.OBJECTNESS, second - 5, first)
    rows = YoloLayout(Layout.ROWS, second - 4, first, normalised)
    if labels is not None:
        fitting = [one for one in (columns, objectness, rows) if one.classes == labels]
    else:
        fitting = [columns if first < second else objectness if first == _ANCHORS * cells else rows]
    # If several fit, the number of boxes decides.
    usual = {Layout.COLUMNS: cells, Layout.OBJECTNESS: _ANCHORS * cells}
    fitting.sort(key=lambda one: one.boxes != usual.get(one.kind, MAX_BOXES))
    return next((one for one in fitting if (one.classes or 0) > 0), None)


def _is_end_to_end(rows: npt.NDArray[Any], cells: int) -> bool:
    """Whether (A, 6) rows end in a score and the index of a class."""
    scores, classes = rows[:, 4], rows[:, 5]
    whole = bool((classes == np.rint(classes)).all()) and classes.min() >= 0
    return whole and scores.min() >= 0 and scores.max() <= 1 and len(rows) not in (cells, _ANCHORS * cells)


def decode(values: npt.NDArray[Any], layout: YoloLayout, shape: InputShape) -> tuple[Floats, Floats]:
    """Boxes and confidences of all candidates.

    Args:
        values: (N, D, E) output.
        layout: How to read it.
        shape: Input of the detector.

    Returns:
        Boxes (N, A, 4), x_min, y_min, x_max, y_max in pixels of the input; and confidences (N, A, K).
    """
    rows = values.astype(np.float32)
    if layout.kind is Layout.COLUMNS:
        rows = rows.transpose(0, 2, 1)
    boxes = rows[..., :4]
    if layout.has_centres:
        middle, half = boxes[..., :2], boxes[..., 2:] / 2
        boxes = np.concatenate([middle - half, middle + half], axis=2)
    if layout.normalised:
        boxes = boxes * np.array([shape.width, shape.height] * 2, np.float32)
    if layout.kind is Layout.END_TO_END:
        classes = np.arange(layout.classes or 0)
        return boxes, rows[..., 4:5] * (np.rint(rows[..., 5:]) == classes).astype(np.float32)
    if layout.kind is Layout.OBJECTNESS:
        return boxes, rows[..., 4:5] * rows[..., 5:]
    return boxes, rows[..., 4:]


def suppress(boxes: Floats, confidences: Floats) -> npt.NDArray[np.int64]:
    """Greedy non-maximum suppression over all classes: indices of the boxes that stay, the best first.

    Args:
        boxes: (A, 4).
        confidences: (A, K).
    """
    scores = confidences.max(axis=1)
    order = np.argsort(-scores, kind="stable")[:MAX_BOXES]
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    areas = sizes[:, 0] * sizes[:, 1]
    kept: list[int] = []
    for i in order:
        low = np.maximum(boxes[kept, :2], boxes[i, :2])
        shared = np.maximum(np.minimum(boxes[kept, 2:], boxes[i, 2:]) - low, 0).prod(axis=1)
        union = np.maximum(areas[kept] + areas[i] - shared, np.finfo(np.float32).tiny)
        if not (shared / union > NMS_IOU).any():
            kept.append(int(i))
    return np.array(kept, np.int64)


def probabilities_of_confidences(confidences: Floats) -> Floats:
    """(..., K) confidences -> probabilities that sum to 1 at most; the rest is somebody else."""
    return confidences / np.maximum(confidences.sum(axis=-1, keepdims=True), 1)  # type: ignore[no-any-return]
