"""A progress bar on the terminal: on standard error, and only where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simpsons_play.core.escaping import one_line


@contextmanager
def progress_bar(
    description: str, total: float | None, *, unit: str = ""
) -> Iterator[Callable[[float], None]]:
    """Show a bar with the time left while the block runs.

    Args:
        description: what is being done.
        total: how many steps there are; None shows only how many are done.
        unit: of the steps.

    Yields:
        A function that takes how many steps are done.
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
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(one_line(description), total=total)
        yield lambda done: bar.update(task, completed=done)
