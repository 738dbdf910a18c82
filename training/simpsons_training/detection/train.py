"""Training a detector: marked heads and named pictures in, a network out."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras

from simpsons_models import default_model
from simpsons_play.core.errors import DataError, ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sinks.partial import make_folder
from simpsons_training.dataset import PictureSet
from simpsons_training.detection.collages import of_scenes
from simpsons_training.detection.config import DetectorConfig
from simpsons_training.detection.fitting import DetectorEpoch, DetectorWatcher, fit
from simpsons_training.detection.head_table import TABLE_NAME, read_head_table, split_heads
from simpsons_training.detection.network import build_detector
from simpsons_training.detection.scenes import Scene
from simpsons_training.detection.sources import drawn_scenes, evenly, marked_scenes, taught_scenes
from simpsons_training.evaluation.predictor import Predictor, open_predictor, read_card
from simpsons_training.files import write_whole
from simpsons_training.keras_file import load_keras
from simpsons_training.storage import save_network

NETWORK = "heads"
"""What its card calls the network."""


def train_detector(
    folder: Path,
    pictures: PictureSet,
    output_dir: Path,
    *,
    config: DetectorConfig,
    watcher: DetectorWatcher,
    teacher: Path | None = None,
) -> Path:
    """Train a detector, see `DetectorConfig`.

    Writes into `output_dir`, after every epoch: `last.keras`, `best.keras`, which is that of the epoch with
    the highest mean average precision on the marked pictures kept for validation, and `history.csv`; and
    `teacher.keras` and `teacher-history.csv`, where a teacher is trained. Where one is given, `mean.keras` at
    the end: halfway between its weights and those of the last epoch, which was righter than either on
    pictures and footage (as Wortsman et al. 2021 found of other networks, arXiv:2109.01903).

    Args:
        folder: that holds `heads.csv`.
        pictures: named, with a training and a validation split.
        output_dir: made where it is missing.
        config: how to train.
        watcher: told of stages, steps and epochs.
        teacher: a detector that this or another training left, to find the heads and to go on from; a student
            of a student knows more (Xie et al. 2020, arXiv:1911.04252). Without one, a teacher is trained.

    Returns:
        The file to use: of the mean, where a teacher was given, else of the best epoch.

    Raises:
        DataError: the table of heads is missing or broken, a picture cannot be read, the folder cannot be
            written, or its detectors would replace the teacher, or the shipped classifier knows other
            characters than the pictures show.
        ModelError: `teacher` is missing, broken, or another network than would be trained here.
    """
    if teacher is not None:
        refuse_to_replace(teacher, output_dir)
    predictor = open_predictor(default_model())
    labels = predictor.card.labels
    if other := sorted(set(pictures.labels) - set(labels)):
        raise DataError(f"the pictures show {', '.join(other)}, whom {predictor.path.name} cannot name")
    model = build_detector(labels=len(labels) + 1, size_px=config.size_px)
    if teacher is not None:
        begin_with_detector(model, teacher, labels)
    marked = read_head_table(folder / TABLE_NAME)
    make_folder(output_dir)
    watcher.on_stage("Reading marked heads", 1)
    to_train, to_judge = split_heads(marked, pictures.pictures, val_share=config.val_share)
    train_scenes, val_scenes = marked_scenes(to_train, labels), marked_scenes(to_judge, labels)
    watcher.on_step()
    keras.utils.set_random_seed(config.seed)
    card = ModelCard(NETWORK, labels, max(config.size_px), color_order="RGB", regions=("heads",), version="1")
    if teacher is None:
        begin_with_classifier(model, default_model().with_suffix(".keras"))
        told = dataclasses.replace(card, training_data=f"{len(to_train)} pictures with marked heads")
        fit(
            model,
            of_scenes(train_scenes, [1.0] * len(train_scenes)),
            val_scenes,
            config,
            watcher,
            epochs=config.teacher_epochs,
            frozen=config.teacher_frozen,
            save=partial(_save, model, _Files(output_dir, "teacher"), told),
        )
    drawn = drawn_scenes(config.drawings, labels, config.seed)
    groups, words = _found(model, predictor, pictures, config, watcher)
    groups += [(train_scenes, even(len(train_scenes)), config.marked)]
    groups += [(drawn, even(len(drawn)), config.drawn)]
    told = dataclasses.replace(
        card, training_data=f"{len(to_train)} pictures with marked heads; {words}; {len(drawn)} drawings"
    )
    files = _Files(output_dir, "last", best="best")
    fit(
        model,
        of_scenes(
            [scene for scenes, _, _ in groups for scene in scenes],
            [share * weight for _, weights, share in groups for weight in weights],
        ),
        val_scenes,
        config,
        watcher,
        epochs=config.epochs,
        frozen=config.frozen,
        save=partial(_save, model, files, told),
    )
    if teacher is None:
        return files.path_of("best")
    go_halfway_to(model, teacher)
    _save_network(model, files.path_of("mean"), told)
    return files.path_of("mean")


def refuse_to_replace(teacher: Path, output_dir: Path) -> None:
    """Raise DataError where a training would write over the detector that it learns from until its end."""
    written = (output_dir / f"{name}.keras" for name in ("teacher", "last", "best", "mean"))
    if any(path.exists() and teacher.exists() and path.samefile(teacher) for path in written):
        raise DataError(f"{teacher} is the teacher; it would be overwritten, so give another folder with -o")


Group = tuple[list[Scene], Sequence[float], float]
"""Scenes, how often each comes up among them, and how often they all do."""


def even(count: int) -> list[float]:
    """Every one as often as every other."""
    return [1 / count] * count if count else []


def _found(
    model: keras.Model,
    predictor: Predictor,
    pictures: PictureSet,
    config: DetectorConfig,
    watcher: DetectorWatcher,
) -> tuple[list[Group], str]:
    """The named pictures to train on, with the heads that a detector finds in them, and words on them."""
    known, others = pictures.select("train", known=True), pictures.select("train", known=False)
    watcher.on_stage("Finding heads", len(known) + len(others))
    named, of = taught_scenes(model, predictor, known, on_picture=watcher.on_step)
    strangers, of_strangers = taught_scenes(model, predictor, others, on_picture=watcher.on_step)
    share = 1 - config.marked - config.others - config.drawn
    groups: list[Group] = [
        (named, evenly([p.character for p in of], balance=config.balance), share),
        (strangers, evenly([p.character for p in of_strangers], balance=config.balance), config.others),
    ]
    words = (
        f"heads found in {len(named)} pictures of {len(pictures.labels)} characters, split "
        f"{pictures.how_split}, and in {len(strangers)} of other people as nobody"
    )
    return groups, words


def begin_with_detector(model: keras.Model, detector: Path, labels: Sequence[str]) -> None:
    """Give a detector the weights of another that is built alike.

    Args:
        model: gets them.
        detector: a `.keras` file that `train_detector` wrote.
        labels: that it must name, in this order.

    Raises:
        ModelError: the file is missing or broken, or holds another network, or one that names others.
    """
    card = read_card(detector)
    if not card.detects:
        raise ModelError(f"{detector} names pictures and finds no heads; give a detector")
    if card.labels != tuple(labels):
        raise ModelError(f"{detector} names others than {', '.join(labels)}; leave the teacher out")
    with guarded(ModelError, f"{detector} is built otherwise than this version builds", "train it again"):
        model.set_weights(load_keras(detector).get_weights())


def go_halfway_to(model: keras.Model, detector: Path) -> None:
    """Give a detector the mean of its own weights and those of another that is built alike."""
    other = load_keras(detector).get_weights()
    model.set_weights([(a + b) / 2 for a, b in zip(model.get_weights(), other, strict=True)])


def begin_with_classifier(model: keras.Model, classifier: Path) -> None:
    """Give the backbone of a detector the weights of a classifier with the same layers.

    Raises:
        DataError: the file is missing or holds another network.
    """
    try:
        source = load_keras(classifier)
        for layer in source.layers:
            if layer.weights and layer.name.partition("_")[0].startswith(("stem", "block")):
                model.get_layer(layer.name).set_weights(layer.get_weights())
    except (ModelError, ValueError) as error:
        raise DataError(
            f"{classifier} cannot be begun with; it comes with the source, not with the wheel"
        ) from error


@dataclass(frozen=True, slots=True)
class _Files:
    """What a stretch of training is called on disk.

    Attributes:
        folder: of all.
        last: name of the last epoch's network.
        best: name of the best epoch's; None where only the last is kept.
    """

    folder: Path
    last: str
    best: str | None = None

    def path_of(self, name: str) -> Path:
        """Where the network of this name lies."""
        return self.folder / f"{name}.keras"

    @property
    def history(self) -> Path:
        """Where the epochs are told."""
        return self.folder / ("history.csv" if self.best else f"{self.last}-history.csv")


def _save(model: keras.Model, files: _Files, card: ModelCard, rows: Sequence[DetectorEpoch]) -> None:
    _save_network(model, files.path_of(files.last), card)
    if files.best and rows[-1].val_map_50 >= max(row.val_map_50 for row in rows):
        _save_network(model, files.path_of(files.best), card)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in dataclasses.fields(DetectorEpoch)])
    writer.writeheader()
    writer.writerows(dataclasses.asdict(row) for row in rows)
    write_whole(files.history, text.getvalue())


def _save_network(model: keras.Model, path: Path, card: ModelCard) -> None:
    # A network of its own: the one in training would bring its optimiser along, thrice as large.
    height, width = model.input_shape[1:3]
    network = build_detector(labels=len(card.labels) + 1, size_px=(width, height))
    network.set_weights(model.get_weights())
    save_network(network, path, card)
