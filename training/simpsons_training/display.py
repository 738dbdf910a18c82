"""How a training looks: one line an epoch and, on a terminal, a bar with the time left."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simpsons_training.storage import EpochResult


class WorkBar(Progress):
    """A bar for work of many steps; none where no terminal shows it."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=console,
            transient=True,
            # Not by a thread of its own: most of what that wrote would be lost, since reading a picture keeps
            # libraries quiet by taking standard error away.
            auto_refresh=False,
            disable=not sys.stderr.isatty(),
        )
        self._drawn_s = 0.0

    def draw(self) -> None:
        """Draw it as it stands, at most ten times a second."""
        now_s = time.monotonic()
        if now_s - self._drawn_s >= 0.1:
            self._drawn_s = now_s
            self.refresh()


class TrainingDisplay:
    """A `Watcher` that prints. A context manager, so that the bar is gone when the training ends."""

    def __init__(self, pictures: int) -> None:
        """Begin with reading so many pictures."""
        self._console = Console(stderr=True)
        self._bar = WorkBar(self._console)
        self._task = self._bar.add_task("Reading pictures", total=pictures)
        self._epochs = self._steps = 0
        # The time left comes from the last few epochs: the first one is slow, and machines get busy.
        self._recent_s: deque[float] = deque(maxlen=5)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def on_picture(self) -> None:
        """A picture was read."""
        self._bar.advance(self._task)
        self._bar.draw()

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """The training begins: epochs already done, in all, and steps in each."""
        self._epochs, self._steps = epochs, steps
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task("Training", total=epochs * steps, completed=first_epoch * steps)

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """A batch is done."""
        self._bar.update(
            self._task,
            completed=(epoch - 1) * self._steps + step,
            description=f"Epoch {epoch}/{self._epochs}  loss {loss:.3f}",
        )
        self._bar.draw()

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """An epoch is done: print its line."""
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
