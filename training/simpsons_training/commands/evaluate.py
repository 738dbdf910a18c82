"""`simpsons evaluate`: options -> one library call -> words on the terminal."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.errors import ModelError
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import (
    backgrounds_option,
    folder_argument,
    model_argument,
    output_option,
    part_option,
    split_options,
)
from simpsons_training.config import Split
from simpsons_training.evaluation.config import EvaluateConfig, Part

if TYPE_CHECKING:  # a command starts without the seconds it takes to load
    from simpsons_training.detection.opening import HeadFinder


@click.command(
    cls=Command,
    short_help="Measure how good a network is.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@model_argument
@folder_argument
@output_option("Folder for the report and its figures.  [default: reports/MODEL]")
@part_option("Judge")
@split_options(
    split="How the two are told apart, as for `simpsons train`.",
    seed="Where chance starts: for that draw, and for the pictures that are shown.",
)
@click.option(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Below this probability nobody is named.  [default: the network's own]",
)
@backgrounds_option
def evaluate(
    model: Path,
    folder: Path,
    output: Path | None,
    part: Part,
    split: Split,
    val_share: float,
    seed: int,
    threshold: float | None,
    backgrounds: bool,
) -> None:
    """Measure how good the network in MODEL is on the pictures in FOLDER.

    MODEL is an .onnx file, or a .keras file that `simpsons train` or `simpsons train-detector` wrote. FOLDER
    is as for `simpsons train`; SIMPSONS_DATA stands in for it; to judge a detector it has to hold heads.csv,
    as for `simpsons train-detector`. A network that was trained with --split, --val-share or --seed has to be
    judged with the same, else it meets pictures that it has learned from.

    Writes metrics.json, report.html and the figures in it, and predictions.csv, but for detectors.
    """
    if not model.is_file():
        raise ModelError(f"{model} is no file; give an .onnx or .keras file")
    with loading("judging a network"):
        from simpsons_training.dataset import read_pictures
        from simpsons_training.detection.opening import HeadFinder, open_network
        from simpsons_training.evaluation import results
        from simpsons_training.evaluation.predictions import choose_pictures
        from simpsons_training.evaluation.report import write_report
        from simpsons_training.evaluation.summary import part_words, summary_lines
        from simpsons_training.files import make_output_folder
        from simpsons_training.leaks import leak_of

    predictor = open_network(model)
    output = output or Path("reports") / model.stem
    if isinstance(predictor, HeadFinder):
        _evaluate_detector(predictor, folder, output, part, split, val_share, seed, threshold)
        return
    config = EvaluateConfig(part, split, val_share, seed, threshold, backgrounds)
    found = read_pictures(folder, split=split, val_share=val_share, seed=seed)
    make_output_folder(output, pictures=folder)
    pictures = choose_pictures(found, part=part, backgrounds=backgrounds)
    leak = None
    if part == "val":
        with progress_bar("Looking for what leaks", len(found.pictures), unit="pictures") as show:
            looked = count(1)
            leak = leak_of(found.pictures, on_picture=lambda: show(next(looked)))
    with progress_bar("Judging", len(pictures), unit="pictures") as show:
        done = count(1)
        evaluation = results.evaluate(
            predictor,
            pictures,
            config=config,
            how_split=found.how_split,
            leak=leak,
            on_picture=lambda: show(next(done)),
        )
    say(f"{model.name}, pictures {part_words(evaluation)}")
    for line in summary_lines(evaluation):
        say(line)
    page = write_report(evaluation, predictor, output, seed=seed)
    table = results.write_predictions(evaluation.predictions, output / "predictions.csv", folder=folder)
    metrics = results.write_metrics(evaluation, output / "metrics.json")
    say(f"Wrote: {page}, {table}, {metrics}, {output / 'figures'}")


def _evaluate_detector(
    finder: HeadFinder,
    folder: Path,
    output: Path,
    part: Part,
    split: Split,
    val_share: float,
    seed: int,
    threshold: float | None,
) -> None:
    with loading("judging a detector"):
        from simpsons_training.dataset import read_pictures
        from simpsons_training.detection.config import DetectorConfig
        from simpsons_training.detection.head_table import TABLE_NAME, read_head_table, split_heads
        from simpsons_training.detection.judging import judge, write_metrics
        from simpsons_training.detection.report import lead_words, write_detector_report
        from simpsons_training.detection.sources import marked_scenes
        from simpsons_training.evaluation.predictions import choose_pictures
        from simpsons_training.files import make_output_folder

    found = read_pictures(folder, split=split, val_share=val_share, seed=seed)
    make_output_folder(output, pictures=folder)
    pictures = choose_pictures(found, part=part, backgrounds=False)
    marked = read_head_table(folder / TABLE_NAME)
    total = len(marked) + len(found.pictures)
    with progress_bar("Looking for repeated pictures", total, unit="pictures") as show:
        looked = count(1)
        defaults = DetectorConfig()
        to_train, to_judge = split_heads(
            marked,
            found.pictures,
            val_share=defaults.val_share,
            on_picture=lambda: show(next(looked)),
        )
    chosen = {"train": to_train, "val": to_judge, "all": marked}[part]
    scenes = marked_scenes(chosen, finder.card.labels)
    with progress_bar("Judging", len(scenes) + len(pictures), unit="pictures") as show:
        done = count(1)
        evaluation = judge(finder, scenes, pictures, threshold=threshold, on_picture=lambda: show(next(done)))
    say(f"{finder.path.name}: {lead_words(evaluation)}")
    page = write_detector_report(evaluation, output)
    metrics = write_metrics(evaluation, output / "metrics.json")
    say(f"Wrote: {page}, {metrics}, {output / 'figures'}")
