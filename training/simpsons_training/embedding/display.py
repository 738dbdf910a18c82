"""Terminal output of the training of an embedder."""

from __future__ import annotations

from simpsons_training.embedding.train import EmbedderEpoch
from simpsons_training.stage_display import StageDisplay


class EmbedderDisplay(StageDisplay):
    """An `EmbedderWatcher` that prints."""

    def on_epoch(self, result: EmbedderEpoch) -> None:
        """Print the line of an epoch."""
        self.print_line(f"epoch {result.epoch:>3}  loss {result.loss:.4f}  {result.seconds:.0f} s")
