"""Search for wrong labels: train a network per fold, predict, and compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpsons_training.dataset import PictureSet
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.study.config import StudyConfig
from simpsons_training.study.out_of_fold import predict_out_of_fold
from simpsons_training.study.suspects import Suspect, find_suspects, join


@dataclass(frozen=True, slots=True, eq=False)
class MislabelledSearch:
    """The result of a search for wrong labels.

    Attributes:
        suspects: Pictures whose label is probably wrong, most suspect first.
        predictions: The predictions that they were found in.
        folds: Number of completed folds.
        interrupted: Whether Ctrl-C stopped the search.
    """

    suspects: tuple[Suspect, ...]
    predictions: Predictions
    folds: int
    interrupted: bool


def search_mislabelled(
    found: PictureSet,
    config: StudyConfig,
    *,
    on_progress: Callable[[float], object] = lambda done: None,
    on_fold: Callable[[int], object] = lambda done: None,
) -> MislabelledSearch:
    """Search for pictures whose label is probably wrong; see `out_of_fold` and `suspects`.

    Args:
        found: The pictures; their split is ignored.
        config: Folds, epochs, input size and seed.
        on_progress: Receives the total number of completed epochs, with fractions.
        on_fold: Receives the number of completed folds.

    Raises:
        DataError: Fewer than two characters have two scenes, or a picture cannot be read.
        KeyboardInterrupt: Ctrl-C in the first fold; later, the completed folds are returned.
    """
    folds: list[Predictions] = []
    interrupted = False
    try:
        for predictions in predict_out_of_fold(found, config, on_progress=on_progress):
            folds.append(predictions)
            on_fold(len(folds))
    except KeyboardInterrupt:
        if not folds:
            raise
        interrupted = True
    predictions = join(folds)
    return MislabelledSearch(tuple(find_suspects(predictions)), predictions, len(folds), interrupted)
