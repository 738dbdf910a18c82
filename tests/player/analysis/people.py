"""Detection logs of people whose heads are embedded, made in code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.results import Detections, FrameDetections
from tests.fakes import LABELS

SIZE_PX, STEP_S = (320, 240), 0.25
DIMENSIONS = 16

Person = tuple[str, float]
"""A name, and where the head begins: its x_min, in pixels."""


def face_of(name: str) -> np.ndarray:
    """(D,) float16 unit vector: the same for a name, and far from those of others."""
    seed = int.from_bytes(name.encode()[:8].ljust(8), "little")
    vector = np.random.default_rng(seed).normal(size=DIMENSIONS)
    return (vector / np.linalg.norm(vector)).astype(np.float16)


def append_shot(log: DetectionLog, people: Sequence[Person], *, frames: int = 8, side_px: int = 60) -> None:
    """Append a shot in which these people stand still; heads are embedded in every fourth frame.

    The model is sure of the names in LABELS, and knows no others.
    """
    boxes = np.array([(x, 40, x + side_px, 40 + side_px) for _, x in people], np.float32).reshape(-1, 4)
    rows = np.full((len(people), len(LABELS)), 0.05, np.float32)
    for row, (name, _) in zip(rows, people, strict=True):
        if name in LABELS:
            row[LABELS.index(name)] = 0.9
    faces = np.stack([face_of(name) for name, _ in people]) if people else np.zeros((0, DIMENSIONS))
    for number in range(frames):
        index = len(log)
        embeddings = faces.astype(np.float16) if number % 4 == 0 and people else None
        scores = np.full(len(people), 0.9 - 0.01 * number, np.float32)
        detections = Detections(boxes, scores, rows, None, embeddings)
        log.append(FrameDetections(index, index * STEP_S, SIZE_PX, number == 0, False, detections))


def log_of(*shots: Sequence[Person], frames: int = 8) -> DetectionLog:
    """The log of a video with these people in its shots, each `frames` long."""
    log = DetectionLog({})
    for people in shots:
        append_shot(log, people, frames=frames)
    return log
