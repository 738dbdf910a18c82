"""Training a detector: marked heads and named pictures in, a network out."""

from __future__ import annotations

import csv
import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import keras

from simpsons_models import default_model
from simpsons_play.card import ModelCard
from simpsons_play.errors import DataError
from simpsons_training.dataset import PictureSet
from simpsons_training.detection.average_precision import average_precision
from simpsons_training.detection.batches import CollageBatches
from simpsons_training.detection.collages import Draw, of_scenes
from simpsons_training.detection.config import LEAST_SHOWN, DetectorConfig
from simpsons_training.detection.finder import find_heads
from simpsons_training.detection.head_table import TABLE_NAME, read_head_table, split_heads
from simpsons_training.detection.loss import detection_loss
from simpsons_training.detection.network import build_detector
from simpsons_training.detection.scenes import Scene
from simpsons_training.detection.sources import drawn_scenes, evenly, marked_scenes, taught_scenes
from simpsons_training.evaluation.predictor import open_predictor
from simpsons_training.storage import save_network

NETWORK = "heads"
"""What its card calls the network."""


@dataclass(frozen=True, slots=True)
class DetectorEpoch:
    """One row of a history.

    Attributes:
        epoch: counted from 1, in each of the two trainings.
        loss: of training, mean over the epoch.
        val_map_50: mean average precision of names at an intersection over union of 0.5, on the marked
            pictures kept for validation; 0-1.
        val_heads_ap_50: average precision of heads, whoever they are; 0-1.
        seconds: the epoch took.
    """

    epoch: int
    loss: float
    val_map_50: float
    val_heads_ap_50: float
    seconds: float


class DetectorWatcher(Protocol):
    """Whoever wants to hear how the training of a detector goes."""

    def on_stage(self, words: str, total: int) -> None:
        """Another part of the work begins, of so many steps."""

    def on_step(self) -> None:
        """A step of it is done."""

    def on_epoch(self, result: DetectorEpoch) -> None:
        """An epoch is done and saved."""


def train_detector(
    folder: Path, pictures: PictureSet, output_dir: Path, *, config: DetectorConfig, watcher: DetectorWatcher
) -> Path:
    """Train a detector, see `DetectorConfig`.

    Writes into `output_dir`: `teacher.keras`, `last.keras` and a history of each, after every
    epoch. Where
    `teacher.keras` is there already, it is taken.

    Args:
        folder: that holds `heads.csv`.
        pictures: named, with a training and a validation split.
        output_dir: made where it is missing.
        config: how to train.
        watcher: told of stages, steps and epochs.

    Returns:
        The file of the detector.

    Raises:
        DataError: the table of heads is missing or broken, a picture cannot be read, the folder cannot be
            written, or the shipped classifier knows other characters than the pictures show.
    """
    predictor = open_predictor(default_model())
    labels = predictor.card.labels
    if other := sorted(set(pictures.labels) - set(labels)):
        raise DataError(f"the pictures show {', '.join(other)}, whom {predictor.path.name} cannot name")
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{output_dir} cannot be written: {error.strerror}") from error
    watcher.on_stage("Reading marked heads", 1)
    marked = read_head_table(folder / TABLE_NAME)
    to_train, to_judge = split_heads(marked, pictures.pictures, val_share=config.val_share, seed=config.seed)
    train_scenes, val_scenes = marked_scenes(to_train, labels), marked_scenes(to_judge, labels)
    watcher.on_step()
    keras.utils.set_random_seed(config.seed)
    card = ModelCard(NETWORK, labels, max(config.size_px), color_order="RGB", regions=("heads",), version="1")
    teacher_path, last = output_dir / "teacher.keras", output_dir / "last.keras"
    if teacher_path.exists():
        model = keras.saving.load_model(teacher_path, compile=False)
    else:
        model = build_detector(labels=len(labels) + 1, size_px=config.size_px)
        begin_with_classifier(model, default_model().with_suffix(".keras"))
        told = dataclasses.replace(card, training_data=f"{len(to_train)} pictures with marked heads")
        _fit(
            model,
            of_scenes(train_scenes, [1.0] * len(train_scenes)),
            val_scenes,
            config,
            watcher,
            epochs=config.teacher_epochs,
            frozen=config.teacher_frozen,
            save=lambda rows: _save(model, teacher_path, told, rows),
        )
    known, others = pictures.select("train", known=True), pictures.select("train", known=False)
    watcher.on_stage("Finding heads", len(known) + len(others))
    named, of = taught_scenes(model, predictor, known, on_picture=watcher.on_step)
    strangers, _ = taught_scenes(model, predictor, others, on_picture=watcher.on_step)
    drawn = drawn_scenes(config.drawings, labels, config.seed)
    groups: list[tuple[list[Scene], Sequence[float], float]] = [
        (
            named,
            evenly([p.character for p in of], balance=config.balance),
            1 - config.marked - config.others - config.drawn,
        ),
        (strangers, [1 / max(1, len(strangers))] * len(strangers), config.others),
        (train_scenes, [1 / len(train_scenes)] * len(train_scenes), config.marked),
        (drawn, [1 / max(1, len(drawn))] * len(drawn), config.drawn),
    ]
    told = dataclasses.replace(
        card,
        training_data=f"{len(to_train)} pictures with marked heads; heads found in {len(named)} pictures of "
        f"{len(labels)} characters, split {pictures.how_split}, and in {len(strangers)} of other people as "
        f"nobody; {len(drawn)} drawings",
    )
    _fit(
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
        save=lambda rows: _save(model, last, told, rows),
    )
    return last


