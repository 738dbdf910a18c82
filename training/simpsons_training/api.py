"""The public API for training: read and inspect pictures, train on them, evaluate networks.

Functions import what they need when they are called: Keras takes seconds to load.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.core.errors import ModelError, SimpsonsWarning
from simpsons_training.commands.loading import loading
from simpsons_training.config import DEFAULT_PRESET, SIZES_PX, Activation, Precision, Split, TrainConfig
from simpsons_training.evaluation.config import PARTS, Part
from simpsons_training.given import (
    given_folders,
    given_integer,
    given_network,
    given_number,
    given_pictures,
    require_choice,
    require_range,
    require_split,
)
from simpsons_training.option_names import names_arguments, with_arguments
from simpsons_training.progress import Progress, counted_steps, measured_steps, training_watcher
from simpsons_training.study.config import StudyConfig

if TYPE_CHECKING:
    from simpsons_training.classifier_training import TrainResult
    from simpsons_training.dataset import PictureSet
    from simpsons_training.evaluation.results import Evaluation
    from simpsons_training.study.study import DatasetStudy

_TRAINING, _STUDY = TrainConfig(), StudyConfig()


@names_arguments
def read_pictures(
    *folders: str | PathLike[str],
    split: Split = _TRAINING.split,
    val_share: float = _TRAINING.val_share,
    seed: int = _TRAINING.seed,
    progress: Progress = True,
) -> PictureSet:
    """Read the pictures of folders and split them for a training.

    Unreadable pictures are left out.

    Args:
        folders: Folders of pictures, as for `simpsons train`: each contains a `pictures.csv`, or a folder for
            each character.
        split: `given` takes the split of the tables, and draws scenes of folders without one; `scenes` draws
            whole scenes for validation, `random` single pictures, which overestimates accuracy.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
        progress: True shows a bar in a terminal or a notebook, False nothing; a function receives what is
            done, the number of completed steps, and that of all steps or None.

    Raises:
        DataError: A folder does not exist, no picture can be read, there are fewer than two characters, or a
            table is invalid.
        DependencyError: A package for training is not installed.
        TypeError: An argument is not a number where one belongs.
        ValueError: No folder is given, or an argument is out of range, or not one of the choices.

    Warns:
        SimpsonsWarning: Pictures cannot be read, or a character has too few to train on or to validate.

    Example:
        >>> pictures = read_pictures("PICTURES")  # doctest: +SKIP
        >>> pictures.labels  # doctest: +SKIP
        ('bart_simpson', 'homer_simpson')
    """
    paths = given_folders(folders)
    val_share, seed = given_number("val_share", val_share), given_integer("seed", seed)
    require_split(split, val_share, seed)
    pictures = _read(paths, "read_pictures()", split=split, val_share=val_share, seed=seed, progress=progress)
    _warn(*pictures.left_out, *pictures.too_few)
    return pictures


@names_arguments
def inspect_pictures(
    *pictures: str | PathLike[str] | PictureSet,
    output: str | PathLike[str] | None = None,
    split: Split = _STUDY.split,
    val_share: float = _STUDY.val_share,
    seed: int = _STUDY.seed,
    mislabelled: bool = False,
    folds: int = _STUDY.folds,
    epochs: int = _STUDY.epochs,
    size_px: int = _STUDY.size_px,
    progress: Progress = True,
) -> DatasetStudy:
    """Inspect pictures before training on them: counts, near duplicates and possible label errors.

    Args:
        pictures: Folders of pictures, see `read_pictures`; or one `PictureSet`, with the split that it has.
            Unreadable pictures are skipped and listed in `study.inspection.unreadable`.
        output: Folder for the report of `simpsons dataset`; None writes nothing.
        split: See `read_pictures`; ignored for a `PictureSet`, as `val_share`.
        val_share: See `read_pictures`.
        seed: Random seed of a drawn split, and of the folds and networks.
        mislabelled: Train a small network per fold and find pictures whose label is probably wrong. If it is
            interrupted, the completed folds are used.
        folds: Number of cross-validation folds.
        epochs: Training epochs of each of these networks.
        size_px: Input size of these networks.
        progress: As for `read_pictures`.

    Raises:
        DataError: A folder does not exist, no picture can be read, a table is invalid, or there are too few
            pictures to search for wrong labels.
        SinkError: The report cannot be written.
        DependencyError: A package for training is not installed.
        ValueError: As for `read_pictures`.

    Warns:
        SimpsonsWarning: Pictures cannot be read, a character has too few to train on or to validate, or
            validation pictures have near duplicates to train on.

    Example:
        >>> study = inspect_pictures("PICTURES", mislabelled=True)  # doctest: +SKIP
        >>> study.to_pandas().dropna(subset=["suggested"])  # doctest: +SKIP
    """
    val_share, seed = given_number("val_share", val_share), given_integer("seed", seed)
    folds, epochs = given_integer("folds", folds), given_integer("epochs", epochs)
    size_px = given_integer("size_px", size_px)
    require_split(split, val_share, seed)
    require_range("folds", folds, 2, math.inf)
    require_range("epochs", epochs, 1, math.inf)
    require_range("size_px", size_px, *SIZES_PX)
    with loading("inspect_pictures()"):
        from simpsons_training.files import make_output_folder
        from simpsons_training.leaks import leak_of
        from simpsons_training.listing import Listing, list_pictures
        from simpsons_training.study.files import StudyFolder
        from simpsons_training.study.inspection import inspect
        from simpsons_training.study.mislabelled import search_mislabelled
        from simpsons_training.study.report import write_mislabelled, write_study
        from simpsons_training.study.study import DatasetStudy

    config = StudyConfig(split, val_share, seed, folds, epochs, size_px)
    given = given_pictures(pictures)
    if isinstance(given, list):
        listing = list_pictures(*given)
    else:
        listing = Listing(given.folders, given.pictures)
        config = dataclasses.replace(config, split="given")
    to = None if output is None else StudyFolder(Path(output))
    if to is not None and listing.pictures:
        make_output_folder(to.path, *listing.folders)
    total = len(listing.pictures)
    with counted_steps(progress, "Inspecting pictures", total, unit="pictures") as on_picture:
        inspection = inspect(listing, config, on_picture=on_picture)
    found = inspection.found
    if not isinstance(given, list):
        found = dataclasses.replace(
            found, how_split=given.how_split, is_drawn=given.is_drawn, record=given.record
        )
        inspection = dataclasses.replace(inspection, found=found)
    leak = leak_of(found.pictures, inspection.near).warning
    _warn(*found.left_out, *found.too_few, *filter(None, [leak]))
    sections = None
    if to is not None:
        characters = len({(p.known, p.character) for p in inspection.pictures})
        with counted_steps(progress, "Drawing contact sheets", characters, unit="characters") as on_sheet:
            sections = write_study(inspection, to, on_sheet=on_sheet)
    search = None
    if mislabelled:
        with measured_steps(progress, "Training", folds * epochs, unit="epochs") as on_progress:
            search = search_mislabelled(found, config, on_progress=on_progress)
        if to is not None and sections is not None:
            write_mislabelled(inspection, sections, search.suspects, to, predictions=search.predictions)
    return DatasetStudy(inspection, search, None if to is None else to.page)


@names_arguments
def train(
    pictures: PictureSet | str | PathLike[str] | Sequence[str | PathLike[str]],
    output: str | PathLike[str] | None = None,
    *,
    preset: str = DEFAULT_PRESET,
    start_from: str | PathLike[str] | TrainResult | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    activation: Activation | None = None,
    size_px: int | None = None,
    precision: Precision = _TRAINING.precision,
    drawings: int = _TRAINING.drawings,
    seed: int | None = None,
    resume: bool = False,
    progress: Progress = True,
) -> TrainResult:
    """Train a classifier.

    Stopping it, with the stop button of a notebook or Ctrl-C, keeps and returns the complete epochs, with the
    networks `last` and `best` of these; `resume` continues. Before the first epoch is complete,
    KeyboardInterrupt is raised.

    Args:
        pictures: Pictures of `read_pictures`; or a folder or several, which are read and split as by default.
        output: Folder for the network, its history and its checkpoint; None takes `runs/PRESET`, or
            `runs/NETWORK-more` with `start_from`.
        preset: Network and training recipe: `springfield`, `residual`, `article-four-conv` or
            `article-six-conv`. Ignored with `start_from`, as `activation`, `size_px`, `precision` and
            `drawings`.
        start_from: Network to teach the characters of the pictures, without forgetting those it knows:
            `springfield`, which is in the repository, a `.keras` file, or a run, whose last network is taken.
            None trains a new network.
        epochs: Number of epochs; None takes that of the preset, as for the following.
        batch_size: Pictures per step; None also takes fewer for small data sets.
        learning_rate: Peak learning rate.
        activation: Activation of the article's networks, `relu` or `elu`.
        size_px: Input size of the network, 32-512.
        precision: `float32`, or `bfloat16`, which is about twice as fast on processors with bfloat16
            instructions.
        drawings: Number of our own drawings of each character of the sample clip to add.
        seed: Random seed; None takes that of the split.
        resume: Continue the training in `output`; needs the same arguments.
        progress: As for `read_pictures`; True also shows each epoch.

    Returns:
        The epochs, and the folder: `run.folder.last` is the network of the last epoch, the one to use, and
        `best` that of the best one on the validation pictures.

    Raises:
        DataError: A folder of pictures cannot be used, a picture cannot be read, the folder contains a run
            and `resume` is False, or the run to resume has other settings.
        ModelError: The network of `start_from` is missing or broken.
        SinkError: The folder cannot be written.
        DependencyError: A package for training is not installed.
        TypeError: An argument is not a number where one belongs.
        ValueError: An argument is out of range, or not one of the choices.

    Warns:
        SimpsonsWarning: Validation pictures have near duplicates to train on, or the training was stopped;
            for folders as `read_pictures`.

    Example:
        >>> run = train("PICTURES", "runs/mine", epochs=8)  # doctest: +SKIP
        >>> run.to_pandas()["val_accuracy"].max()  # doctest: +SKIP
    """
    with loading("train()"):
        from simpsons_training.leaks import leak_of
        from simpsons_training.plan import (
            config_for,
            default_run_folder,
            network_to_teach,
            plan_training,
            recipe_for,
        )

    seed, drawings = given_integer("seed", seed), given_integer("drawings", drawings)
    recipe = recipe_for(
        preset,
        fine_tuning=start_from is not None,
        epochs=given_integer("epochs", epochs),
        batch_size=given_integer("batch_size", batch_size),
        learning_rate=given_number("learning_rate", learning_rate),
        activation=activation,
        size_px=given_integer("size_px", size_px),
    )
    given = given_pictures([pictures])
    taught = None
    if start_from is not None:
        taught = network_to_teach(
            start_from if isinstance(start_from, str) else str(given_network(start_from))
        )
    if isinstance(given, list):
        found = _read(
            given,
            "train()",
            seed=_TRAINING.seed if seed is None else seed,
            one_is_enough=taught is not None,
            progress=progress,
        )
        _warn(*found.left_out, *found.too_few)
    else:
        found = given
    config = config_for(found, precision=precision, seed=seed, drawings=drawings)
    plan = plan_training(found, recipe, config, taught=taught, keep_batch_size=batch_size is not None)
    _warn(*filter(None, [leak_of(found.pictures, fingerprints=found.fingerprints).warning]))
    with training_watcher(progress, len(found.pictures)) as watcher:
        folder = default_run_folder(preset, taught) if output is None else Path(output)
        result = plan.run(folder, resume=resume, watcher=watcher)
    if result.interrupted:
        done = len(result.epochs)
        _warn(f"stopped after epoch {done} of {plan.recipe.epochs}; resume=True continues from there")
    return result


@names_arguments
def evaluate(
    model: str | PathLike[str] | TrainResult,
    *pictures: str | PathLike[str] | PictureSet,
    output: str | PathLike[str] | None = None,
    part: Part | None = None,
    split: Split | None = None,
    val_share: float | None = None,
    seed: int | None = None,
    threshold: float | None = None,
    backgrounds: bool = True,
    progress: Progress = True,
) -> Evaluation:
    """Evaluate a classifier on labelled pictures.

    The pictures of folders are split as in the training, so that it is evaluated on those that it was
    validated on. A `PictureSet` keeps the split that it has.

    Args:
        model: An `.onnx` file, or a `.keras` file of `train`; or the result or the folder of a training,
            whose last network is evaluated.
        pictures: Folders of pictures, see `read_pictures`; or one `PictureSet`.
        output: Folder for the report of `simpsons evaluate`; None writes nothing.
        part: `val` for the validation pictures, `train` for the training pictures, or `all`; None takes the
            validation pictures, or all of folders if the network was trained on others.
        split: How to split folders, instead of as in the training; see `read_pictures`. Likewise the next
            two.
        val_share: See `read_pictures`.
        seed: Random seed of a drawn split, and of the pictures in the report.
        threshold: Minimum probability for naming a character, 0-1; None takes the network's own.
        backgrounds: Also evaluate on background crops, the areas next to boxes, as unknown people.
        progress: As for `read_pictures`.

    Raises:
        ModelError: The file is missing or broken, or a detector, for which there is `simpsons evaluate`.
        DataError: There are no pictures to evaluate on, a picture cannot be read, or it shows a known
            character that the network has no label for.
        SinkError: The report cannot be written.
        DependencyError: A package for training is not installed.
        ValueError: An argument is out of range, or not one of the choices; or `split` or `val_share` is given
            for a `PictureSet`, which is split already.

    Warns:
        SimpsonsWarning: The pictures are not split as in the training, or some cannot be read.

    Example:
        >>> evaluation = evaluate("runs/mine/last.keras", "PICTURES")  # doctest: +SKIP
        >>> evaluation.accuracy  # doctest: +SKIP
        0.9732
    """
    val_share, seed = given_number("val_share", val_share), given_integer("seed", seed)
    threshold = given_number("threshold", threshold)
    require_choice("part", part, PARTS)
    require_split(split, val_share, seed)
    require_range("threshold", threshold, 0, 1)
    path = given_network(model)
    if not path.is_file():
        raise ModelError(f"{path} is not a file; give an .onnx or .keras file first, then folders")
    with loading("evaluate()"):
        from simpsons_training.detection.head_detector import HeadDetector, open_network
        from simpsons_training.evaluation.as_given import judge_as_given
        from simpsons_training.evaluation.as_trained import read_as_trained
        from simpsons_training.evaluation.judging import judge, write_evaluation

    given = given_pictures(pictures)
    if not isinstance(given, list) and (split, val_share) != (None, None):
        raise ValueError("a PictureSet is split already; leave out split and val_share, or give its folders")
    network = open_network(path)
    if isinstance(network, HeadDetector):
        raise ModelError(f"{path} is a detector; evaluate it with `simpsons evaluate`")
    if isinstance(given, list):
        folders = given
        with counted_steps(progress, "Reading pictures", None, unit="pictures") as on_picture:
            judged = read_as_trained(
                path,
                network.card,
                folders,
                part=part,
                split=split,
                val_share=val_share,
                seed=seed,
                on_picture=on_picture,
            )
        _warn(*judged.found.left_out)
    else:
        folders = list(given.folders)
        judged = judge_as_given(path, network.card, given, part=part, seed=seed)
    _warn(*filter(None, (judged.warning, judged.note)))
    to = None if output is None else Path(output)
    evaluation = judge(
        network,
        judged,
        folders,
        threshold=threshold,
        backgrounds=backgrounds,
        output=to,
        progress=progress,
    )
    if to is not None:
        write_evaluation(evaluation, network, to, folders=folders, seed=judged.seed)
    return evaluation


def _read(
    folders: Sequence[Path],
    purpose: str,
    *,
    split: Split = _TRAINING.split,
    val_share: float = _TRAINING.val_share,
    seed: int,
    one_is_enough: bool = False,
    progress: Progress,
) -> PictureSet:
    """Read and split pictures, of one character or of at least two; without warnings."""
    with loading(purpose):
        from simpsons_training import dataset
        from simpsons_training.listing import list_pictures

    with counted_steps(progress, "Reading pictures", None, unit="pictures") as step:
        if one_is_enough:
            listing = list_pictures(*folders)
            found = dataset.split_listing(
                listing, split=split, val_share=val_share, seed=seed, on_picture=step
            )
        else:
            found = dataset.read_pictures(
                *folders, split=split, val_share=val_share, seed=seed, on_picture=step
            )
        return dataset.without_unreadable(found, on_picture=step)


def _warn(*messages: str) -> None:
    """Warn the caller of the public function that this is called from."""
    for message in messages:
        warnings.warn(with_arguments(message), SimpsonsWarning, stacklevel=4)
