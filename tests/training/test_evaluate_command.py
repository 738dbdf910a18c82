"""The command `simpsons evaluate`, on drawings that the bundled network knows."""

import csv
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from simpsons_models import default_model
from simpsons_play.inference.model_card import SplitRecord
from simpsons_training.commands.evaluate import evaluate
from simpsons_training.commands.options import report_folder
from tests.commands import assert_one_error_line, simpsons
from tests.training.drawn import CHARACTERS, write_drawings
from tests.training.pictures import write_pictures

pytestmark = pytest.mark.slow

MODEL = default_model()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawings(tmp_path_factory.mktemp("drawings"), each=8)


@pytest.fixture(scope="module")
def report(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    output = tmp_path_factory.mktemp("report")
    return output, simpsons("evaluate", MODEL, folder, "-o", output)


def evaluate_here(*args: object) -> Result:
    return CliRunner().invoke(evaluate, [str(arg) for arg in args])


def test_metrics_are_computed_on_the_validation_pictures(report) -> None:
    output, done = report
    assert done.returncode == 0, done.stderr
    metrics = json.loads((output / "metrics.json").read_text())
    assert metrics["pictures"] == 12 and "on 12 pictures" in done.stdout
    assert metrics["model_sha256"] == hashlib.sha256(MODEL.read_bytes()).hexdigest()
    assert set(metrics["per_character"]) >= set(CHARACTERS)
    assert metrics["per_character"]["bart_simpson"]["support"] == 4
    assert metrics["open_set"]["others"]["pictures"] == 4
    for name in ("accuracy", "macro_f1", "weighted_f1", "ece"):
        assert 0 <= metrics[name] <= 1
    # The network was trained on such drawings.
    assert metrics["accuracy"] >= 0.9


def test_predictions_have_a_row_per_picture(report) -> None:
    output, _ = report
    with (output / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    metrics = json.loads((output / "metrics.json").read_text())
    known = [row for row in rows if row["character"] in CHARACTERS]
    assert len(known) == 12
    correct = sum(row["guess"] == row["character"] for row in known)
    assert correct / 12 == pytest.approx(metrics["accuracy"])
    assert all(float(row["probability"]) >= float(row["second_probability"]) for row in rows)


def test_the_report_is_self_contained(report) -> None:
    output, _ = report
    page = (output / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert len(list((output / "figures").glob("*.png"))) >= 6
    assert "Results per character" in page and "Bart Simpson" in page


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network that has learned little, so that its accuracy depends on the pictures; and its pictures."""
    folder = tmp_path_factory.mktemp("trained_on")
    write_pictures(folder, each=30)
    output = tmp_path_factory.mktemp("runs") / "mine"
    options = ("--preset", "article-six-conv", "--size", 32, "--epochs", 2, "--learning-rate", 0.001)
    split = ("--split", "random", "--seed", 3, "--val-share", 0.3)
    done = simpsons("train", folder, *options, *split, "-o", output)
    assert done.returncode == 0, done.stderr
    return output, folder


def metrics_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


@pytest.mark.parametrize("name", ["best", "last"])
def test_without_options_the_accuracy_is_that_of_the_history(run: tuple[Path, Path], name: str) -> None:
    output, folder = run
    with (output / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    row = rows[-1] if name == "last" else max(rows, key=lambda row: float(row["val_macro_f1"]))
    done = simpsons("evaluate", output / f"{name}.keras", folder)
    assert done.returncode == 0 and not done.stderr, done.stderr
    metrics = metrics_of(output / f"evaluation-{name}")
    assert metrics["pictures"] == 18 and metrics["split"] == "at random, seed 3"
    assert metrics["accuracy"] == float(row["val_accuracy"])
    assert metrics["macro_f1"] == float(row["val_macro_f1"])


def test_the_split_is_exported(run: tuple[Path, Path], tmp_path: Path) -> None:
    output, folder = run
    done = simpsons("export", output / "last.keras", "-o", tmp_path / "last.onnx")
    assert done.returncode == 0, done.stderr
    assert evaluate_here(output / "last.keras", folder).exit_code == 0
    done = evaluate_here(tmp_path / "last.onnx", folder)
    assert done.exit_code == 0 and not done.stderr, done.stderr
    keras, onnx = metrics_of(output / "evaluation-last"), metrics_of(tmp_path / "evaluation-last-onnx")
    assert onnx["accuracy"] == keras["accuracy"] and onnx["split"] == "at random, seed 3"


def test_reports_on_different_models_never_meet() -> None:
    folder = Path("runs") / "mine"
    models = [folder / "last.keras", folder / "best.keras", folder / "best.onnx", Path("best.keras")]
    record = SplitRecord("given", 0.15, 0, ("pictures",))
    folders = {
        report_folder(model, kind, [Path("there") / "pictures"], trained_on=record)
        for model in models
        for kind in ("evaluation", "thresholds")
    }
    assert len(folders) == 8 and folder / "evaluation-last" in folders
    included = report_folder(MODEL, "evaluation", [Path("b"), Path("a"), Path("c")], trained_on=None)
    assert included == Path("reports") / "evaluation-springfield-onnx-a-and-2-more"


def test_reports_on_different_pictures_never_meet(tmp_path: Path) -> None:
    record = SplitRecord("given", 0.15, 0, ("pictures",))
    found = []
    for name in ("pictures", "elsewhere/pictures", "testset", "elsewhere/testset", "third/testset") * 2:
        folder = report_folder(tmp_path / "last.keras", "evaluation", [tmp_path / name], trained_on=record)
        folder.mkdir(exist_ok=True)
        (folder / "metrics.json").write_text(json.dumps({"folders": [str((tmp_path / name).resolve())]}))
        found.append(folder.name.removeprefix("evaluation-last"))
    assert found == ["", "-pictures", "-testset", "-testset-2", "-testset-3"] * 2


def test_a_report_with_another_seed_does_not_replace_that_of_the_training(run: tuple[Path, Path]) -> None:
    output, folder = run
    evaluate_here(output / "last.keras", folder)
    before = (output / "evaluation-last" / "metrics.json").read_bytes()
    evaluate_here(output / "last.keras", folder, "--seed", 0)
    assert (output / "evaluation-last" / "metrics.json").read_bytes() == before
    assert metrics_of(output / "evaluation-last-seed-0")["warnings"]


def test_another_seed_and_other_pictures_are_pointed_out(run: tuple[Path, Path], tmp_path: Path) -> None:
    output, folder = run
    done = evaluate_here(output / "last.keras", folder, "--seed", 0, "-o", tmp_path / "out")
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("Warning: last.keras was trained with --seed 3, not --seed 0: ")
    found = metrics_of(tmp_path / "out")
    assert found["split"] == "at random, seed 0" and found["folders"] == [str(folder.resolve())]
    assert found["warnings"] == [warning.removeprefix("Warning: ")] and found["near_duplicates"] is None
    assert found["warnings"][0] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (tmp_path / "testset").mkdir()
    other = write_pictures(tmp_path / "testset", each=5, seed=9)
    done = evaluate_here(output / "last.keras", other, "-o", tmp_path / "other")
    assert done.stderr == f"no picture is from the training: all pictures of {other} are used\n"
    assert "last.keras on all pictures\n" in done.stdout
    found = metrics_of(tmp_path / "other")
    assert (found["pictures"], found["part"], found["split"]) == (10, "all", None)
    assert f"no pictures of others in {other}" in done.stdout


def test_others_to_train_on_are_not_called_missing(run: tuple[Path, Path], tmp_path: Path) -> None:
    output, _ = run
    for part in ("train", "val"):
        (tmp_path / "split" / part).mkdir(parents=True)
        write_pictures(tmp_path / "split" / part, each=2, seed=len(part))
    (one, *_) = sorted((tmp_path / "split" / "train").glob("*/*.png"))
    (tmp_path / "split" / "train" / "others" / "otto_mann").mkdir(parents=True)
    one.rename(tmp_path / "split" / "train" / "others" / "otto_mann" / "0.png")
    done = evaluate_here(output / "last.keras", tmp_path / "split", "--part", "val", "-o", tmp_path / "out")
    assert f"no validation pictures of others in {tmp_path / 'split'}" in done.stdout


def test_pictures_of_the_training_are_found_among_others(run: tuple[Path, Path], tmp_path: Path) -> None:
    output, folder = run
    other = write_pictures(tmp_path, each=5, seed=9)
    done = evaluate_here(output / "last.keras", other, folder, "-o", tmp_path / "out")
    note = "60 of 70 pictures are from the training: its validation pictures among them are used, and "
    note += "the 10 others"
    assert done.exit_code == 0 and done.stderr == f"{note}\n"
    found = metrics_of(tmp_path / "out")
    assert found["pictures"] == 18 + 10 and found["split"] == "as in the training, with 10 other pictures"


def test_keras_and_onnx_give_the_same_metrics(report, folder: Path, tmp_path: Path) -> None:
    done = evaluate_here(MODEL.with_suffix(".keras"), folder, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    onnx, keras = (json.loads((path / "metrics.json").read_text()) for path in (report[0], tmp_path))
    assert keras["accuracy"] == onnx["accuracy"] and keras["macro_f1"] == pytest.approx(onnx["macro_f1"])


def test_several_folders_are_evaluated_together(report, folder: Path, tmp_path: Path) -> None:
    more = write_drawings(tmp_path / "more", each=4, seed=1)
    done = evaluate_here(MODEL, folder, more, "-o", tmp_path / "out", "--part", "all")
    assert done.exit_code == 0, done.output
    with (tmp_path / "out" / "predictions.csv").open(newline="") as file:
        files = {row["file"] for row in csv.DictReader(file)}
    root = os.path.commonpath([folder.resolve(), more.resolve()])
    assert files and all((Path(root) / name).is_file() for name in files)
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["pictures"] == 12 * len(CHARACTERS)


def test_boxes_and_others_are_optional(folder: Path, tmp_path: Path) -> None:
    done = evaluate_here(MODEL, folder / "characters", "-o", tmp_path, "--part", "all")
    assert done.exit_code == 0, done.output
    assert "no unknown people" in done.output
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["open_set"]["auroc"] is None and metrics["open_set"]["others"] is None


def test_invalid_models_and_folders_are_one_line_errors(folder: Path, tmp_path: Path) -> None:
    assert_one_error_line(simpsons("evaluate", tmp_path / "no.onnx", folder, "-o", tmp_path), "no.onnx")
    (tmp_path / "broken.keras").write_bytes(b"PK")
    (tmp_path / "broken.onnx").write_bytes(b"ONNX")
    (tmp_path / "empty").mkdir()
    for arguments, word in (
        ((tmp_path / "broken.keras", folder), "broken.keras"),
        ((tmp_path / "broken.onnx", folder), "broken.onnx"),
        ((MODEL, tmp_path / "empty"), "contains no folders with pictures"),
        ((MODEL, tmp_path / "nowhere"), "nowhere"),
    ):
        done = evaluate_here(*arguments, "-o", tmp_path / "out")
        assert done.exit_code == 1 and done.stderr.startswith("Error: ") and word in done.stderr
        assert not (tmp_path / "out").exists()
