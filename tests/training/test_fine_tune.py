"""A trained network learns new characters and forgets none."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from keras import layers

from simpsons_models import default_detector, default_model
from simpsons_play.core.errors import DataError, ModelError
from simpsons_training import networks, plan
from simpsons_training.classifier_training import TrainResult, train
from simpsons_training.commands.train import train as train_command
from simpsons_training.config import FINE_TUNING, Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, read_pictures, split_listing
from simpsons_training.evaluation.predictions import predict
from simpsons_training.evaluation.predictor import open_predictor, read_card
from simpsons_training.fine_tune import fine_tune
from simpsons_training.listing import list_pictures
from simpsons_training.memory import read_memory
from simpsons_training.remember import remember
from simpsons_training.runs import read_runs
from simpsons_training.storage import EpochResult
from simpsons_training.table import Picture
from simpsons_training.taught import open_taught
from tests.training.pictures import write_pictures

RECIPE = Recipe("tiny", size_px=16, epochs=8, batch_size=8, learning_rate=0.05)
TUNING = dataclasses.replace(FINE_TUNING, batch_size=8, learning_rate=0.05)
CONFIG = TrainConfig()
OTTO, MAGGIE = (60, 160, 40), (220, 80, 60)


def tiny(x, activation: str):
    return layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 64, offset=-2)(x))


@pytest.fixture(autouse=True, scope="module")
def _tiny_network():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(networks.NETWORKS, "tiny", tiny)
        yield


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("old"), each=20)


@pytest.fixture(scope="module")
def network(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that knows Bart and Homer and remembers them."""
    result = train(read_pictures(old), tmp_path_factory.mktemp("runs") / "run", recipe=RECIPE, config=CONFIG)
    remember(result.folder.last, old)
    return result.folder.last


def write_character(folder: Path, tint: tuple[int, int, int], *, each: int = 10) -> Path:
    random = np.random.default_rng(1)
    folder.mkdir(parents=True)
    for number in range(each):
        cloud = cv2.resize(random.integers(0, 256, (5, 5, 3), np.uint8), (40, 40))
        cv2.imwrite(
            str(folder / f"{number}.png"), cv2.addWeighted(cloud, 0.2, np.full_like(cloud, tint), 0.8, 0)
        )
    return folder.parent


def listed(*folders: Path) -> PictureSet:
    return split_listing(list_pictures(*folders), split="given", val_share=0.15, seed=0)


def accuracy(network: Path, pictures: list[Picture]) -> float:
    predictions = predict(open_predictor(network), pictures)
    return float((predictions.predicted == predictions.targets).mean())


def tune(network: Path, pictures: PictureSet, output: Path, **options) -> TrainResult:
    return fine_tune(open_taught(network), pictures, output, recipe=TUNING, config=CONFIG, **options)


def test_a_new_character_is_learned_and_no_other_is_forgotten(
    network: Path, old: Path, tmp_path: Path
) -> None:
    before = accuracy(network, list(listed(old).pictures))
    new = listed(write_character(tmp_path / "new" / "otto_mann", OTTO))
    last = tune(network, new, tmp_path / "run").folder.last
    assert read_card(last).labels == ("bart_simpson", "homer_simpson", "otto_mann")
    assert accuracy(last, list(new.pictures)) == 1
    assert accuracy(last, list(listed(old).pictures)) == before > 0.9
    assert read_card(last).temperature == read_card(network).temperature
    assert "fine-tuned on " in read_card(last).training_data

    # The result remembers Otto, too: the next character needs only its own pictures.
    newer = listed(write_character(tmp_path / "newer" / "maggie_simpson", MAGGIE))
    again = tune(last, newer, tmp_path / "again").folder.last
    assert read_card(again).labels[2:] == ("otto_mann", "maggie_simpson")
    assert accuracy(again, [*new.pictures, *newer.pictures]) == 1
    assert accuracy(again, list(listed(old).pictures)) == before


