"""Train the embedder."""

from __future__ import annotations

import dataclasses
import json
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt

from simpsons_models import default_model
from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.core.label_search import NOBODY
from simpsons_play.inference.embedder import EmbedderCard, Embeddings, mean_of_views
from simpsons_play.inference.head_crops import example_box, head_views
from simpsons_play.sinks.partial import make_folder
from simpsons_training.dataset import PictureSet
from simpsons_training.detection.initial_weights import load_backbone_weights
from simpsons_training.detection.training_loop import freeze
from simpsons_training.embedding.batches import HeadBatches
from simpsons_training.embedding.config import EmbedderConfig
from simpsons_training.embedding.heads import Heads, find_heads
from simpsons_training.embedding.network import (
    JOINED,
    NETWORK,
    CharacterCosines,
    Whitening,
    build_embedder,
    contrastive_loss,
    features_of,
    joined,
    margin_loss,
)
from simpsons_training.files import write_together

CARD_ENTRY, REFERENCES_ENTRY = "simpsons_play.embedder.json", "references.npy"
"""Entries of the `.keras` file, a zip archive: the card, and (R, D) float16 reference embeddings."""

_SHRINKAGE = 0.1

_FROZEN_BLOCKS = 4
"""Blocks of the backbone, from the first, that stay as they are: edges and colours are those of the show
already, and training the rest takes half the time."""


@dataclass(frozen=True, slots=True)
class EmbedderEpoch:
    """An epoch of the training.

    Attributes:
        epoch: Counted from 1.
        loss: Mean training loss.
        seconds: Duration.
    """

    epoch: int
    loss: float
    seconds: float


class EmbedderWatcher(Protocol):
    """Receives the progress of a training."""

    def on_stage(self, title: str, total: int) -> None:
        """A new stage with `total` steps starts."""

    def on_step(self) -> None:
        """A step of the current stage is complete."""

    def on_epoch(self, result: EmbedderEpoch) -> None:
        """An epoch is complete and saved."""


