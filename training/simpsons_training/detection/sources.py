"""Training scenes of a detector: annotated pictures, pseudo-labelled pictures, and our own drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import cv2
import keras
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.dataset import read_picture
from simpsons_training.detection.head_table import AnnotatedPicture
from simpsons_training.detection.predict import detect_heads
from simpsons_training.detection.pseudo_labels import MIN_SCORE, classify_heads, pseudo_label
from simpsons_training.detection.scenes import OTHER, Head, Scene, transform
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

_STORED_PX = 224
"""Longer side of stored pictures: enough detail for zooming in, and all of them fit into memory."""

_BATCH_SIZE = 256
_HIDDEN, _UNCERTAIN = 0.8, 0.35
"""Share of a drawn head's area that may be covered before it is dropped, or counts as uncertain."""


def annotated_scenes(annotated: Sequence[AnnotatedPicture], labels: Sequence[str]) -> list[Scene]:
    """Load annotated pictures as scenes.

    Raises:
        DataError: A picture cannot be read.
    """
    index = {label: i for i, label in enumerate(labels)}
    scenes = []
    for picture in annotated:
        heads = tuple(
            Head(h.x_min, h.y_min, h.x_max, h.y_max, index.get(h.character, OTHER)) for h in picture.heads
        )
        scenes.append(shrink(Scene(read_picture(picture.path), heads)))
    return scenes


def pseudo_labelled_scenes(
    teacher: keras.Model,
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> tuple[list[Scene], list[Picture]]:
    """Load pictures as scenes with pseudo-labels; see `pseudo_labels`.

    Args:
        teacher: A detector.
        predictor: A classifier, which provides the labels.
        pictures: Pictures of known characters and of others.
        on_picture: Called after each picture.

    Returns:
        The scenes and their pictures; pictures whose own head was not detected are left out.

    Raises:
        DataError: A picture cannot be read.
    """
    labels = predictor.card.labels
    scenes: list[Scene] = []
    used: list[Picture] = []
    for start in range(0, len(pictures), _BATCH_SIZE):
        chunk = pictures[start : start + _BATCH_SIZE]
        images = [read_picture(picture.path) for picture in chunk]
        for picture, image, detections in zip(
            chunk, images, detect_heads(teacher, images, min_score=MIN_SCORE), strict=True
        ):
            probabilities = classify_heads(predictor, image, detections.boxes)
            character = labels.index(picture.character) if picture.known else None
            heads = pseudo_label(detections, probabilities, character)
            if heads is not None:
                scenes.append(shrink(Scene(image, heads)))
                used.append(picture)
            on_picture()
    return scenes, used


def drawn_scenes(count: int, labels: Sequence[str], seed: int) -> list[Scene]:
    """Draw scenes with one to three people, some of them unknown."""
    from simpsons_samples.drawings import CHARACTERS, random_scene

    random = np.random.default_rng(seed)
    known = [name for name in CHARACTERS if name in labels]
    scenes = []
    for _ in range(count):
        names = [
            known[random.integers(len(known))] if known and random.random() < 0.75 else None
            for _ in range(random.integers(1, 4))
        ]
        image, drawn = random_scene(names, random)
        heads = [
            Head(h.x_min, h.y_min, h.x_max, h.y_max, OTHER if h.name is None else labels.index(h.name))
            for h in drawn
        ]
        visible = []
        for i, head in enumerate(heads):
            hidden = max((_covered_share(head, front) for front in heads[i + 1 :]), default=0.0)
            if hidden <= _HIDDEN:
                visible.append(
                    Head(head.x_min, head.y_min, head.x_max, head.y_max, head.label, hidden < _UNCERTAIN)
                )
        scenes.append(shrink(Scene(image, tuple(visible))))
    return scenes


def balanced_weights(names: Sequence[str], *, balance: float) -> list[float]:
    """Sampling weights that favour rarer names: `count ** -balance`, summing to 1."""
    counts = Counter(names)
    weights = np.array([counts[name] ** -balance for name in names])
    return list(weights / weights.sum())


def shrink(scene: Scene) -> Scene:
    """Scale a scene down until its longer side is at most 224 pixels."""
    height, width = scene.image.shape[:2]
    ratio = _STORED_PX / max(height, width)
    if ratio >= 1:
        return scene
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    image: Image = np.asarray(cv2.resize(scene.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Scene(
        image,
        tuple(transform(h, scale_x=ratio, scale_y=ratio, shift_x=0.0, shift_y=0.0) for h in scene.heads),
    )


def _covered_share(head: Head, front: Head) -> float:
    """Share of a head's area that a person in front covers with head and body."""
    bottom = front.y_max + 3 * front.height
    width = min(head.x_max, front.x_max) - max(head.x_min, front.x_min)
    height = min(head.y_max, bottom) - max(head.y_min, front.y_min)
    return max(0.0, width) * max(0.0, height) / max(head.width * head.height, 1e-9)
