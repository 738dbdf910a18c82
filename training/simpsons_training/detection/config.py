"""How a detector is trained and judged, with its defaults. Light: imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_SHOWN = 0.02
"""Heads that are less sure than this are left out of precision-recall curves; nobody shows them."""

SIZES = (0.1, 0.2, 0.35)
"""Bounds between classes of heads by size: the root of a head's area over the root of its picture's."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """How a detector is trained.

    It learns twice. A teacher learns from the pictures whose heads are marked, and finds the heads in all
    others; the detector goes on from the teacher's weights with all of them.

    Attributes:
        size_px: width and height of what it sees of a frame, multiples of 32 pixels.
        teacher_epochs: of the teacher.
        epochs: of the detector.
        scenes: put together for each epoch.
        batch_size: scenes per step.
        learning_rate: at its highest.
        weight_decay: decoupled, for AdamW.
        teacher_frozen: blocks of the backbone, from the first, that the teacher leaves as they are.
        frozen: the same of the detector. The first three take half the time of a step, and lines and colours
            are in a whole frame what they are in a picture of one.
        average: momentum of the running mean of the weights that is kept (Tarvainen and Valpola 2017,
            arXiv:1703.01780).
        marked: share of the pictures in scenes whose heads are marked; 0-1, as the next two.
        others: of those of people who are not to be named.
        drawn: of our own drawings.
        balance: how far rarer characters come up more: 0 not at all, 1 as if all were equally many.
        drawings: how many are made.
        val_share: share of the marked pictures to validate on, of those that repeat no other picture.
        seed: where chance starts; which pictures are validated on does not depend on it.
    """

    size_px: tuple[int, int] = (256, 192)
    teacher_epochs: int = 2
    epochs: int = 12
    scenes: int = 9600
    batch_size: int = 24
    learning_rate: float = 1.5e-3
    weight_decay: float = 2e-4
    teacher_frozen: int = 5
    frozen: int = 3
    average: float = 0.999
    marked: float = 0.15
    others: float = 0.16
    drawn: float = 0.05
    balance: float = 0.5
    drawings: int = 400
    val_share: float = 0.25
    seed: int = 0