def train_embedder(
    pictures: PictureSet, output_dir: Path, *, config: EmbedderConfig, watcher: EmbedderWatcher
) -> Path:
    """Train an embedder on the heads in pictures of known characters and of others.

    After every epoch, `output_dir` holds `last.keras`, with the card and the reference embeddings.

    Args:
        pictures: Pictures with a training and a validation split.
        output_dir: Output folder; created if missing.
        config: How to train.
        watcher: Receives stages, steps and epochs.

    Returns:
        Path of `last.keras`.

    Raises:
        DataError: A picture cannot be read, the folder cannot be written, or there are no heads of at least
            two characters.
        ModelError: The included detector is missing.
    """
    epochs = -(-config.steps // config.steps_per_epoch)
    config = dataclasses.replace(config, steps_per_epoch=-(-config.steps // epochs))
    chosen = [p for p in pictures.pictures if p.split == "train" and p.character not in config.held_out]
    make_folder(output_dir)
    watcher.on_stage("Finding heads", len(chosen))
    heads = find_heads(chosen, held_out=config.held_out, on_picture=watcher.on_step)
    characters = tuple(sorted(set(heads.characters)))
    if len(characters) < 2:
        raise DataError(f"heads of {len(characters)} characters were found; at least two are needed")
    keras.utils.set_random_seed(config.seed)
    embedder = build_embedder(size_px=config.size_px, dimensions=config.dimensions)
    load_backbone_weights(embedder, default_model().with_suffix(".keras"))
    freeze(embedder, _FROZEN_BLOCKS)
    cosines = CharacterCosines(len(characters), name="cosines")(embedder.output)
    model = keras.Model(embedder.input, {"embeddings": embedder.output, "cosines": cosines})
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 50,
        max(1, config.steps - config.steps // 20),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=config.steps // 20,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0)
    losses = {"embeddings": contrastive_loss(config), "cosines": margin_loss(config)}
    # XLA's depthwise convolutions are ten times slower on a CPU.
    model.compile(optimizer, losses, jit_compile=False)
    aside = set_aside(heads, config)
    batches = HeadBatches(heads, characters, config, without={heads.scenes[i] for i in aside})
    path = output_dir / "last.keras"
    card = EmbedderCard(
        NETWORK,
        config.size_px,
        characters,
        (),
        f"{len(heads.characters)} heads of {len(characters)} characters, split {pictures.how_split}, and "
        f"{len(heads.strangers)} of strangers",
    )
    save = partial(_save, embedder, path, card, heads, aside, config)
    watcher.on_stage("Training", epochs * config.steps_per_epoch)
    model.fit(
        batches,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[_EpochCallback(batches, watcher, save)],
    )
    return path


def embed(model: keras.Model, crops: Image, size_px: int) -> Embeddings:
    """Embed stored crops as the player does: (N, H, H, 3) uint8 BGR -> (N, D) float32 unit vectors."""
    if not len(crops):
        return np.zeros((0, model.output_shape[-1]), np.float32)
    (rows,) = _seen_by(model, crops, size_px)
    return mean_of_views(rows, len(crops))


def _seen_by(model: keras.Model, crops: Image, size_px: int) -> list[Embeddings]:
    """The outputs of a network for all views of stored crops: one array (N * V, D) each."""
    views = np.concatenate([head_views(crop, example_box(crop), size_px) for crop in crops])
    outputs = model.predict(views[..., ::-1], batch_size=128, verbose=0)
    return [np.asarray(rows, np.float32) for rows in (outputs if isinstance(outputs, list) else [outputs])]


def with_joined_features(
    embedder: keras.Model, crops: Image, labels: Sequence[str], *, size_px: int
) -> keras.Model:
    """The network that the player uses, made of a trained one; see `network.JOINED`.

    Args:
        embedder: See `network.build_embedder`.
        crops: (N, H, H, 3) uint8 BGR stored crops that were not trained on.
        labels: Their characters.
        size_px: Side of the network's input.
    """
    features = features_of(embedder)
    whitenings = []
    for name, rows in zip(JOINED, _seen_by(features, crops, size_px), strict=True):
        means = rows.reshape(len(crops), -1, rows.shape[1]).mean(axis=1)
        # Embeddings are unit vectors, whose angles tell; other features have only positive numbers.
        centre = np.zeros(rows.shape[1], np.float32) if name == "embeddings" else means.mean(axis=0)
        whitenings.append(Whitening(centre, whitening(means, labels)))
    return joined(features, whitenings)


def whitening(features: Embeddings, labels: Sequence[str]) -> npt.NDArray[np.float32]:
    """The matrix that makes heads of one character differ by as much in every direction.

    Directions in which heads of one character differ, such as pose and light, count less then (within-class
    covariance normalization: Hatch, Kajarekar and Stolcke 2006). On characters that were never trained on,
    it names 1 to 4% more heads right. The variances are raised by a tenth of their mean, because a small one
    may be chance.

    Args:
        features: (N, D) features of heads that were not trained on.
        labels: Their characters.

    Returns:
        (D, D) symmetric matrix.
    """
    names = np.array(labels)
    dimensions = features.shape[1]
    within = np.zeros((dimensions, dimensions))
    for name in sorted(set(labels)):
        apart = features[names == name] - features[names == name].mean(axis=0)
        within += apart.T.astype(np.float64) @ apart
    variances, directions = np.linalg.eigh(within / max(1, len(features)))
    raised = np.maximum(variances, 0) + _SHRINKAGE * max(float(variances.mean()), 1e-9)
    return np.asarray(directions @ np.diag(raised**-0.5) @ directions.T, np.float32)


class _EpochCallback(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self, batches: HeadBatches, watcher: EmbedderWatcher, save: Callable[[], object]) -> None:
        super().__init__()
        self._batches, self._watcher, self._save = batches, watcher, save
        self._started_s = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.start_epoch(epoch)
        self._started_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._watcher.on_step()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._save()
        seconds = time.monotonic() - self._started_s
        self._watcher.on_epoch(EmbedderEpoch(epoch + 1, float(logs["loss"]), seconds))


def _save(
    embedder: keras.Model,
    path: Path,
    card: EmbedderCard,
    heads: Heads,
    aside: npt.NDArray[np.intp],
    config: EmbedderConfig,
) -> None:
    labels = tuple(heads.characters[i] for i in aside)
    network = with_joined_features(embedder, heads.crops[aside], labels, size_px=config.size_px)
    random = np.random.default_rng(config.seed)
    strangers = random.permutation(len(heads.strangers))[: config.stranger_references]
    crops = np.concatenate([heads.crops[aside], heads.strangers[strangers]])
    references = embed(network, crops, config.size_px).astype(np.float16)
    # Its own, because embeddings of two trainings cannot be compared.
    version = sha256(b"".join(weights.tobytes() for weights in network.get_weights())).hexdigest()[:8]
    names = (*labels, *(NOBODY,) * len(strangers))
    card = dataclasses.replace(card, reference_labels=names, version=version)

    def write(part: Path) -> None:
        network.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(CARD_ENTRY, json.dumps(card.to_metadata(), indent=2))
            with archive.open(REFERENCES_ENTRY, "w") as file:
                np.lib.format.write_array(file, references)

    write_together({path: write})


def set_aside(heads: Heads, config: EmbedderConfig) -> npt.NDArray[np.intp]:
    """Heads of the known characters that become the references: of whole scenes, which are not trained on.

    Embeddings of heads that were trained on lie closer together than those that the player meets.
    """
    random = np.random.default_rng(config.seed)
    chosen: list[int] = []
    names = {name for name, known in zip(heads.characters, heads.known, strict=True) if known}
    for character in sorted(names):
        own = heads.where(split="train", characters=[character])
        scenes = sorted({heads.scenes[i] for i in own})
        drawn: list[int] = []
        for scene in random.permutation(scenes)[: len(scenes) // 2]:
            if len(drawn) >= config.references:
                break
            of_scene = [int(i) for i in own if heads.scenes[i] == scene]
            if len(drawn) + len(of_scene) <= max(config.references, len(own) // 8):
                drawn += of_scene
        chosen += random.permutation(drawn)[: config.references].astype(int).tolist()
    return np.array(chosen, np.intp)