def test_a_network_without_a_memory_needs_pictures_of_all_that_it_knows(
    network: Path, old: Path, tmp_path: Path
) -> None:
    result = train(read_pictures(old), tmp_path / "plain", recipe=RECIPE, config=CONFIG)
    plain = result.folder.last
    assert read_memory(plain) is None
    new = write_character(tmp_path / "new" / "otto_mann", OTTO)
    with pytest.raises(DataError, match=r"would forget bart_simpson, homer_simpson, .* add a folder"):
        tune(plain, listed(new), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    both = listed(new, old)
    last = tune(plain, both, tmp_path / "run").folder.last
    assert accuracy(last, list(both.pictures)) > 0.95
    memory = read_memory(last)
    assert memory is not None and set(memory.names) == {"bart_simpson", "homer_simpson", "otto_mann"}


def test_corrections_of_known_characters_and_of_strangers_are_enough(network: Path, tmp_path: Path) -> None:
    write_character(tmp_path / "new" / "characters" / "bart_simpson", OTTO)  # in another shirt
    write_character(tmp_path / "new" / "others" / "nobody_we_know", MAGGIE)
    new = listed(tmp_path / "new")
    last = tune(network, new, tmp_path / "run").folder.last
    assert read_card(last).labels == ("bart_simpson", "homer_simpson")
    assert accuracy(last, [p for p in new.pictures if p.known]) == 1
    confidence = predict(open_predictor(last), [p for p in new.pictures if not p.known]).confidence
    assert (
        confidence.mean()
        < predict(open_predictor(network), [p for p in new.pictures if not p.known]).confidence.mean()
    )


def test_another_spelling_of_a_known_character_is_no_new_one(network: Path, tmp_path: Path) -> None:
    write_character(tmp_path / "new" / "otto_mann", OTTO)
    write_character(tmp_path / "new" / "Homer Simpson", MAGGIE)
    result = tune(network, listed(tmp_path / "new"), tmp_path / "run")
    assert read_card(result.folder.last).labels == ("bart_simpson", "homer_simpson", "otto_mann")


def test_a_resumed_run_equals_an_uninterrupted_one(network: Path, tmp_path: Path) -> None:
    new = listed(write_character(tmp_path / "new" / "otto_mann", OTTO))
    reference = tune(network, new, tmp_path / "reference")

    class CtrlC:
        def on_picture(self) -> None: ...
        def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None: ...
        def on_step(self, epoch: int, step: int, loss: float) -> None: ...
        def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
            if result.epoch == 4:
                raise KeyboardInterrupt

    stopped = tune(network, new, tmp_path / "run", watcher=CtrlC())
    assert stopped.interrupted and len(stopped.epochs) == 4
    with pytest.raises(DataError, match="add --resume"):
        tune(network, new, tmp_path / "run")
    resumed = tune(network, new, tmp_path / "run", resume=True)
    assert [e.val_loss for e in resumed.epochs] == pytest.approx(
        [e.val_loss for e in reference.epochs], rel=1e-4
    )
    with pytest.raises(DataError, match=r"source last.keras .*, not None; resume"):
        train(listed(tmp_path / "new"), tmp_path / "run", recipe=TUNING, config=CONFIG, resume=True)


def test_nothing_to_train_on_is_one_error(network: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="contains no folders with pictures; put those of each character"):
        tune(network, listed(tmp_path / "empty"), tmp_path / "run")


def test_a_character_in_validation_pictures_only_is_one_error(network: Path, tmp_path: Path) -> None:
    new = listed(write_character(tmp_path / "new" / "otto_mann", OTTO))
    val = dataclasses.replace(new, pictures=tuple(dataclasses.replace(p, split="val") for p in new.pictures))
    with pytest.raises(DataError, match=r"no pictures of otto_mann in the split 'train'; .* --split scenes"):
        tune(network, val, tmp_path / "run")


def test_detectors_and_foreign_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"heads.keras is a detector; give a classifier"):
        open_taught(default_detector().with_suffix(".keras"))
    with pytest.raises(ModelError, match="no such file"):
        open_taught(tmp_path / "no.keras")


def run_command(*args: object) -> Result:
    return CliRunner().invoke(train_command, [str(arg) for arg in args])


@pytest.mark.slow
def test_the_command_fine_tunes_the_included_network(tmp_path: Path) -> None:
    folder = write_character(tmp_path / "new" / "otto_mann", OTTO, each=4)
    done = run_command(folder, "--from", "springfield", "-o", tmp_path / "run", "--epochs", 2)
    assert done.exit_code == 0, done.stderr
    assert "1 character, split by near duplicates" in done.stdout and "Last: epoch 2" in done.stdout
    assert "best so far" not in done.stderr and "best.keras (the same network), " in done.stdout
    (run,) = read_runs([tmp_path / "run"])
    assert run.best is run.epochs[-1]
    assert len(read_card(tmp_path / "run" / "best.keras").labels) == 19
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    assert settings["source"].startswith("springfield.keras")
    assert settings["recipe"]["network"] == "springfield"


def test_one_new_character_without_from_names_the_way_out(tmp_path: Path) -> None:
    folder = write_character(tmp_path / "new" / "otto_mann", OTTO, each=2)
    done = run_command(folder, "-o", tmp_path / "run")
    assert done.exit_code == 1 and "has pictures of 1 character, but at least two" in done.stderr
    assert (
        "add this one to a network with --from springfield" in done.stderr
        and len(done.stderr.splitlines()) == 1
    )


def test_networks_that_cannot_be_taught_are_told_before_anything_is_read(tmp_path: Path) -> None:
    done = run_command(tmp_path, "--from", "sprngfield", "-o", tmp_path / "run")
    assert done.exit_code == 1 and "sprngfield: no such file; give springfield, or the path" in done.stderr
    done = run_command(tmp_path, "--from", default_model(), "-o", tmp_path / "run")
    assert done.exit_code == 1 and "cannot be trained; give the .keras file" in done.stderr


@pytest.mark.parametrize(
    "option", [("--preset", "residual"), ("--size", 64), ("--drawings", 5), ("--precision", "bfloat16")]
)
def test_options_that_the_network_decides_are_refused(tmp_path: Path, option: tuple[object, ...]) -> None:
    done = run_command(tmp_path, "--from", "springfield", *option)
    assert done.exit_code == 2 and f"{option[0]} is decided by the network of --from" in done.stderr


def test_a_missing_included_network_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "default_model", lambda: tmp_path / "springfield.onnx")
    done = run_command(tmp_path, "--from", "springfield")
    assert done.exit_code == 1 and "springfield.keras is only in the repository" in done.stderr
