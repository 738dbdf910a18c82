"""Train a detector on annotated and pseudo-labelled pictures."""

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
from simpsons_play.core.errors import DataError
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sinks.partial import make_folder
from simpsons_training.dataset import PictureSet
from simpsons_training.detection.config import DetectorConfig
from simpsons_training.detection.head_table import read_head_tables, split_heads
from simpsons_training.detection.initial_weights import (
    average_weights_with,
    load_backbone_weights,
    load_detector_weights,
)
from simpsons_training.detection.mosaics import weighted_sampler
from simpsons_training.detection.network import build_detector
from simpsons_training.detection.scenes import Scene
from simpsons_training.detection.sources import (
    annotated_scenes,
    balanced_weights,
    drawn_scenes,
    pseudo_labelled_scenes,
)
from simpsons_training.detection.training_loop import DetectorEpoch, DetectorWatcher, fit
from simpsons_training.evaluation.predictor import Predictor, open_predictor
from simpsons_training.files import write_atomic
from simpsons_training.storage import save_network

NETWORK = "heads"
"""Name of the network on its model card."""


def train_detector(
    folders: Sequence[Path],
    pictures: PictureSet,
    output_dir: Path,
    *,
    config: DetectorConfig,
    watcher: DetectorWatcher,
    teacher: Path | None = None,
) -> Path:
    """Train a detector; see `DetectorConfig` for the stages.

    After every epoch, `output_dir` holds `last.keras`, `best.keras` (the epoch with the highest validation
    mean average precision) and `history.csv`; `teacher.keras` and `teacher-history.csv` if a teacher model is
    trained. With a given `teacher`, `mean.keras` is written at the end: the mean of its weights and those of
    the last epoch, which was more accurate than either on pictures and footage (as Wortsman et al. 2021 found
    for other networks, arXiv:2109.01903).

    Args:
        folders: Folders, at least one of which holds a `heads.csv`.
        pictures: Pictures of characters, with a training and a validation split.
        output_dir: Output folder; created if missing.
        config: How to train.
        watcher: Receives stages, steps and epochs.
        teacher: A detector of an earlier training that pseudo-labels the pictures and provides the initial
            weights; repeating this improves the student (Xie et al. 2020, arXiv:1911.04252). Without one, a
            teacher model is trained first.

    Returns:
        The file to use: `mean.keras` with a given teacher, otherwise `best.keras`.

    Raises:
        DataError: The head table is missing or invalid, a picture cannot be read, the folder cannot be
            written, the training would overwrite the teacher, or the pictures show characters that the
            bundled classifier does not know.
        ModelError: `teacher` is missing or broken, or has another architecture or other labels.
    """
    if teacher is not None:
        refuse_to_overwrite(teacher, output_dir)
    predictor = open_predictor(default_model())
    labels = predictor.card.labels
    if unknown := sorted(set(pictures.labels) - set(labels)):
        raise DataError(f"{predictor.path.name} has no labels for these characters: {', '.join(unknown)}")
    model = build_detector(labels=len(labels) + 1, size_px=config.size_px)
    if teacher is not None:
        load_detector_weights(model, teacher, labels)
    annotated = read_head_tables(folders)
    make_folder(output_dir)
    watcher.on_stage("Reading annotated heads", 1)
    train_pictures, val_pictures = split_heads(annotated, pictures.pictures, val_share=config.val_share)
    train_scenes, val_scenes = (
        annotated_scenes(train_pictures, labels),
        annotated_scenes(val_pictures, labels),
    )
    watcher.on_step()
    keras.utils.set_random_seed(config.seed)
    card = ModelCard(
        NETWORK,
        labels,
        max(config.size_px),
        color_order="RGB",
        regions=("heads",),
        version="1",
        split=pictures.record,
    )
    if teacher is None:
        load_backbone_weights(model, default_model().with_suffix(".keras"))
        teacher_card = dataclasses.replace(
            card, training_data=f"{len(train_pictures)} pictures with annotated heads"
        )
        fit(
            model,
            weighted_sampler(train_scenes, [1.0] * len(train_scenes)),
            val_scenes,
            config,
            watcher,
            epochs=config.teacher_epochs,
            frozen_blocks=config.teacher_frozen_blocks,
            save=partial(_save, model, _Files(output_dir, "teacher"), teacher_card),
        )
    drawn = drawn_scenes(config.drawings, labels, config.seed)
    groups, description = _pseudo_labelled_groups(model, predictor, pictures, config, watcher)
    groups += [
        _Group(train_scenes, uniform_weights(len(train_scenes)), config.annotated_share),
        _Group(drawn, uniform_weights(len(drawn)), config.drawings_share),
    ]
    card = dataclasses.replace(
        card,
        training_data=f"{len(train_pictures)} pictures with annotated heads; {description}; "
        f"{len(drawn)} drawings",
    )
    files = _Files(output_dir, "last", best="best")
    fit(
        model,
        weighted_sampler(
            [scene for group in groups for scene in group.scenes],
            [group.share * weight for group in groups for weight in group.weights],
        ),
        val_scenes,
        config,
        watcher,
        epochs=config.epochs,
        frozen_blocks=config.frozen_blocks,
        save=partial(_save, model, files, card),
    )
    if teacher is None:
        return files.path_of("best")
    average_weights_with(model, teacher)
    _save_network(model, files.path_of("mean"), card)
    return files.path_of("mean")


