"""`simpsons train` as a user runs it: on folders of pictures, interrupted, resumed, exported and played."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.card import KERAS_ENTRY, ModelCard
from tests.commands import SAMPLE, assert_one_error_line, environment, simpsons

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

# Bart wears red and Homer white: two colours of noise stand for them.
TINTS = {"bart_simpson": (40, 60, 220), "homer_simpson": (235, 235, 235)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for name, tint in TINTS.items():
        (root / name).mkdir()
        for number in range(40):
            cloud = cv2.resize(random.integers(0, 256, (5, 5, 3), np.uint8), (48, 48))
            picture = cv2.addWeighted(cloud, 0.3, np.full_like(cloud, tint), 0.7, 0)
            cv2.imwrite(str(root / name / f"{number}.png"), picture)
    return root


def train(folder: Path, output: Path, *more: object, **kwargs):
    size = ("--size", 32, "--batch-size", 16)
    return simpsons("train", folder, "-o", output, *size, *more, timeout_s=240, **kwargs)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    output = tmp_path_factory.mktemp("runs") / "run"
    return output, train(folder, output, "--epochs", 3)


def test_a_training_tells_its_epochs_and_leaves_its_files(trained) -> None:
    output, done = trained
    assert done.returncode == 0, done.stderr
    assert "68 pictures to train on, 12 to validate on, 2 characters, split by near duplicates" in done.stdout
    epochs = [line for line in done.stderr.splitlines() if line.startswith("epoch ")]
    assert len(epochs) == 3 and all(" left" in line for line in epochs)
    assert len(done.stderr.splitlines()) == 3, done.stderr
    assert {p.name for p in output.iterdir()} == {
        "best.keras",
        "last.keras",
        "checkpoint.keras",
        "history.csv",
        "run.json",
    }
    with (output / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert json.loads((output / "run.json").read_text())["labels"] == sorted(TINTS)


def test_what_was_trained_can_be_exported_and_played(trained, tmp_path: Path) -> None:
    output, _ = trained
    model = tmp_path / "m.onnx"
    done = simpsons("export", output / "best.keras", "-o", model, timeout_s=240)
    assert done.returncode == 0, done.stderr
    assert "max |difference|" in done.stdout
    done = simpsons("play", SAMPLE, "--no-window", "--duration", 1, "--model", model)
    assert done.returncode == 0, done.stderr


def test_the_saved_network_carries_its_card(trained) -> None:
    import zipfile

    output, _ = trained
    with zipfile.ZipFile(output / "best.keras") as archive:
        card = ModelCard.from_json(archive.read(KERAS_ENTRY).decode())
    assert (card.network, card.labels, card.size_px) == ("springfield", tuple(sorted(TINTS)), 32)
    assert card.color_order == "RGB" and "68 pictures of 2 characters" in card.training_data


def test_a_training_is_not_overwritten_and_not_resumed_with_other_settings(trained, folder: Path) -> None:
    output, _ = trained
    assert_one_error_line(train(folder, output, "--epochs", 3), "--resume")
    assert_one_error_line(train(folder, output, "--epochs", 4, "--resume"), "another recipe")
    assert_one_error_line(train(folder, output.parent / "new", "--resume"), "no training to resume")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_keeps_the_best_so_far_and_resume_goes_on(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    options = ["--size", "32", "--batch-size", "16", "--epochs", "60"]
    process = subprocess.Popen(
        [sys.executable, "-m", "simpsons_play", "train", str(folder), "-o", str(output), *options],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end_s = time.monotonic() + 120
    while not (output / "checkpoint.keras").exists():
        assert process.poll() is None and time.monotonic() < end_s
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err and "--resume goes on" in err
    assert (output / "best.keras").exists() and "Best: epoch" in out
    with (output / "history.csv").open(newline="") as file:
        before = len(list(csv.DictReader(file)))
    assert 1 <= before < 60

    # A training of the same settings that was stopped just before its end.
    settings = json.loads((output / "run.json").read_text())
    settings["recipe"]["epochs"] = before + 1
    (output / "run.json").write_text(json.dumps(settings))
    done = train(folder, output, "--epochs", before + 1, "--resume")
    assert done.returncode == 0, done.stderr
    with (output / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, before + 2))


def test_wrong_folders_are_one_line(tmp_path: Path) -> None:
    assert_one_error_line(train(tmp_path / "nowhere", tmp_path / "o"), "nowhere")
    (tmp_path / "empty").mkdir()
    assert_one_error_line(train(tmp_path / "empty", tmp_path / "o"), "0 characters")
    assert not (tmp_path / "o").exists()
