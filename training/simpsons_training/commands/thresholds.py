"""The command `simpsons thresholds`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

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
from simpsons_training.evaluation.threshold_config import Goal, GoalKind, ThresholdConfig

_DEFAULTS = ThresholdConfig()


@click.command(
    cls=Command,
    short_help="Choose the decision threshold of a network.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@model_argument
@folders_argument
@output_option(
    "Folder for the thresholds, the report and its figures.  [default: thresholds-MODEL next to "
    "MODEL; for other pictures than those of the training, thresholds-MODEL-FOLDER; options that select "
    "pictures are part of the name, too]"
)
@click.option("--best-f1/--no-best-f1", help="Choose the threshold with the best F1.  [default]")
@click.option(
    "--precision",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Choose the lowest threshold with this precision.",
)
@click.option(
    "--recall",
    type=FiniteFloatRange(0, 1),
    metavar="R",
    help="Choose the highest threshold with this recall.",
)
@click.option(
    "--silence",
    type=FiniteFloatRange(0, 1),
    metavar="S",
    help="Choose the lowest threshold at which this share of unknown people gets no name.",
)
@part_option("Pictures to choose it on")
@split_options(
    split="How the pictures are split, as for `simpsons train`.",
    seed="Random seed of a drawn split and of the cross-validation.",
    as_trained=True,
)
@backgrounds_option
def thresholds(
    model: Path,
    folders: tuple[Path, ...],
    output: Path | None,
    best_f1: bool,
    precision: float | None,
    recall: float | None,
    silence: float | None,
    part: Part | None,
    split: Split | None,
    val_share: float | None,
    seed: int | None,
    backgrounds: bool,
) -> None:
    """Choose the minimum probability at which the network in MODEL should name a character.

    The choice is made on pictures in each FOLDER, selected as by `simpsons evaluate`; FOLDER... defaults to
    $SIMPSONS_DATA. MODEL is an .onnx file, or a .keras file of `simpsons train` or `simpsons
    train-detector`; a detector is evaluated by the most probable label among the heads of a picture. Give at
    most one goal. Naming an unknown person counts as an error.

    Writes thresholds.json, which `simpsons export --threshold` accepts, and report.html with its figures.
    """
    goal = _goal(best_f1, precision, recall, silence)
    check_model(model)
    with loading("simpsons thresholds"):
        from simpsons_training.detection.classify import classify_pictures
        from simpsons_training.detection.head_detector import HeadDetector, open_network
        from simpsons_training.evaluation import threshold_report, threshold_study
        from simpsons_training.evaluation.predictions import choose_pictures, predict
        from simpsons_training.files import make_output_folder
        from simpsons_training.text_table import text_table

    network = open_network(model)
    output = output or report_folder(
        model,
        "thresholds",
        folders,
        trained_on=network.card.split,
        options={"part": part, "split": split, "val-share": val_share, "seed": seed},
    )
    judged = read_judged(model, network.card, folders, part=part, split=split, val_share=val_share, seed=seed)
    config = ThresholdConfig(judged.part, seed=judged.seed, backgrounds=backgrounds, goal=goal)
    detects = isinstance(network, HeadDetector)
    pictures = choose_pictures(judged.found, part=judged.part, backgrounds=backgrounds and not detects)
    threshold_study.check_goal(pictures, config.goal)
    make_output_folder(output, *folders)
    with progress_bar("Evaluating", len(pictures), unit="pictures") as show:
        done = count(1)
        if isinstance(network, HeadDetector):
            predictions = classify_pictures(network, pictures, on_picture=lambda: show(next(done)))
        else:
            predictions = predict(network, pictures, on_picture=lambda: show(next(done)))
    study = threshold_study.study(
        model,
        network.card,
        predictions,
        config=config,
        how_split=judged.how_split,
        folders=folders,
        warnings=judged.warnings,
    )
    for warning in study.warnings[len(judged.warnings) :]:
        say(f"Warning: {warning}", err=True)
    lines = text_table(threshold_report.CONFIDENCE_HEADER, threshold_report.confidence_rows(study))
    for line in [*lines, "", *threshold_report.recommendation_lines(study)]:
        say(line)
    page = threshold_report.write_report(study, output)
    values = threshold_study.write_thresholds(study, output / "thresholds.json")
    say(threshold_report.export_hint(study, values))
    say(f"Wrote: {values}, {page}, {output / 'figures'}")


def _goal(best_f1: bool, precision: float | None, recall: float | None, silence: float | None) -> Goal:
    """The goal that the options ask for."""
    targets: dict[GoalKind, float | None] = {"precision": precision, "recall": recall, "silence": silence}
    goals = [Goal(kind, value) for kind, value in targets.items() if value is not None]
    if best_f1:
        goals.append(Goal())
    if len(goals) > 1:
        raise click.UsageError("give at most one of --best-f1, --precision, --recall and --silence.")
    return goals[0] if goals else _DEFAULTS.goal
