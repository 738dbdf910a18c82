"""Evaluate a classifier on pictures that were split as in its training, and write the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simpsons_training.evaluation import results
from simpsons_training.evaluation.as_trained import JudgedPictures
from simpsons_training.evaluation.config import EvaluateConfig
from simpsons_training.evaluation.predictions import choose_pictures
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.report import write_report
from simpsons_training.evaluation.results import Evaluation
from simpsons_training.files import make_output_folder
from simpsons_training.leaks import leak_of
from simpsons_training.listing import Listing
from simpsons_training.progress import Progress, counted_steps


def judge(
    network: Predictor,
    judged: JudgedPictures,
    folders: Sequence[Path],
    *,
    threshold: float | None = None,
    backgrounds: bool = True,
    output: Path | None = None,
    progress: Progress = False,
) -> Evaluation:
    """Evaluate a classifier; see `results.evaluate`.

    Args:
        network: The classifier.
        judged: Pictures of `read_as_trained`.
        folders: Folders of these pictures.
        threshold: Minimum probability for naming a character, 0-1; None takes the network's own.
        backgrounds: Also evaluate on background crops.
        output: Folder that the report will be written to, which is created; None for no report.
        progress: How to show progress.

    Raises:
        DataError: As `results.evaluate`, or the output folder is a folder of pictures.
        SinkError: The output folder cannot be created.
    """
    found = judged.found
    pictures = choose_pictures(found, part=judged.part, backgrounds=backgrounds)
    results.check_pictures(pictures)
    if output is not None:
        make_output_folder(output, *folders)
    leak = None
    if judged.part == "val" and judged.warning is None:  # the training pictures are those of the training
        leak = leak_of(found.pictures, fingerprints=found.fingerprints)
    with counted_steps(progress, "Evaluating", len(pictures), unit="pictures") as on_picture:
        return results.evaluate(
            network,
            pictures,
            config=EvaluateConfig(judged.part, threshold=threshold, backgrounds=backgrounds),
            how_split=judged.how_split,
            leak=leak,
            folders=folders,
            warnings=judged.warnings,
            on_picture=on_picture,
        )


def write_evaluation(
    evaluation: Evaluation, network: Predictor, output: Path, *, folders: Sequence[Path], seed: int
) -> list[Path]:
    """Write the report, the predictions and the metrics; returns their files.

    Args:
        evaluation: Result of `judge`.
        network: The classifier.
        output: Folder; see `judge`.
        folders: Folders of the pictures.
        seed: Random seed of the pictures in the report.

    Raises:
        SinkError: A file cannot be written.
    """
    page = write_report(evaluation, network, output, seed=seed)
    table = results.write_predictions(
        evaluation.predictions, output / "predictions.csv", folder=Listing(tuple(folders), ()).root
    )
    return [page, table, results.write_metrics(evaluation, output / "metrics.json")]
