"""The command `simpsons train`: train, interrupt, resume, export and play."""

import csv
import json
import os
import re
import shutil
import signal
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard
from simpsons_training.commands.train import train
from tests.commands import HANGS_S, SAMPLE, assert_one_error_line, simpsons, started, wait_for
from tests.training.pictures import TINTS, write_pictures

pytestmark = pytest.mark.slow

SIZE = ("--size", 32, "--batch-size", 8)
EACH = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures"), each=EACH)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    """One training of the default network, shared by several tests."""
    output = tmp_path_factory.mktemp("runs") / "run"
    return output, simpsons("train", folder, "-o", output, *SIZE, "--epochs", 3)


def train_here(*args: object) -> Result:
    """Run `simpsons train` in this process, where TensorFlow is already loaded."""
    return CliRunner().invoke(train, [str(arg) for arg in args])


def test_a_training_prints_epochs_and_writes_its_files(trained) -> None:
    output, done = trained
    assert done.returncode == 0, done.stderr
    assert (
        "34 pictures to train on, 6 to validate on, 2 characters, split by near duplicates, seed 0"
        in done.stdout
    )
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


def test_small_data_sets_use_small_batches(folder: Path, tmp_path: Path) -> None:
    options = (folder, "--preset", "article-four-conv", "--size", 32, "--epochs", 1)
    done = train_here(*options, "-o", tmp_path / "few")
    assert done.exit_code == 0 and "Few pictures: using a batch size of 8" in done.stdout
    assert json.loads((tmp_path / "few" / "run.json").read_text())["recipe"]["batch_size"] == 8
    done = train_here(*options, "-o", tmp_path / "explicit", "--batch-size", 32)
    assert done.exit_code == 0 and "Few pictures" not in done.stdout
    assert json.loads((tmp_path / "explicit" / "run.json").read_text())["recipe"]["batch_size"] == 32


def test_what_is_left_out_is_named_and_the_next_command_printed(folder: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "my pictures" / "pictures"
    shutil.copytree(folder, pictures)
    (pictures / "bart_simpson" / "broken.jpg").write_bytes(b"broken")
    (pictures / "bart_simpson" / "notes.txt").touch()
    (pictures / "otto_mann").mkdir()
    shutil.copy(pictures / "bart_simpson" / "0.png", pictures / "otto_mann")
    options = ("--preset", "article-four-conv", "--size", 32, "--epochs", 1)
    done = train_here(pictures.parent, *options, "-o", tmp_path / "run")
    assert done.exit_code == 0, done.output
    broken = pictures / "bart_simpson" / "broken.jpg"
    notes = [line for line in done.stderr.splitlines() if not line.startswith("epoch ")]
    assert notes == [
        f"{pictures.parent}: using the pictures in {pictures}",
        "1 file passed over: 1 .txt",
        f"Warning: 1 of 42 pictures cannot be read and is left out: {broken}",
        "Warning: too few pictures to validate: otto_mann (1)",
    ]
    last = tmp_path / "run" / "last.keras"
    assert f"Evaluate it with: simpsons evaluate {last} '{pictures.parent}'" in done.stdout


def test_a_leaking_split_causes_a_warning(folder: Path, tmp_path: Path) -> None:
    twice = tmp_path / "pictures"
    shutil.copytree(folder, twice)
    for picture in list(twice.rglob("*.png")):
        shutil.copy(picture, picture.with_name(f"again-{picture.name}"))
    done = train_here(
        twice,
        "-o",
        tmp_path / "run",
        "--preset",
        "article-four-conv",
        *SIZE,
        "--epochs",
        1,
        "--split",
        "random",
    )
    assert done.exit_code == 0, done
    assert re.search(r"Warning: \d+ of 12 validation pictures .* near duplicate", done.stderr)


def test_a_trained_network_can_be_exported_and_played(trained, tmp_path: Path) -> None:
    output, _ = trained
    model = tmp_path / "m.onnx"
    done = simpsons("export", output / "best.keras", "-o", model)
    assert done.returncode == 0, done.stderr
    assert "max |difference|" in done.stdout
    done = simpsons("play", SAMPLE, "--no-window", "--duration", 1, "--model", model)
    assert done.returncode == 0, done.stderr


def test_the_saved_network_has_a_card(trained) -> None:
    output, _ = trained
    with zipfile.ZipFile(output / "best.keras") as archive:
        card = ModelCard.from_json(archive.read(KERAS_ENTRY).decode())
    assert (card.network, card.labels, card.size_px) == ("springfield", tuple(sorted(TINTS)), 32)
    assert card.color_order == "RGB" and "34 pictures of 2 characters" in card.training_data


def test_the_folder_and_the_checkpoint_lead_to_the_network(trained, folder: Path) -> None:
    output, _ = trained
    last = output / "last.keras"
    for arguments, words in (
        (("evaluate", output, folder), f"{output} is the folder of a training; give {last}"),
        (("thresholds", output, folder), f"{output} is the folder of a training; give {last}"),
        (("export", output), f"{output} is the folder of a training; give {last}"),
        (("evaluate", output / "checkpoint.keras", folder), f"is for --resume only; give {last}"),
        (("play", SAMPLE, "--no-window", "--model", output), f"`simpsons export {last}`"),
    ):
        assert_one_error_line(simpsons(*arguments), words)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("run", ["--epochs", 3], "add --resume"),
        ("run", ["--epochs", 4, "--resume"], "trained with epochs 3, not 4"),
        ("run", ["--epochs", 3, "--val-share", 0.3, "--resume"], "val_share 0.15, not 0.3"),
        ("new", ["--resume"], "no run to resume"),
    ],
)
def test_a_run_is_not_overwritten_or_resumed_with_other_settings(
    trained, folder: Path, name: str, options: list[object], words: str
) -> None:
    output, _ = trained
    before = {path: path.stat().st_mtime_ns for path in output.iterdir()}
    for pictures in (folder, folder / "nowhere"):  # the pictures need not be read for that
        done = train_here(pictures, "-o", output.parent / name, *SIZE, *options)
        assert done.exit_code == 1 and done.stderr.startswith("Error: ") and words in done.stderr
    assert {path: path.stat().st_mtime_ns for path in output.iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_keeps_the_best_network_and_resume_continues(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "run"
    options = [*map(str, SIZE), "--preset", "article-four-conv", "--epochs"]
    with started("train", folder, "-o", output, *options, 200) as process:
        wait_for(process, (output / "checkpoint.keras").exists)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130, err
    assert "Traceback" not in err and "--resume continues" in err
    assert (output / "best.keras").exists() and "Last: epoch" in out
    with (output / "history.csv").open(newline="") as file:
        before = len(list(csv.DictReader(file)))
    assert 1 <= before < 200

    # Pretend that the run was stopped one epoch before its end.
    settings = json.loads((output / "run.json").read_text())
    settings["recipe"]["epochs"] = before + 1
    (output / "run.json").write_text(json.dumps(settings))
    done = train_here(folder, "-o", output, *options, before + 1, "--resume")
    assert done.exit_code == 0, done.stderr
    with (output / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(1, before + 2))


def test_a_wrong_output_is_noticed_before_pictures_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = train_here(tmp_path / "nowhere", "-o", tmp_path / "file" / "run")
    assert done.exit_code == 1 and f"{tmp_path / 'file'} is a file, not a folder" in done.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_wrong_folders_are_one_line_errors(tmp_path: Path) -> None:
    assert_one_error_line(simpsons("train", tmp_path / "nowhere", "-o", tmp_path / "o"), "nowhere")
    (tmp_path / "empty").mkdir()
    done = train_here(tmp_path / "empty", "-o", tmp_path / "o")
    assert done.exit_code == 1 and "contains no folders with pictures" in done.stderr
    assert not (tmp_path / "o").exists()
