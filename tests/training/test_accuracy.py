"""Training accuracy: what is counted, and that it reaches the history."""

import math
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from simpsons_play.core.errors import DataError
from simpsons_training import networks
from simpsons_training.accuracy import NamedRight
from simpsons_training.batches import make_targets
from simpsons_training.config import Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, read_pictures
from simpsons_training.display import TrainingDisplay
from simpsons_training.storage import EpochResult, RunFolder
from simpsons_training.train import train
from tests.training.pictures import write_pictures

RECIPE = Recipe("tiny", size_px=16, epochs=2, batch_size=8)
SURE_OF_FIRST = [0.8, 0.1, 0.1]


def named_right(targets: np.ndarray, guesses: list[list[float]], weights: list[float] | None = None) -> float:
    metric = NamedRight("accuracy")
    metric.update_state(
        targets, np.array(guesses, np.float32), None if weights is None else np.array(weights)
    )
    return float(metric.result())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_pictures_of_nobody_are_left_out(smoothing: float) -> None:
    targets = make_targets(np.array([0, 1, -1, -1]), 3, smoothing=smoothing)
    assert named_right(targets, [SURE_OF_FIRST] * 4) == 0.5


def test_weights_of_the_loss_play_no_part() -> None:
    targets = make_targets(np.array([0, 1]), 3, smoothing=0.1)
    assert named_right(targets, [SURE_OF_FIRST] * 2, [9.0, 1.0]) == 0.5


def test_the_larger_share_of_a_mixture_is_the_right_name() -> None:
    bart, nobody = make_targets(np.array([1, -1]), 3, smoothing=0.1)
    mixed = np.stack([0.6 * bart + 0.4 * np.array([0, 0, 1]), 0.5 * bart + 0.5 * nobody])
    assert named_right(mixed, [[0.1, 0.8, 0.1]] * 2) == 1.0
    assert named_right(mixed, [[0.1, 0.1, 0.8]] * 2) == 0.0


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PictureSet:
    """Two characters, and a network so small that it trains at once."""
    monkeypatch.setitem(networks.NETWORKS, "tiny", lambda x, activation: layers.GlobalAveragePooling2D()(x))
    (tmp_path / "pictures").mkdir()
    return read_pictures(write_pictures(tmp_path / "pictures", each=12))


class CtrlCAfterAnEpoch(TrainingDisplay):
    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        super().on_epoch(result, is_best=is_best)
        raise KeyboardInterrupt


def test_a_training_tells_and_keeps_it(
    pictures: PictureSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with CtrlCAfterAnEpoch(len(pictures.pictures)) as display:
        (epoch,) = train(
            pictures, tmp_path / "run", recipe=RECIPE, config=TrainConfig(), watcher=display
        ).epochs
    assert 0 <= epoch.accuracy <= 1
    assert RunFolder(tmp_path / "run").read_history() == [epoch]
    assert f"  accuracy {epoch.accuracy:.4f}  val loss" in capsys.readouterr().err


def test_a_training_goes_on_from_one_that_did_not_count_it(pictures: PictureSet, tmp_path: Path) -> None:
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


def test_a_checkpoint_without_what_the_best_is_found_by_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with zipfile.ZipFile(tmp_path / "run" / "checkpoint.keras", "w") as archive:
        archive.writestr("simpsons_history.csv", "epoch,loss,val_loss,val_accuracy,learning_rate,seconds\n")
    with pytest.raises(DataError, match="cannot be resumed from"):
        RunFolder(tmp_path / "run").read_epochs()