def refuse_to_overwrite(teacher: Path, output_dir: Path) -> None:
    """Raise DataError if a training would overwrite its own teacher."""
    written = (output_dir / f"{name}.keras" for name in ("teacher", "last", "best", "mean"))
    if any(path.exists() and teacher.exists() and path.samefile(teacher) for path in written):
        raise DataError(f"{teacher} is the teacher and would be overwritten; give another folder with -o")


def uniform_weights(count: int) -> list[float]:
    """Equal sampling weights that sum to 1."""
    return [1 / count] * count if count else []


@dataclass(frozen=True, slots=True)
class _Group:
    """Scenes of one source.

    Attributes:
        scenes: The scenes.
        weights: Sampling weights among them, summing to 1.
        share: Share of the group among all scenes.
    """

    scenes: list[Scene]
    weights: Sequence[float]
    share: float


def _pseudo_labelled_groups(
    model: keras.Model,
    predictor: Predictor,
    pictures: PictureSet,
    config: DetectorConfig,
    watcher: DetectorWatcher,
) -> tuple[list[_Group], str]:
    """Pseudo-label the training pictures with a detector; also returns a description for the model card."""
    known, others = pictures.select("train", known=True), pictures.select("train", known=False)
    watcher.on_stage("Finding heads", len(known) + len(others))
    known_scenes, known_used = pseudo_labelled_scenes(model, predictor, known, on_picture=watcher.on_step)
    other_scenes, others_used = pseudo_labelled_scenes(model, predictor, others, on_picture=watcher.on_step)
    share = 1 - config.annotated_share - config.others_share - config.drawings_share
    groups = [
        _Group(
            known_scenes, balanced_weights([p.character for p in known_used], balance=config.balance), share
        ),
        _Group(
            other_scenes,
            balanced_weights([p.character for p in others_used], balance=config.balance),
            config.others_share,
        ),
    ]
    description = (
        f"heads found in {len(known_scenes)} pictures of {len(pictures.labels)} characters, split "
        f"{pictures.how_split}, and in {len(other_scenes)} of other people as unknown"
    )
    return groups, description


@dataclass(frozen=True, slots=True)
class _Files:
    """File names of one training stage.

    Attributes:
        folder: Output folder.
        last: Name of the network of the last epoch.
        best: Name of the network of the best epoch; None if only the last one is saved.
    """

    folder: Path
    last: str
    best: str | None = None

    def path_of(self, name: str) -> Path:
        """Path of the network with this name."""
        return self.folder / f"{name}.keras"

    @property
    def history(self) -> Path:
        """Path of the table of epochs."""
        return self.folder / ("history.csv" if self.best else f"{self.last}-history.csv")


def _save(model: keras.Model, files: _Files, card: ModelCard, rows: Sequence[DetectorEpoch]) -> None:
    _save_network(model, files.path_of(files.last), card)
    if files.best and rows[-1].val_map_50 >= max(row.val_map_50 for row in rows):
        _save_network(model, files.path_of(files.best), card)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in dataclasses.fields(DetectorEpoch)])
    writer.writeheader()
    writer.writerows(dataclasses.asdict(row) for row in rows)
    write_atomic(files.history, text.getvalue())


def _save_network(model: keras.Model, path: Path, card: ModelCard) -> None:
    # A fresh network: the model in training would also save its optimiser, at three times the size.
    height, width = model.input_shape[1:3]
    network = build_detector(labels=len(card.labels) + 1, size_px=(width, height))
    network.set_weights(model.get_weights())
    save_network(network, path, card)
