"""Terminal output of a training: one line per epoch and, on a terminal, a progress bar."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simpsons_training.storage import EpochResult


class ProgressBar(Progress):
    """A progress bar that is only shown on a terminal."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            transient=True,
            # Not by a background thread: reading a picture redirects standard error to silence libraries,
            # so that most of its updates would be lost.
            auto_refresh=False,
            disable=not sys.stderr.isatty(),
        )
        self._drawn_s = 0.0

    def draw(self) -> None:
        """Refresh the bar, at most ten times a second."""
        now_s = time.monotonic()
        if now_s - self._drawn_s >= 0.1:
            self._drawn_s = now_s
            self.refresh()


class BarDisplay:
    """A progress bar on standard error. Use it as a context manager, so that the bar disappears at the end.

    Args:
        title: What the bar shows first.
        total: Steps of that; None if unknown.
    """

    def __init__(self, title: str, *, total: int | None) -> None:
        self._console = Console(stderr=True)
        self._bar = ProgressBar(self._console)
        self._task = self._bar.add_task(title, total=total)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._bar.stop()


class TrainingDisplay(BarDisplay):
    """A `Watcher` that prints.

    Args:
        pictures: Number of pictures to read before the training starts.
    """

    def __init__(self, pictures: int) -> None:
        super().__init__("Reading pictures", total=pictures)
        self._epochs = self._steps = 0
        # The remaining time is estimated from recent epochs: the first is slow, and the machine load varies.
        self._recent_s: deque[float] = deque(maxlen=5)

    def on_picture(self) -> None:
        """Advance the bar."""
        self._bar.advance(self._task)
        self._bar.draw()

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """Start the bar of the training."""
        self._epochs, self._steps = epochs, steps
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task("Training", total=epochs * steps, completed=first_epoch * steps)

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """Advance the bar."""
        self._bar.update(
            self._task,
            completed=(epoch - 1) * self._steps + step,
            description=f"Epoch {epoch}/{self._epochs}  loss {loss:.3f}",
        )
        self._bar.draw()

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """Print the line of an epoch."""
        self._recent_s.append(result.seconds)
        left_s = (self._epochs - result.epoch) * sum(self._recent_s) / len(self._recent_s)
        self._console.print(
            f"epoch {result.epoch:>3}/{self._epochs}  loss {result.loss:.4f}  "
            f"accuracy {result.accuracy:.4f}  "
            f"val loss {result.val_loss:.4f}  val accuracy {result.val_accuracy:.4f}  "
            f"val macro F1 {result.val_macro_f1:.4f}  "
            f"{result.seconds:.0f} s  {_clock(left_s)} left{'  best so far' if is_best else ''}",
            highlight=False,
            soft_wrap=True,
        )


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(round(seconds)))
