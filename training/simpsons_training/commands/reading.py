"""Read the pictures of a command, and tell the user how. Imports no Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from simpsons_play.cli.base import say
from simpsons_play.cli.progress import progress_bar

if TYPE_CHECKING:
    from simpsons_training.dataset import PictureSet
    from simpsons_training.evaluation.as_trained import JudgedPictures


@contextmanager
def reading() -> Iterator[Callable[[], None]]:
    """Show a progress bar while pictures are read; yields a function to call after each."""
    with progress_bar("Reading pictures", None, unit="pictures") as show:
        done = count(1)
        yield lambda: show(next(done))


def say_notes(notes: Iterable[str], warnings: Iterable[str] = ()) -> None:
    """Print lines on standard error."""
    for note in notes:
        say(note, err=True)
    for warning in warnings:
        say(f"Warning: {warning}", err=True)


def say_how_read(found: PictureSet) -> None:
    """Tell the user which files are not used, and for which characters there are too few pictures."""
    say_notes(found.notes, [*found.left_out, *found.too_few])


def say_how_judged(judged: JudgedPictures) -> None:
    """Tell the user which files are not used, and if pictures are not split as in the training."""
    found = judged.found
    say_notes([*found.notes, *filter(None, [judged.note])], judged.warnings)