def begin_with_classifier(model: keras.Model, classifier: Path) -> None:
    """Give the backbone of a detector the weights of a classifier with the same layers.

    Raises:
        DataError: the file is missing or holds another network.
    """
    try:
        source = keras.saving.load_model(classifier, compile=False)
        for layer in source.layers:
            if layer.weights and layer.name.partition("_")[0].startswith(("stem", "block")):
                model.get_layer(layer.name).set_weights(layer.get_weights())
    except (OSError, ValueError) as error:
        raise DataError(
            f"{classifier} cannot be begun with; it comes with the source, not with the wheel"
        ) from error


def freeze(model: keras.Model, blocks: int) -> None:
    """Leave the stem and so many blocks of the backbone as they are; train all else."""
    for layer in model.layers:
        part = layer.name.partition("_")[0]
        number = part.removeprefix("block")
        layer.trainable = not (part == "stem" or (number.isdecimal() and int(number) < blocks))


def _fit(
    model: keras.Model,
    draw: Draw,
    val_scenes: Sequence[Scene],
    config: DetectorConfig,
    watcher: DetectorWatcher,
    *,
    epochs: int,
    frozen: int,
    save: Callable[[Sequence[DetectorEpoch]], None],
) -> None:
    labels = model.output_shape[-1] - 6
    batches = CollageBatches(
        draw,
        labels=labels,
        size_px=config.size_px,
        scenes=config.scenes,
        batch_size=config.batch_size,
        seed=config.seed,
    )
    freeze(model, frozen)
    steps = epochs * len(batches)
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 20,
        max(1, steps - steps // 20),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=steps // 20,
    )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=config.weight_decay,
        beta_2=0.99,
        clipnorm=5.0,
        use_ema=True,
        # In a short training the mean must not remember its beginning.
        ema_momentum=max(0.0, min(config.average, 1 - 20 / steps)),
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # XLA's depthwise convolutions are ten times slower on a CPU.
    model.compile(optimizer, detection_loss, jit_compile=False)
    watcher.on_stage("Training", steps)
    model.fit(
        batches,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[
            keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            _AfterEpoch(val_scenes, labels, watcher, save),
        ],
    )


class _AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Judges and saves the averaged weights after each epoch."""

    def __init__(
        self,
        val_scenes: Sequence[Scene],
        labels: int,
        watcher: DetectorWatcher,
        save: Callable[[Sequence[DetectorEpoch]], None],
    ) -> None:
        super().__init__()
        self._scenes, self._names = val_scenes, [str(i) for i in range(labels)]
        self._watcher, self._save = watcher, save
        self._rows: list[DetectorEpoch] = []
        self._began_s = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._watcher.on_step()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        images = [scene.image for scene in self._scenes]
        found = list(find_heads(self.model, images, least=LEAST_SHOWN))
        precision = average_precision(self._scenes, found, self._names)
        self._rows.append(
            DetectorEpoch(
                epoch + 1,
                float(logs["loss"]),
                precision.at_50,
                precision.heads,
                time.monotonic() - self._began_s,
            )
        )
        self._save(self._rows)
        self._watcher.on_epoch(self._rows[-1])


def _save(model: keras.Model, path: Path, card: ModelCard, rows: Sequence[DetectorEpoch]) -> None:
    save_network(model, path, card)
    with path.with_name(f"{path.stem}-history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in dataclasses.fields(DetectorEpoch)])
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in rows)
