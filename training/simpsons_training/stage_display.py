"""Terminal output of a training in stages: a progress bar per stage, and lines above it."""

from __future__ import annotations

from simpsons_training.display import BarDisplay


class StageDisplay(BarDisplay):
    """Shows the stage that runs."""

    def __init__(self) -> None:
        super().__init__("Preparing", total=None)

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
