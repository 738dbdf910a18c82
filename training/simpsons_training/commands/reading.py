"""Read the pictures of a command, and tell the user how. Imports no Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.cli.base import say
from simpsons_play.cli.progress import progress_bar

if TYPE_CHECKING:
    from simpsons_play.inference.model_card import ModelCard
    from simpsons_training.config import Split
    from simpsons_training.dataset import PictureSet
    from simpsons_training.evaluation.as_trained import JudgedPictures
    from simpsons_training.evaluation.config import Part


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


def read_judged(
    model: Path,
    card: ModelCard,
    folders: Sequence[Path],
    *,
    part: Part | None,
    split: Split | None,
    val_share: float | None,
    seed: int | None,
) -> JudgedPictures:
    """Read the pictures to judge a network on; see `read_as_trained`.

    Tells the user which files are not used, and if pictures are not split as in the training.
    """
    from simpsons_training.evaluation.as_trained import read_as_trained

    with reading() as on_picture:
        judged = read_as_trained(
            model,
            card,
            folders,
            part=part,
            split=split,
            val_share=val_share,
            seed=seed,
            on_picture=on_picture,
        )
    say_notes([*judged.found.notes, *filter(None, [judged.note])], judged.warnings)
    return judged
