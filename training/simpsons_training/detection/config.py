"""Defaults for training and evaluating a detector. Imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass

MIN_SCORE = 0.02
"""Detections with a lower score are left out of precision-recall curves; the player never shows them."""

SIZE_BOUNDS = (0.1, 0.2, 0.35)
"""Bounds between size classes of heads: square root of head area over image area."""


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """How a detector is trained.

    Training has two stages. A teacher model learns from the annotated pictures and pseudo-labels all others;
    the detector starts from the teacher's weights and trains on both.

    Attributes:
        size_px: Width and height of the network input, multiples of 32 pixels.
        teacher_epochs: Epochs of the teacher model.
        epochs: Epochs of the detector.
        scenes: Mosaics per epoch.
        batch_size: Mosaics per step.
        learning_rate: Peak learning rate.
        weight_decay: Decoupled weight decay of AdamW.
        teacher_frozen_blocks: Backbone blocks, from the first, that stay frozen while the teacher trains.
        frozen_blocks: The same for the detector. The first three account for half the time of a step, and
            the lines and colours they extract look the same in a whole frame as in a close-up.
        ema_momentum: Momentum of the exponential moving average of the weights, which is what gets saved
            (Tarvainen and Valpola 2017, arXiv:1703.01780).
        annotated_share: Share of annotated pictures among those in the mosaics; 0-1, like the next two.
        others_share: Share of pictures of people the network must not name.
        drawings_share: Share of our own drawings.
        balance: How much rarer characters are oversampled: 0 not at all, 1 until all are equally frequent.
        drawings: Number of drawings to make.
        val_share: Share of the annotated pictures to validate on, among those without near duplicates.
        seed: Random seed; the validation split does not depend on it.
    """

    size_px: tuple[int, int] = (256, 192)
    teacher_epochs: int = 2
    epochs: int = 12
    scenes: int = 9600
    batch_size: int = 24
    learning_rate: float = 1.5e-3
    weight_decay: float = 2e-4
    teacher_frozen_blocks: int = 5
    frozen_blocks: int = 3
    ema_momentum: float = 0.999
    annotated_share: float = 0.15
    others_share: float = 0.16
    drawings_share: float = 0.05
    balance: float = 0.5
    drawings: int = 400
    val_share: float = 0.25
    seed: int = 0
