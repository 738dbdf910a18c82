"""The command `simpsons dataset`."""

import csv
import os
import re
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from simpsons_training.commands.dataset import dataset
from tests.commands import HANGS_S, assert_one_error_line, simpsons, started, wait_for
from tests.training.pictures import write_pictures
from tests.training.test_dataset import scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two characters, a frame with both labels, and a file that is not a picture."""
    root = write_pictures(tmp_path_factory.mktemp("pictures"), each=16)
    cv2.imwrite(str(root / "bart_simpson" / "same.png"), scene(1))
    cv2.imwrite(str(root / "homer_simpson" / "same.png"), scene(1))
    (root / "homer_simpson" / "broken.png").write_text("no picture")
    return root


def run(*args: object) -> Result:
    return CliRunner().invoke(dataset, [str(arg) for arg in args])


def test_a_folder_may_be_called_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("pictures")
    assert done.exit_code == 1 and "pictures does not exist; give the folder of the pictures" in done.stderr


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_study_prints_a_summary_and_writes_its_files(folder: Path, tmp_path: Path) -> None:
    done = simpsons("dataset", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "34 pictures of 2 known characters" in done.stdout and "1 file cannot be read" in done.stdout
    assert "17 of each character; 0% of all have a box" in done.stdout
    assert "1 pair of near duplicates has two different labels" in done.stdout
    warnings = done.stderr.splitlines()
    assert all(line.startswith("Warning: ") for line in warnings) and "broken.png" in warnings[0], done.stderr
    output = tmp_path / "reports" / "dataset"
    assert done.stdout.splitlines()[-1].startswith(f"Wrote: {Path('reports/dataset/report.html')}")
    assert {p.relative_to(output).as_posix() for p in output.rglob("*") if p.is_file()} >= {
        "report.html",
        "counts.csv",
        "near_duplicates.csv",
        "figures/distribution.png",
        "figures/shapes.png",
        "sheets/bart_simpson.jpg",
        "sheets/homer_simpson.jpg",
        "sheets/two_names.jpg",
    }
    assert not list(output.rglob("*.part*"))
    assert {row["character"]: int(row["train"]) + int(row["val"]) for row in read(output / "counts.csv")} == {
        "bart_simpson": 17,
        "homer_simpson": 17,
    }
    page = (output / "report.html").read_text(encoding="utf-8")
    assert "broken.png" in page and "bart_simpson/same.png" in page and 'src="http' not in page
    for picture in (*output.rglob("*.png"), *output.rglob("*.jpg")):
        assert np.ptp(cv2.imread(str(picture))) > 50


def test_only_a_leaking_split_causes_a_warning(tmp_path: Path) -> None:
    for c, name in enumerate(("bart", "homer")):
        (tmp_path / "in" / name).mkdir(parents=True)
        for s in range(8):
            for jitter in range(4):
                cv2.imwrite(
                    str(tmp_path / "in" / name / f"{s}{jitter}.png"), scene(100 * c + s, jitter=jitter)
                )
    leaky = run(tmp_path / "in", "-o", tmp_path / "o", "--split", "random", "--val-share", 0.25)
    assert leaky.exit_code == 0 and "Warning: 16 of 16 validation pictures (100.0%)" in leaky.stderr
    assert (
        read(tmp_path / "o" / "near_duplicates.csv")
        and (tmp_path / "o" / "sheets" / "across_splits.jpg").exists()
    )
    clean = run(tmp_path / "in", "-o", tmp_path / "o", "--split", "scenes", "--val-share", 0.25)
    assert (
        clean.exit_code == 0 and clean.stderr == "" and "0 of 16 validation pictures (0.0%)" in clean.stdout
    )
    assert not read(tmp_path / "o" / "near_duplicates.csv")
    assert not (tmp_path / "o" / "sheets" / "across_splits.jpg").exists()


def test_wrong_folders_are_one_line_errors(folder: Path, tmp_path: Path) -> None:
    assert_one_error_line(simpsons("dataset", tmp_path / "nowhere"), "nowhere does not exist")
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "empty", "-o", tmp_path / "o")
    assert done.exit_code == 1 and "contains no pictures" in done.stderr and not (tmp_path / "o").exists()
    (tmp_path / "file").touch()
    done = run(folder, "-o", tmp_path / "file")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(f"Error: {tmp_path / 'file'}")


def test_the_search_for_wrong_labels_needs_two_scenes(tmp_path: Path) -> None:
    for name in ("bart", "homer"):
        (tmp_path / "in" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "in" / name / "a.png"), scene(len(name)))
    done = run(tmp_path / "in", "-o", tmp_path / "o", "--mislabelled")
    assert done.exit_code == 1 and "at least two characters need" in done.stderr
    assert (tmp_path / "o" / "report.html").exists()


@pytest.mark.slow
def test_wrong_labels_are_found(folder: Path, tmp_path: Path) -> None:
    """A white cloud among the red ones."""
    in_, out = tmp_path / "in", tmp_path / "o"
    in_.mkdir()
    write_pictures(in_, each=16)
    (in_ / "homer_simpson" / "3.png").rename(in_ / "bart_simpson" / "wrong.png")
    options = ("--mislabelled", "--folds", 2, "--epochs", 4, "--size", 32)
    done = simpsons("dataset", in_, "-o", out, *options)
    assert done.returncode == 0, done.stderr
    first = read(out / "mislabelled.csv")[0]
    assert (first["file"], first["given"], first["suggested"]) == (
        "bart_simpson/wrong.png",
        "bart_simpson",
        "homer_simpson",
    )
    assert (out / "sheets" / "mislabelled.jpg").exists()
    assert "Possible label errors" in (out / "report.html").read_text(encoding="utf-8")
    assert "Fold 2 of 2 done" in done.stderr and re.search(
        r"of 32 pictures may have a wrong label, according to networks that agree with \d+% of the labels",
        done.stdout,
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_keeps_the_report(folder: Path, tmp_path: Path) -> None:
    options = ("--mislabelled", "--epochs", "500", "--size", "32")
    with started("dataset", folder, "-o", tmp_path / "o", *options) as process:
        wait_for(process, (tmp_path / "o" / "report.html").exists)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert (tmp_path / "o" / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list((tmp_path / "o").rglob("*.part*"))


def test_a_study_refuses_to_write_into_its_picture_folder(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    refused = simpsons("dataset", folder, "-o", folder)
    assert_one_error_line(refused, "is the picture folder; give another output folder")
    assert sorted(folder.rglob("*")) == before


def test_several_folders_are_inspected_together(tmp_path: Path) -> None:
    for number, name in enumerate(("bart_simpson", "homer_simpson")):
        path = tmp_path / f"folder{number}" / name / "0.png"
        path.parent.mkdir(parents=True)
        cv2.imwrite(str(path), scene(1))
    done = run(tmp_path / "folder0", tmp_path / "folder1", "-o", tmp_path / "report")
    assert done.exit_code == 0, done.output
    assert "2 pictures of 2 known characters" in done.stdout
    (pair,) = read(tmp_path / "report" / "near_duplicates.csv")
    assert {pair["file_1"], pair["file_2"]} == {"folder0/bart_simpson/0.png", "folder1/homer_simpson/0.png"}
    done = run(tmp_path / "folder0", tmp_path / "folder1", "-o", tmp_path / "folder1")
    assert done.exit_code == 1 and "is the picture folder" in done.stderr
