"""The optimisers of the recipes, with their learning-rate schedules."""

from __future__ import annotations

import keras

from simpsons_training.config import Recipe


def make_optimizer(recipe: Recipe, *, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """Create the optimiser of a recipe with its learning-rate schedule."""
    schedules = keras.optimizers.schedules
    peak, total = recipe.learning_rate, recipe.epochs * steps_per_epoch
    if recipe.optimizer == "rmsprop":
        # Keras 2 called this `decay=1e-6`: rate / (1 + decay * step).
        return keras.optimizers.RMSprop(schedules.InverseTimeDecay(peak, 1, 1e-6))
    if recipe.optimizer == "sgd":
        # A tenfold drop every ten epochs, as published.
        boundaries = [epoch * steps_per_epoch for epoch in range(10, recipe.epochs, 10)]
        values = [peak * 0.1**i for i in range(len(boundaries) + 1)]
        rate = schedules.PiecewiseConstantDecay(boundaries, values) if boundaries else peak
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    warmup = min(total // 10, 3 * steps_per_epoch)
    rate = schedules.CosineDecay(
        peak / 20, max(1, total - warmup), alpha=0.0, warmup_target=peak, warmup_steps=warmup
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, beta_2=0.99)
    # No weight decay for biases and normalisation: there are few, and zero is not neutral for them.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def restore_optimizer(
    model: keras.Model, recipe: Recipe, *, steps_per_epoch: int
) -> keras.optimizers.Optimizer:
    """Recreate the optimiser of a recipe with the state of the one loaded with a model.

    The loaded optimiser cannot be used: Keras does not save the exclusions from weight decay and does not
    allow adding them later.
    """
    optimizer = make_optimizer(recipe, steps_per_epoch=steps_per_epoch)
    optimizer.build(model.trainable_variables)
    for variable, saved in zip(optimizer.variables, model.optimizer.variables, strict=True):
        variable.assign(saved)
    return optimizer
