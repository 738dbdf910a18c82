"""Terminal output of a detector training: a progress bar per stage and one line per epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

from simpsons_training.detection.training_loop import DetectorEpoch
from simpsons_training.display import ProgressBar


class DetectorDisplay:
    """A `DetectorWatcher` that prints. Use it as a context manager, so that the bar disappears at the end."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = ProgressBar(self._console)
        self._task = self._bar.add_task("Preparing", total=None)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._bar.stop()

    def on_stage(self, title: str, total: int) -> None:
        """Start the bar of a new stage; without a terminal, print a line instead."""
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(title, total=total)
        self._bar.draw()
        if self._bar.disable:
            self._console.print(f"{title} ({total:,})", highlight=False)

    def on_step(self) -> None:
        """Advance the bar."""
        self._bar.advance(self._task)
        self._bar.draw()

    def on_epoch(self, result: DetectorEpoch) -> None:
        """Print the line of an epoch."""
        self._console.print(
            f"epoch {result.epoch:>3}  loss {result.loss:.4f}  val mAP@0.5 {result.val_map_50:.4f}  "
            f"val heads AP@0.5 {result.val_heads_ap_50:.4f}  {result.seconds:.0f} s",
            highlight=False,
            soft_wrap=True,
        )
