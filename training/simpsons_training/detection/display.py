"""How the training of a detector looks: a bar for each stage, and one line an epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

from simpsons_training.detection.fitting import DetectorEpoch
from simpsons_training.display import WorkBar


class DetectorDisplay:
    """A `DetectorWatcher` that prints. A context manager, so that the bar is gone when the training ends."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = WorkBar(self._console)
        self._task = self._bar.add_task("Preparing", total=None)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def on_stage(self, words: str, total: int) -> None:
        """Another part of the work begins: its bar, or a line where no terminal shows one."""
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(words, total=total)
        self._bar.draw()
        if self._bar.disable:
            self._console.print(f"{words} ({total:,})", highlight=False)

    def on_step(self) -> None:
        """A step of it is done."""
        self._bar.advance(self._task)
        self._bar.draw()

    def on_epoch(self, result: DetectorEpoch) -> None:
        """An epoch is done: print its line."""
        self._console.print(
            f"epoch {result.epoch:>3}  loss {result.loss:.4f}  val mAP@0.5 {result.val_map_50:.4f}  "
            f"val heads AP@0.5 {result.val_heads_ap_50:.4f}  {result.seconds:.0f} s",
            highlight=False,
            soft_wrap=True,
        )
