"""Scenes to train a detector on: marked heads, pictures whose heads a teacher found, and our own drawings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import cv2
import keras
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.dataset import read_picture
from simpsons_training.detection.finder import find_heads
from simpsons_training.detection.head_table import HeadPicture
from simpsons_training.detection.labelling import LEAST, label_heads, name_heads
from simpsons_training.detection.scenes import SOMEBODY, Head, Scene, moved
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

_STORED_PX = 224
"""Longer side of stored pictures: zooming in shows detail, and all of them fit into memory."""

_AT_ONCE = 256
_HIDDEN, _DOUBTFUL = 0.8, 0.35
"""A drawn head of which more is covered is gone, or doubtful; shares of its area."""


def marked_scenes(marked: Sequence[HeadPicture], labels: Sequence[str]) -> list[Scene]:
    """Pictures whose heads somebody marked.

    Raises:
        DataError: a picture cannot be read.
    """
    index = {label: i for i, label in enumerate(labels)}
    scenes = []
    for picture in marked:
        heads = tuple(
            Head(h.x_min, h.y_min, h.x_max, h.y_max, index.get(h.character, SOMEBODY)) for h in picture.heads
        )
        scenes.append(scaled(Scene(read_picture(picture.path), heads)))
    return scenes


def taught_scenes(
    teacher: keras.Model,
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> tuple[list[Scene], list[Picture]]:
    """Pictures whose heads a teacher finds, see `labelling`.

    Args:
        teacher: a detector.
        predictor: a classifier, for the names.
        pictures: known or not.
        on_picture: called after each.

    Returns:
        The scenes, and the picture that each comes from; those whose own head is not found are left out.

    Raises:
        DataError: a picture cannot be read.
    """
    labels = predictor.card.labels
    scenes: list[Scene] = []
    kept: list[Picture] = []
    for start in range(0, len(pictures), _AT_ONCE):
        some = pictures[start : start + _AT_ONCE]
        images = [read_picture(picture.path) for picture in some]
        for picture, image, found in zip(
            some, images, find_heads(teacher, images, min_score=LEAST), strict=True
        ):
            named = name_heads(predictor, image, found.boxes)
            character = labels.index(picture.character) if picture.known else None
            heads = label_heads(found, named, character)
            if heads is not None:
                scenes.append(scaled(Scene(image, heads)))
                kept.append(picture)
            on_picture()
    return scenes, kept


def drawn_scenes(count: int, labels: Sequence[str], seed: int) -> list[Scene]:
    """Our own drawings: one to three people, some of whom nobody knows."""
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
            Head(h.x_min, h.y_min, h.x_max, h.y_max, SOMEBODY if h.name is None else labels.index(h.name))
            for h in drawn
        ]
        visible = []
        for i, head in enumerate(heads):
            hidden = max((_covered(head, front) for front in heads[i + 1 :]), default=0.0)
            if hidden <= _HIDDEN:
                visible.append(
                    Head(head.x_min, head.y_min, head.x_max, head.y_max, head.label, hidden < _DOUBTFUL)
                )
        scenes.append(scaled(Scene(image, tuple(visible))))
    return scenes


def evenly(names: Sequence[str], *, balance: float) -> list[float]:
    """How often each of these is to be drawn, so that rarer names come up more: `n ** -balance`, sum 1."""
    counts = Counter(names)
    weights = np.array([counts[name] ** -balance for name in names])
    return list(weights / weights.sum())


def scaled(scene: Scene) -> Scene:
    """The same scene with a longer side of 224 pixels, where it is longer."""
    height, width = scene.image.shape[:2]
    ratio = _STORED_PX / max(height, width)
    if ratio >= 1:
        return scene
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    image: Image = np.asarray(cv2.resize(scene.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Scene(
        image,
        tuple(moved(h, scale_x=ratio, scale_y=ratio, shift_x=0.0, shift_y=0.0) for h in scene.heads),
    )


def _covered(head: Head, front: Head) -> float:
    """Share of a head that somebody in front hides, with head and body."""
    bottom = front.y_max + 3 * front.height
    wide = min(head.x_max, front.x_max) - max(head.x_min, front.x_min)
    high = min(head.y_max, bottom) - max(head.y_min, front.y_min)
    return max(0.0, wide) * max(0.0, high) / max(head.width * head.height, 1e-9)
