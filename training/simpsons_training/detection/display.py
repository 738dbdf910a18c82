"""Terminal output of a detector training: a progress bar per stage and one line per epoch."""

from __future__ import annotations

from simpsons_training.detection.training_loop import DetectorEpoch
from simpsons_training.stage_display import StageDisplay


class DetectorDisplay(StageDisplay):
    """A `DetectorWatcher` that prints."""

    def on_epoch(self, result: DetectorEpoch) -> None:
        """Print the line of an epoch."""
        self.print_line(
            f"epoch {result.epoch:>3}  loss {result.loss:.4f}  val mAP@0.5 {result.val_map_50:.4f}  "
            f"val heads AP@0.5 {result.val_heads_ap_50:.4f}  {result.seconds:.0f} s"
        )
