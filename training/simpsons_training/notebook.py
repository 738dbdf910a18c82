"""Progress in a notebook: one output of the cell that is updated in place.

It needs neither widgets nor JavaScript: IPython replaces an output by its identifier
(https://ipython.readthedocs.io/en/stable/api/generated/IPython.display.html#IPython.display.display).
"""

from __future__ import annotations

import sys
import time
from html import escape
from types import TracebackType
from typing import Any, Self

from simpsons_play.core.timefmt import format_time
from simpsons_training.storage import EpochResult

_INTERVAL_S = 0.2
"""Least time between two updates of an output."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which shows HTML."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


class NotebookOutput:
    """An output of the cell that runs. It appears with its first content."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, html: str, text: str) -> None:
        """Show or replace the content, in HTML, and in plain text for what cannot show it."""
        from IPython.display import display

        content = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


class NotebookBar:
    """A progress bar in a notebook, which disappears at the end of the block.

    Args:
        title: Text in front of the bar.
        total: Number of steps; None if unknown.
        unit: What a step is, in the plural.
    """

    def __init__(self, title: str, total: float | None, *, unit: str = "") -> None:
        self._title, self._total, self._unit = title, total, unit
        self._output = NotebookOutput()
        self._drawn_s = 0.0
        self._started_s = time.monotonic()

    def __enter__(self) -> Self:
        """Show the bar."""
        self.show(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._output.show("", "")

    def show(self, done: float) -> None:
        """Show the number of steps done, at most five times a second."""
        now_s = time.monotonic()
        if now_s - self._drawn_s < _INTERVAL_S:
            return
        self._drawn_s = now_s
        count = f"{done:,.0f}" if self._total is None else f"{done:,.0f} of {self._total:,.0f}"
        text = f"{self._title}: {count} {self._unit}{_left(done, self._total, now_s - self._started_s)}"
        self._output.show(f"{bar_html(done, self._total)} {escape(text)}", text)


class NotebookTraining:
    """A `Watcher` that shows a bar, and a table of the epochs, which stays."""

    def __init__(self) -> None:
        self._output = NotebookOutput()
        self._rows: list[tuple[EpochResult, bool]] = []
        self._read = self._epochs = self._steps = 0
        self._first_epoch = 0
        self._drawn_s = self._started_s = 0.0

    def __enter__(self) -> Self:
        """Begin; the output appears when there is something to show."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._show("")

    def on_picture(self) -> None:
        """Show how many pictures have been read."""
        self._read += 1
        self._draw(0, None, f"Reading pictures: {self._read:,}")

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """Show that the training begins."""
        self._first_epoch, self._epochs, self._steps = first_epoch, epochs, steps
        self._started_s = time.monotonic()
        self._drawn_s = 0.0
        self._draw(first_epoch * steps, epochs * steps, f"Epoch {first_epoch + 1} of {epochs}")

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """Show the step."""
        done, total = (epoch - 1) * self._steps + step, self._epochs * self._steps
        skipped = self._first_epoch * self._steps
        left = _left(done - skipped, total - skipped, time.monotonic() - self._started_s)
        self._draw(done, total, f"Epoch {epoch} of {self._epochs}, loss {loss:.3f}{left}")

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """Add a row to the table."""
        self._rows.append((result, is_best))
        self._drawn_s = 0.0
        self._draw(result.epoch * self._steps, self._epochs * self._steps, f"Epoch {result.epoch} done")

    def _draw(self, done: float, total: float | None, text: str) -> None:
        now_s = time.monotonic()
        if now_s - self._drawn_s >= _INTERVAL_S:
            self._drawn_s = now_s
            self._show(f"{bar_html(done, total)} {escape(text)}", text)

    def _show(self, bar: str, text: str = "") -> None:
        names = ("epoch", "loss", "accuracy", "val loss", "val accuracy", "val macro F1", "seconds", "")
        rows = [
            (
                f"{r.epoch}",
                f"{r.loss:.4f}",
                f"{r.accuracy:.4f}",
                f"{r.val_loss:.4f}",
                f"{r.val_accuracy:.4f}",
                f"{r.val_macro_f1:.4f}",
                f"{r.seconds:.0f}",
                "best" if is_best else "",
            )
            for r, is_best in self._rows
        ]
        table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        head = "".join(f"<th>{name}</th>" for name in names)
        lines = ["  ".join(row).rstrip() for row in (names, *rows)] if rows else []
        self._output.show(
            f"<table><tr>{head}</tr>{table}</table>{bar}" if rows else bar, "\n".join([*lines, text]).strip()
        )


def bar_html(done: float, total: float | None) -> str:
    """A bar as HTML; one that is indefinite if `total` is None."""
    value = "" if total is None else f" value='{done:g}' max='{total:g}'"
    return f"<progress style='width:20em'{value}></progress>"


def _left(done: float, total: float | None, passed_s: float) -> str:
    """The time left, as the end of a text; empty if it is not known yet."""
    if total is None or done <= 0 or passed_s < 2:
        return ""
    return f", {format_time((total - done) * passed_s / done)} left"
