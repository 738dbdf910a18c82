"""How many training pictures are named right while they are trained on."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="simpsons_training")
class NamedRight(keras.metrics.Mean):  # type: ignore[misc]
    """Share of pictures whose most probable label is the most probable of their target.

    Pictures are counted as they were shown, changed and mixed; of two that are mixed, the larger share is the
    right one. Those of nobody, whose target has every label equally likely, cannot be named right and are
    left out. How much a picture weighs in the loss plays no part.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: targets (B, K), probabilities (B, K)."""
        somebody = keras.ops.max(y_true, axis=-1) > keras.ops.min(y_true, axis=-1)
        right = keras.ops.equal(keras.ops.argmax(y_true, axis=-1), keras.ops.argmax(y_pred, axis=-1))
        super().update_state(right, sample_weight=somebody)
