"""Terminal output of a training in stages: a progress bar per stage, and lines above it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console

from simpsons_training.display import ProgressBar


class StageDisplay:
    """Shows the stage that runs. Use it as a context manager, so that the bar disappears at the end."""

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

    def print_line(self, line: str) -> None:
        """Print a line above the bar."""
        self._console.print(line, highlight=False, soft_wrap=True)
