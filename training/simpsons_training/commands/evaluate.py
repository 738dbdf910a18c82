"""The command `simpsons evaluate`."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.cli.progress import progress_bar
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import (
    backgrounds_option,
    check_model,
    folders_argument,
    model_argument,
    output_option,
    part_option,
    report_folder,
    split_options,
)
from simpsons_training.commands.reading import read_judged
from simpsons_training.config import Split
from simpsons_training.evaluation.config import Part

if TYPE_CHECKING:  # loading it takes seconds
    from simpsons_training.detection.head_detector import HeadDetector
    from simpsons_training.evaluation.as_trained import JudgedPictures


@click.command(
    cls=Command,
    short_help="Evaluate a network on labelled pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@model_argument
@folders_argument
@output_option(
    "Folder for the report and its figures.  [default: evaluation-MODEL next to MODEL; for "
    "other pictures than those of the training, evaluation-MODEL-FOLDER; options that select "
    "pictures are part of the name, too]"
)
@part_option("Pictures to evaluate on")
@split_options(
    split="How the pictures are split, as for `simpsons train`.",
    seed="Random seed of a drawn split and of the pictures in the report.",
    as_trained=True,
)
@click.option(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Minimum probability for naming a character.  [default: the network's own]",
)
@backgrounds_option
def evaluate(
    model: Path,
    folders: tuple[Path, ...],
    output: Path | None,
    part: Part | None,
    split: Split | None,
    val_share: float | None,
    seed: int | None,
    threshold: float | None,
    backgrounds: bool,
) -> None:
    """Evaluate the network in MODEL on the pictures in each FOLDER.

    MODEL is an .onnx file, or a .keras file of `simpsons train` or `simpsons train-detector`. FOLDER... is as
    for `simpsons train` and defaults to $SIMPSONS_DATA; for a detector, one must also contain heads.csv, as
    for `simpsons train-detector`.

    The pictures are split as in the training, so that the network is evaluated on those that it was validated
    on. If it was trained on other pictures, all are used.

    Writes metrics.json, report.html with its figures and, for classifiers, predictions.csv.
    """
    check_model(model)
    with loading("simpsons evaluate"):
        from simpsons_training.detection.head_detector import HeadDetector, open_network
        from simpsons_training.evaluation.judging import judge, write_evaluation
        from simpsons_training.evaluation.summary import part_text, summary_lines

    network = open_network(model)
    output = output or report_folder(
        model,
        "evaluation",
        folders,
        trained_on=network.card.split,
        options={"part": part, "split": split, "val-share": val_share, "seed": seed},
    )
    judged = read_judged(model, network.card, folders, part=part, split=split, val_share=val_share, seed=seed)
    if isinstance(network, HeadDetector):
        _evaluate_detector(network, judged, folders, output, threshold)
        return
    evaluation = judge(
        network,
        judged,
        folders,
        threshold=threshold,
        backgrounds=backgrounds,
        output=output,
        progress=True,
    )
    say(f"{model.name} on {part_text(evaluation.part, evaluation.how_split)}")
    for line in summary_lines(evaluation):
        say(line)
    files = write_evaluation(evaluation, network, output, folders=folders, seed=judged.seed)
    say(f"Wrote: {', '.join(map(str, files))}, {output / 'figures'}")


def _evaluate_detector(
    detector: HeadDetector,
    judged: JudgedPictures,
    folders: tuple[Path, ...],
    output: Path,
    threshold: float | None,
) -> None:
    with loading("simpsons evaluate"):
        from simpsons_training.detection.config import DetectorConfig
        from simpsons_training.detection.head_table import read_head_tables, split_heads
        from simpsons_training.detection.metrics import evaluate_detector, write_metrics
        from simpsons_training.detection.report import lead_text, write_detector_report
        from simpsons_training.detection.sources import annotated_scenes
        from simpsons_training.evaluation.predictions import choose_pictures
        from simpsons_training.files import make_output_folder

    found = judged.found
    make_output_folder(output, *folders)
    pictures = choose_pictures(found, part=judged.part, backgrounds=False)
    annotated = read_head_tables(list({folder.resolve(): folder for folder in folders}.values()))
    total = len(annotated) + len(found.pictures)
    with progress_bar("Looking for near duplicates", total, unit="pictures") as show:
        compared = count(1)
        defaults = DetectorConfig()
        train_pictures, val_pictures = split_heads(
            annotated,
            found.pictures,
            val_share=defaults.val_share,
            on_picture=lambda: show(next(compared)),
        )
    chosen = {"train": train_pictures, "val": val_pictures, "all": annotated}[judged.part]
    scenes = annotated_scenes(chosen, detector.card.labels)
    with progress_bar("Evaluating", len(scenes) + len(pictures), unit="pictures") as show:
        done = count(1)
        evaluation = evaluate_detector(
            detector,
            scenes,
            pictures,
            threshold=threshold,
            folders=folders,
            warnings=judged.warnings,
            on_picture=lambda: show(next(done)),
        )
    say(f"{detector.path.name}: {lead_text(evaluation)}")
    page = write_detector_report(evaluation, output)
    metrics = write_metrics(evaluation, output / "metrics.json")
    say(f"Wrote: {page}, {metrics}, {output / 'figures'}")
