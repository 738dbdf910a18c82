"""The command `simpsons thresholds`, on drawings that the bundled network knows."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simpsons_export.options import parse_threshold
from simpsons_models import default_model
from simpsons_training.commands.thresholds import thresholds
from simpsons_training.evaluation.predictor import open_predictor
from tests.commands import simpsons
from tests.training.drawn import CHARACTERS, write_drawings

pytestmark = pytest.mark.slow

MODEL = default_model()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_drawings(tmp_path_factory.mktemp("drawings"), each=8)


def thresholds_here(*args: object) -> Result:
    return CliRunner().invoke(thresholds, [str(arg) for arg in args])


def test_the_threshold_meets_the_goal_and_export_accepts_it(folder: Path, tmp_path: Path) -> None:
    done = simpsons("thresholds", MODEL, folder, "--precision", 0.9, "-o", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "thresholds.json").read_text())
    assert found["goal"] == {"kind": "precision", "at_least": 0.9}
    assert found["met"] and found["reached"]["precision"] >= 0.9
    lower = [row for row in found["rows"] if row["threshold"] < found["threshold"]]
    assert all(row["precision"] < 0.9 for row in lower), "the lowest threshold that meets the goal"
    assert set(CHARACTERS) <= set(found["per_character"])
    assert parse_threshold(str(tmp_path / "thresholds.json")) == found["threshold"]
    assert f"Recommended threshold: {found['threshold']:.2f}" in done.stdout
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert len(list((tmp_path / "figures").glob("*.png"))) == 8


def test_several_folders_are_taken_together(folder: Path, tmp_path: Path) -> None:
    more = write_drawings(tmp_path / "more", each=4, seed=1)
    done = thresholds_here(MODEL, folder, more, "-o", tmp_path / "out", "--part", "all")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "out" / "thresholds.json").read_text())
    assert found["pictures"] == 12 * len(CHARACTERS)


def test_only_one_goal_can_be_given(folder: Path, tmp_path: Path) -> None:
    done = thresholds_here(MODEL, folder, "-o", tmp_path, "--precision", 0.9, "--recall", 0.9)
    assert done.exit_code == 2 and "at most one" in done.stderr


def test_without_unknown_people_the_threshold_is_not_lowered(folder: Path, tmp_path: Path) -> None:
    pictures = folder / "characters"
    done = thresholds_here(MODEL, pictures, "-o", tmp_path, "--precision", 0.5, "--part", "all")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "thresholds.json").read_text())
    assert (
        found["threshold"] == open_predictor(MODEL).card.threshold
        and found["met"]
        and found["rows"][0]["precision"] >= 0.5
    )
    (warning,) = (line for line in found["warnings"] if "unknown people" in line)
    assert warning.startswith("no unknown people: this threshold was not tested on strangers, so it is not ")
    assert f"Warning: {warning}" in done.stderr and f"{MODEL.name} on all pictures" in done.stdout
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "was not tested on strangers" in page and str(pictures) in page


def test_silence_needs_unknown_people(folder: Path, tmp_path: Path) -> None:
    done = thresholds_here(MODEL, folder / "characters", "-o", tmp_path, "--silence", 0.9, "--part", "all")
    assert done.exit_code == 1 and "no unknown people" in done.stderr


def test_a_missing_model_is_a_one_line_error(folder: Path, tmp_path: Path) -> None:
    done = thresholds_here(tmp_path / "no.onnx", folder, "-o", tmp_path)
    assert done.exit_code == 1 and done.stderr.count("Error: ") == 1 and "no.onnx" in done.stderr


def test_for_an_unreachable_goal_the_closest_threshold_is_recommended(folder: Path, tmp_path: Path) -> None:
    pictures, output = tmp_path / "pictures", tmp_path / "report"
    shutil.copytree(folder, pictures)
    first, second = (pictures / "characters" / name for name in CHARACTERS[:2])
    shutil.copy(first / "0.png", second / "0.png")
    done = thresholds_here(MODEL, pictures, "-o", output, "--recall", 1, "--part", "all")
    assert done.exit_code == 0, done
    found = json.loads((output / "thresholds.json").read_text())
    assert found["met"] is False
    assert f"No threshold reaches recall of at least 1; {found['threshold']:.2f} comes closest" in done.stdout
    highest = max(row["recall"] for row in found["rows"])
    assert found["reached"]["recall"] == highest < 1
    assert max(row["threshold"] for row in found["rows"] if row["recall"] == highest) == found["threshold"]
    of_second = found["per_character"][CHARACTERS[1]]
    assert of_second["support"] and of_second["threshold"] is of_second["recall"] is None
