"""Training as a library call; interrupts at any point leave a consistent run folder."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from keras import layers

import simpsons_training.batches
import simpsons_training.classifier_training
import simpsons_training.plan
from simpsons_play.core.errors import DataError
from simpsons_play.core.geometry import Box
from simpsons_play.inference.model_card import ModelCard
from simpsons_training import networks
from simpsons_training.classifier_training import TrainResult, train
from simpsons_training.commands.train import train as train_command
from simpsons_training.config import Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, read_pictures
from simpsons_training.epoch_callback import EpochCallback
from simpsons_training.evaluation.calibration import fit_temperature
from simpsons_training.evaluation.predictions import predict
from simpsons_training.evaluation.predictor import open_predictor, read_card
from simpsons_training.optimizers import make_optimizer, restore_optimizer
from simpsons_training.picture_record import PictureRecord
from simpsons_training.storage import EpochResult, RunFolder
from tests.training.pictures import write_pictures

STEPS = 2
RECIPE = Recipe("tiny", size_px=16, epochs=2, batch_size=8)
CONFIG = TrainConfig()


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(networks.NETWORKS, "tiny", lambda x, activation: layers.GlobalAveragePooling2D()(x))


class Interrupter:
    """Simulates Ctrl-C before or after the `at`-th write or rename."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, *, after: bool) -> None:
        self._left, self._after = at, after
        patch.setattr(keras.Model, "save", self._wrap(keras.Model.save))
        patch.setattr(shutil, "copyfile", self._wrap(shutil.copyfile))
        patch.setattr(os, "replace", self._wrap(os.replace))

    @property
    def has_fired(self) -> bool:
        return self._left < 0

    def _wrap(self, function: Callable[..., object]) -> Callable[..., None]:
        def interrupted(*args: object, **kwargs: object) -> None:
            self._left -= 1
            if self._left >= 0 or self._after:
                function(*args, **kwargs)
            if self._left == -1:
                raise KeyboardInterrupt

        return interrupted


def interrupt_a_save(
    model: keras.Model, path: Path, *, done: int, at: int, after: bool
) -> tuple[RunFolder, EpochCallback, bool]:
    """Save `done` epochs and one more that is interrupted, unless `at` is too late."""
    folder = RunFolder(path)
    path.mkdir()
    card = ModelCard(network="tiny", labels=("bart", "homer"), size_px=16, color_order="RGB")
    pictures, indices = np.zeros((2, 16, 16, 3), np.uint8), np.array([0, 1])
    model.optimizer.iterations.assign(0)
    callback = EpochCallback(
        folder,
        card,
        pictures,
        indices,
        [],
        None,
        networks.build("tiny", labels=2, size_px=16),
        record=PictureRecord({"0" * 16: "train"}),
    )
    callback.set_model(model)

    def epoch(number: int) -> None:
        callback.on_epoch_begin(number)
        for _ in range(STEPS):
            model.train_on_batch(pictures, np.eye(2))
        callback.on_epoch_end(number, {"loss": 1.0})

    for number in range(done):
        epoch(number)
    with pytest.MonkeyPatch.context() as patch:
        interrupter = Interrupter(patch, at, after=after)
        try:
            epoch(done)
        except KeyboardInterrupt:
            return folder, callback, True
        assert not interrupter.has_fired
    return folder, callback, False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("done", [0, 1])
def test_an_interrupted_save_leaves_complete_epochs(tmp_path: Path, done: int, after: bool) -> None:
    model = networks.build("tiny", labels=2, size_px=16)
    model.compile("sgd", "categorical_crossentropy")
    at, found = 0, set()
    while True:
        path = tmp_path / str(at)
        folder, callback, fired = interrupt_a_save(model, path, done=done, at=at, after=after)
        if not fired:
            break
        at += 1
        epochs = folder.read_epochs()
        found.add(len(epochs))
        assert not list(folder.path.glob("*.part.*"))
        assert len(callback.epochs) == done, "an epoch counts once it is completely saved"
        assert [epoch.epoch for epoch in epochs] == list(range(1, len(epochs) + 1))
        assert folder.checkpoint.exists() == bool(epochs)
        if epochs:
            assert folder.best.exists() and folder.last.exists()
            assert keras.saving.load_model(folder.checkpoint).optimizer.iterations == STEPS * len(epochs)
        rows = len(folder.history.read_text().splitlines()) - 1 if folder.history.exists() else 0
        assert done <= rows <= len(epochs), "the history is never ahead of the checkpoint"
    # Networks (the best one only in the first epoch), checkpoint and history are written, then renamed.
    assert at == (7 if done == 0 else 5)
    assert found == {done, done + 1}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> PictureSet:
    return read_pictures(write_pictures(tmp_path_factory.mktemp("pictures"), each=12))


