"""A progress bar on standard error, if that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simpsons_play.core.escaping import one_line


@contextmanager
def progress_bar(
    description: str, total: float | None, *, unit: str = ""
) -> Iterator[Callable[[float], None]]:
    """Show a progress bar with the remaining time while the block runs.

    Args:
        description: text in front of the bar.
        total: number of steps; None if unknown.
        unit: what a step is, in the plural.

    Yields:
        A function that takes the number of steps done.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    # Rich would print the lines of a redirected standard output on standard error.
    console, has_terminal = Console(stderr=True), sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=has_terminal) as bar:
        task = bar.add_task(one_line(description), total=total)
        yield lambda done: bar.update(task, completed=done)
