"""Training accuracy with soft targets."""

from __future__ import annotations

from typing import Any

import keras


# Checkpoints store this registered name.
@keras.saving.register_keras_serializable(package="simpsons_training", name="NamedRight")
class SoftTargetAccuracy(keras.metrics.Mean):  # type: ignore[misc]
    """Share of pictures whose most probable label is also the largest one of their target.

    Pictures are counted as augmented; in a mix of two, the larger share is correct. Pictures of unknown
    people, whose target is uniform, are left out. Sample weights of the loss are ignored.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch: targets (B, K), probabilities (B, K)."""
        has_label = keras.ops.max(y_true, axis=-1) > keras.ops.min(y_true, axis=-1)
        correct = keras.ops.equal(keras.ops.argmax(y_true, axis=-1), keras.ops.argmax(y_pred, axis=-1))
        super().update_state(correct, sample_weight=has_label)