class SilentWatcher:
    """A `Watcher` that does nothing."""

    def on_picture(self) -> None: ...
    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None: ...
    def on_step(self, epoch: int, step: int, loss: float) -> None: ...
    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None: ...


class CtrlC(SilentWatcher):
    """Interrupts after an epoch is saved."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        if result.epoch == self._epoch:
            raise KeyboardInterrupt


def run(pictures: PictureSet, output: Path, watcher: SilentWatcher | None = None, *, resume: bool = False):
    return train(pictures, output, recipe=RECIPE, config=CONFIG, resume=resume, watcher=watcher)


def test_an_interrupt_in_the_last_save_leaves_an_incomplete_run(pictures, tmp_path, monkeypatch) -> None:
    output = tmp_path / "run"
    reference = run(pictures, tmp_path / "reference")
    assert len(reference.epochs) == 2 and not reference.interrupted
    run(pictures, output, CtrlC(1))
    with monkeypatch.context() as patch:
        interrupter = Interrupter(patch, 0, after=False)
        patch.setattr(RunFolder, "write_history", lambda folder, epochs: None)
        result = run(pictures, output, resume=True)
    assert interrupter.has_fired
    assert (len(result.epochs), result.interrupted) == (1, True)
    result = run(pictures, output, resume=True)
    assert (len(result.epochs), result.interrupted) == (2, False)
    # No step is lost or repeated: the metrics equal those of an uninterrupted training.
    for got, wanted in zip(result.epochs, reference.epochs, strict=True):
        assert dataclasses.replace(got, seconds=0) == dataclasses.replace(wanted, seconds=0)


@pytest.mark.parametrize("recorded", ["train val checksum", "train val", ""])
def test_a_run_is_not_resumed_with_other_pictures(tmp_path: Path, recorded: str) -> None:
    """A drawn split changes with the pictures, so that some of those trained on would be validated on."""
    (tmp_path / "pictures").mkdir()
    folder = write_pictures(tmp_path / "pictures", each=12)
    run(read_pictures(folder), tmp_path / "run", CtrlC(1))
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    settings["pictures"] = {name: settings["pictures"][name] for name in recorded.split()}
    (tmp_path / "run" / "run.json").write_text(json.dumps(settings))
    moved = folder.rename(tmp_path / "moved")
    next(moved.glob("*/*")).unlink()
    if recorded:
        with pytest.raises(
            DataError, match=r"trained on other pictures, \d+ to train on .* resume with the same"
        ):
            run(read_pictures(moved), tmp_path / "run", resume=True)
    else:
        assert len(run(read_pictures(moved), tmp_path / "run", resume=True).epochs) == 2


def test_a_run_is_not_resumed_with_as_many_other_pictures(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    folder = write_pictures(tmp_path / "pictures", each=12)
    run(read_pictures(folder), tmp_path / "run", CtrlC(1))
    picture = next(folder.glob("*/*"))
    picture.rename(picture.with_name("other.png"))
    with pytest.raises(DataError, match="other pictures, or they were split in another way; resume"):
        run(read_pictures(folder), tmp_path / "run", resume=True)


def test_a_run_is_resumed_with_pictures_that_were_moved(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    folder = write_pictures(tmp_path / "pictures", each=12)
    run(read_pictures(folder), tmp_path / "run", CtrlC(1))
    moved = read_pictures(folder.rename(tmp_path / "moved"))
    assert len(run(moved, tmp_path / "run", resume=True).epochs) == 2


def test_an_interrupt_after_the_last_save_is_reported_and_resumes_to_the_same(pictures, tmp_path) -> None:
    result = run(pictures, tmp_path, CtrlC(2))
    assert (len(result.epochs), result.interrupted) == (2, True)
    (tmp_path / "history.csv").unlink()  # as if interrupted between checkpoint and history
    again = run(pictures, tmp_path, resume=True)
    assert (again.epochs, again.interrupted) == (result.epochs, False)
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 3


def test_an_interrupt_before_the_first_save_propagates(pictures, tmp_path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        # The settings are written first.
        Interrupter(patch, 1, after=False)
        with pytest.raises(KeyboardInterrupt):
            run(pictures, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]
    assert len(run(pictures, tmp_path / "run", resume=True).epochs) == 2


def test_a_restored_optimizer_continues_from_the_saved_state(tmp_path) -> None:
    """Exclusions from weight decay are not saved and must be set again."""
    pictures = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(layers.Conv2D(4, 3)(pictures)))
    model = keras.Model(pictures, layers.Dense(2, activation="softmax")(x))
    model.compile(make_optimizer(RECIPE, steps_per_epoch=5), "categorical_crossentropy")
    model.train_on_batch(np.ones((2, 8, 8, 3)), np.eye(2))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    restored = restore_optimizer(loaded, RECIPE, steps_per_epoch=5)
    assert restored.iterations == 1
    for got, wanted in zip(restored.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(got, wanted)
    decayed = [v.name for v in loaded.trainable_variables if restored._use_weight_decay(v)]
    assert decayed == ["kernel", "kernel"]


def test_damaged_checkpoints_are_data_errors(pictures, tmp_path) -> None:
    run(pictures, tmp_path, CtrlC(1))
    (tmp_path / "checkpoint.keras").write_bytes(b"PK, incomplete")
    with pytest.raises(DataError, match="cannot be resumed"):
        run(pictures, tmp_path, resume=True)


@pytest.mark.parametrize(("saved", "words"), [(2, "2 of 3; --resume continues"), (3, "3 of 3\n")])
def test_interrupted_commands_exit_with_130(pictures, tmp_path, monkeypatch, saved: int, words: str) -> None:
    epochs = tuple(EpochResult(n + 1, 1.0, 1.0, 0.5, 0.5, 0.1, 1.0) for n in range(saved))
    result = TrainResult(RunFolder(tmp_path), epochs, interrupted=True)
    monkeypatch.setattr(simpsons_training.plan, "train", lambda *args, **kwargs: result)
    folder = str(pictures.pictures[0].path.parents[1])
    done = CliRunner().invoke(train_command, [folder, "--epochs", "3"])
    assert done.exit_code == 130 and words in done.stderr


@pytest.mark.parametrize("number", ["nan", "inf", "0", "-1"])
@pytest.mark.parametrize("option", ["--learning-rate", "--val-share"])
def test_invalid_numbers_are_usage_errors(tmp_path, option: str, number: str) -> None:
    done = CliRunner().invoke(train_command, [str(tmp_path), option, number])
    assert done.exit_code == 2 and option in done.stderr


def test_begin_small_uses_smaller_pictures_in_the_first_epochs(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    augment = simpsons_training.batches.augment

    def watch(picture: object, size_px: int, *args: object) -> object:
        seen.append(size_px)
        return augment(picture, size_px, *args)

    monkeypatch.setattr(simpsons_training.batches, "augment", watch)
    recipe = dataclasses.replace(RECIPE, size_px=24, begin_small=0.5)
    result = train(pictures, tmp_path / "run", recipe=recipe, config=CONFIG)
    steps = len(pictures.select("train", known=True)) // 8
    # Worker threads prefetch batches, so the last ones may belong to the next epoch.
    assert set(seen[: 8 * steps]) == {16} and set(seen[-8:]) == {24}
    network = keras.saving.load_model(result.folder.last)
    assert network.input_shape == (None, 24, 24, 3)


def test_backgrounds_are_trained_without_a_label(
    pictures: PictureSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxed = [dataclasses.replace(p, box=Box(0, 0, 12, 40)) for p in pictures.pictures]
    with_boxes = dataclasses.replace(pictures, pictures=tuple(boxed))
    targets: list[np.ndarray] = []
    make_targets = simpsons_training.classifier_training.make_targets
    monkeypatch.setattr(
        simpsons_training.classifier_training,
        "make_targets",
        lambda indices, *args, **kw: targets.append(indices) or make_targets(indices, *args, **kw),
    )
    recipe = dataclasses.replace(RECIPE, epochs=1, backgrounds=True)
    result = train(with_boxes, tmp_path / "run", recipe=recipe, config=CONFIG)
    known = len(pictures.select("train", known=True))
    assert (targets[0][:known] >= 0).all() and len(targets[0]) > known
    assert (targets[0][known:] == -1).all()
    assert "background crops as unknown" in read_card(result.folder.last).training_data


def test_the_saved_network_has_a_fitted_temperature(pictures: PictureSet, tmp_path: Path) -> None:
    result = train(pictures, tmp_path / "run", recipe=RECIPE, config=CONFIG)
    assert {read_card(path).temperature for path in (result.folder.best, result.folder.last)} != {1.0}
    predictor = open_predictor(result.folder.last)
    predictions = predict(predictor, pictures.select("val", known=True))
    # Fitting again gains nothing, unless the first fit hit its bounds.
    assert predictor.card.temperature in (0.333, 3.0) or fit_temperature(
        predictions.probabilities, predictions.targets
    ) == pytest.approx(1, abs=0.02)
