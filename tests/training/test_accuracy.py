"""Training accuracy: which pictures count, and that it is written to the history."""

import math
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from simpsons_play.core.errors import DataError
from simpsons_training import networks
from simpsons_training.batches import make_targets
from simpsons_training.classifier_training import train
from simpsons_training.config import Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, read_pictures
from simpsons_training.display import TrainingDisplay
from simpsons_training.metrics import SoftTargetAccuracy
from simpsons_training.storage import EpochResult, RunFolder
from tests.training.pictures import write_pictures

RECIPE = Recipe("tiny", size_px=16, epochs=2, batch_size=8)
FIRST_LABEL = [0.8, 0.1, 0.1]


def accuracy(targets: np.ndarray, predicted: list[list[float]], weights: list[float] | None = None) -> float:
    metric = SoftTargetAccuracy("accuracy")
    metric.update_state(
        targets, np.array(predicted, np.float32), None if weights is None else np.array(weights)
    )
    return float(metric.result())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_accuracy_ignores_pictures_without_a_label(smoothing: float) -> None:
    targets = make_targets(np.array([0, 1, -1, -1]), 3, smoothing=smoothing)
    assert accuracy(targets, [FIRST_LABEL] * 4) == 0.5


def test_accuracy_ignores_sample_weights() -> None:
    targets = make_targets(np.array([0, 1]), 3, smoothing=0.1)
    assert accuracy(targets, [FIRST_LABEL] * 2, [9.0, 1.0]) == 0.5


def test_the_larger_share_of_a_mix_is_the_correct_label() -> None:
    bart, unknown = make_targets(np.array([1, -1]), 3, smoothing=0.1)
    mixed = np.stack([0.6 * bart + 0.4 * np.array([0, 0, 1]), 0.5 * bart + 0.5 * unknown])
    assert accuracy(mixed, [[0.1, 0.8, 0.1]] * 2) == 1.0
    assert accuracy(mixed, [[0.1, 0.1, 0.8]] * 2) == 0.0


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PictureSet:
    """Two characters, and a network that trains instantly."""
    monkeypatch.setitem(networks.NETWORKS, "tiny", lambda x, activation: layers.GlobalAveragePooling2D()(x))
    (tmp_path / "pictures").mkdir()
    return read_pictures(write_pictures(tmp_path / "pictures", each=12))


class CtrlCAfterAnEpoch(TrainingDisplay):
    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        super().on_epoch(result, is_best=is_best)
        raise KeyboardInterrupt


def test_a_training_prints_and_saves_accuracy(
    pictures: PictureSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with CtrlCAfterAnEpoch(len(pictures.pictures)) as display:
        (epoch,) = train(
            pictures, tmp_path / "run", recipe=RECIPE, config=TrainConfig(), watcher=display
        ).epochs
    assert 0 <= epoch.accuracy <= 1
    assert RunFolder(tmp_path / "run").read_history() == [epoch]
    assert f"  accuracy {epoch.accuracy:.4f}  val loss" in capsys.readouterr().err


def test_a_training_resumes_from_a_checkpoint_without_accuracy(pictures: PictureSet, tmp_path: Path) -> None:
    output = tmp_path / "run"
    with CtrlCAfterAnEpoch(len(pictures.pictures)) as display:
        train(pictures, output, recipe=RECIPE, config=TrainConfig(), watcher=display)
    checkpoint = output / "checkpoint.keras"
    model = keras.saving.load_model(checkpoint)
    model.compile(model.optimizer, "categorical_crossentropy")
    model.save(checkpoint)
    rows = [row.rpartition(",")[0] for row in (output / "history.csv").read_text().splitlines()]
    assert rows[0].endswith(",seconds")
    with zipfile.ZipFile(checkpoint, "a") as archive:
        archive.writestr("simpsons_history.csv", "\n".join(rows))
    first, second = train(pictures, output, recipe=RECIPE, config=TrainConfig(), resume=True).epochs
    assert math.isnan(first.accuracy) and 0 <= second.accuracy <= 1


def test_a_checkpoint_without_macro_f1_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with zipfile.ZipFile(tmp_path / "run" / "checkpoint.keras", "w") as archive:
        archive.writestr("simpsons_history.csv", "epoch,loss,val_loss,val_accuracy,learning_rate,seconds\n")
    with pytest.raises(DataError, match="cannot be resumed"):
        RunFolder(tmp_path / "run").read_epochs()
