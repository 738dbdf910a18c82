"""How each network is trained: the published ones as published, ours better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import keras

from simpsons_training.augment import ARTICLE, FOOTAGE, Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train one network.

    Attributes:
        network: a key of `networks.NETWORKS`.
        color_order: of the pictures the network takes.
        epochs: times it sees the training pictures.
        batch_size: pictures per step.
        optimizer: which one; `schedule` belongs to it.
        learning_rate: at its highest.
        weight_decay: decoupled, for AdamW.
        label_smoothing: share of each target that is spread over all labels; 0-1.
        balance: how far rarer characters weigh more: 0 not at all, 1 as if all were equally many.
        others: show pictures of people who are not to be named, with every label equally likely as the
            target, so that the network learns not to be sure of them (outlier exposure: Hendrycks et al.
            2018, arXiv:1812.04606).
        augmentation: how pictures are changed.
        stored_scale: pictures are kept in memory at this multiple of the network's size, so that zooms show
            detail.
    """

    network: str
    color_order: Literal["BGR", "RGB"] = "RGB"
    epochs: int = 50
    batch_size: int = 64
    optimizer: Literal["adamw", "rmsprop", "sgd"] = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.0
    balance: float = 0.0
    others: bool = False
    augmentation: Augmentation = ARTICLE
    stored_scale: int = 1


RECIPES: dict[str, Recipe] = {
    # The published networks saw OpenCV's colour order as it came.
    "four_conv": Recipe(
        "four_conv", color_order="BGR", epochs=200, batch_size=32, optimizer="rmsprop", learning_rate=1e-4
    ),
    "six_conv": Recipe(
        "six_conv",
        color_order="BGR",
        epochs=40,
        batch_size=32,
        optimizer="sgd",
        learning_rate=0.01,
        augmentation=Augmentation(shift=0.1, flip=True, rotate_deg=10.0),
    ),
    "springfield": Recipe(
        "springfield", label_smoothing=0.1, balance=0.5, others=True, augmentation=FOOTAGE, stored_scale=2
    ),
}
"""Name -> recipe. Sources of the published ones: train.py of github.com/alexattia/SimpsonRecognition."""


def make_optimizer(recipe: Recipe, *, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser of a recipe with its learning-rate schedule, which counts steps."""
    schedules = keras.optimizers.schedules
    peak, total = recipe.learning_rate, recipe.epochs * steps_per_epoch
    if recipe.optimizer == "rmsprop":
        # Keras 2 called this `decay=1e-6`: rate / (1 + decay * step).
        return keras.optimizers.RMSprop(schedules.InverseTimeDecay(peak, 1, 1e-6))
    if recipe.optimizer == "sgd":
        # A tenth every ten epochs, as published.
        boundaries = [epoch * steps_per_epoch for epoch in range(10, recipe.epochs, 10)]
        values = [peak * 0.1**i for i in range(len(boundaries) + 1)]
        rate = schedules.PiecewiseConstantDecay(boundaries, values) if boundaries else peak
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    warmup = min(total // 10, 3 * steps_per_epoch)
    rate = schedules.CosineDecay(
        peak / 20, max(1, total - warmup), alpha=0.0, warmup_target=peak, warmup_steps=warmup
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, beta_2=0.99)
    # Biases and normalisation are not shrunk: there are few of them and zero is not their neutral value.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
