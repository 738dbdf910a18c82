"""Progress of library calls: a bar on a terminal or in a notebook, or calls of a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from simpsons_play.cli.progress import progress_bar
from simpsons_training.notebook import NotebookBar, NotebookTraining, in_notebook

if TYPE_CHECKING:
    from simpsons_training.epoch_callback import Watcher
    from simpsons_training.storage import EpochResult

Progress: TypeAlias = bool | Callable[[str, float, float | None], object]
"""How to show progress: True as a bar, if there is a terminal or a notebook; False not at all; or a function
that receives what is done, the number of completed steps, and that of all steps or None."""


@contextmanager
def counted_steps(
    progress: Progress, title: str, total: float | None, *, unit: str
) -> Iterator[Callable[[], object]]:
    """Show the progress of a block.

    Args:
        progress: How.
        title: What is done.
        total: Number of steps; None if unknown.
        unit: What a step is, in the plural.

    Yields:
        A function to call after each step.
    """
    done = count(1)
    with measured_steps(progress, title, total, unit=unit) as show:
        yield lambda: show(next(done))


@contextmanager
def measured_steps(
    progress: Progress, title: str, total: float | None, *, unit: str
) -> Iterator[Callable[[float], object]]:
    """As `counted_steps`, but yields a function that takes the number of steps done."""
    if callable(progress):
        report = progress
        yield lambda done: report(title, done, total)
    elif not progress:
        yield lambda done: None
    elif in_notebook():
        with NotebookBar(title, total, unit=unit) as bar:
            yield bar.show
    else:
        with progress_bar(title, total, unit=unit) as show:
            yield show


@contextmanager
def training_watcher(progress: Progress, pictures: int) -> Iterator[Watcher | None]:
    """Show the progress of a training.

    Args:
        progress: How.
        pictures: Number of pictures to read before the training starts.

    Yields:
        The watcher of the training.
    """
    if callable(progress):
        yield _Reporter(progress, pictures)
    elif not progress:
        yield None
    elif in_notebook():
        with NotebookTraining() as notebook:
            yield notebook
    else:
        from simpsons_training.display import TrainingDisplay

        with TrainingDisplay(pictures) as display:
            yield display


class _Reporter:
    """A `Watcher` that calls a function."""

    def __init__(self, report: Callable[[str, float, float | None], object], pictures: int) -> None:
        self._report, self._pictures = report, pictures
        self._read = self._steps = self._epochs = 0

    def on_picture(self) -> None:
        self._read += 1
        self._report("Reading pictures", self._read, self._pictures)

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        self._epochs, self._steps = epochs, steps
        self._report("Training", first_epoch, epochs)

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        self._report("Training", epoch - 1 + step / self._steps, self._epochs)

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        self._report("Training", result.epoch, self._epochs)
