"""The command `simpsons runs`, on finished, unfinished, old and broken runs."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simpsons_play.core.errors import DataError
from simpsons_training.commands.runs import runs
from simpsons_training.run_figures import comparison_figure, run_figure
from simpsons_training.runs import differences, find_runs, read_runs
from simpsons_training.storage import EpochResult, RunFolder
from tests.commands import HANGS_S, assert_one_error_line, simpsons


def write_run(
    path: Path, *, f1s: tuple[float, ...], planned: int = 3, age_s: int = 0, **settings: object
) -> Path:
    """Write a run with an epoch per F1, last changed `age_s` seconds ago."""
    path.mkdir(parents=True)
    folder = RunFolder(path)
    folder.write_settings(
        {"recipe": {"network": "tiny", "epochs": planned}, "split": "at random, seed 0", **settings}
    )
    folder.write_history(
        [EpochResult(n + 1, 2.0 - n / 9, 1.5, f1 + 0.01, f1, 0.1, 7.0, 0.4) for n, f1 in enumerate(f1s)]
    )
    for file in path.iterdir():
        mtime_s = file.stat().st_mtime - age_s
        os.utime(file, (mtime_s, mtime_s))
    return path


def runs_here(*args: object) -> Result:
    return CliRunner().invoke(runs, [str(arg) for arg in args])


def test_linked_run_folders_are_found(tmp_path: Path) -> None:
    stored = write_run(tmp_path / "disk" / "mine", f1s=(0.5,))
    (tmp_path / "runs").mkdir()
    os.symlink(stored, tmp_path / "runs" / "mine")
    assert find_runs(tmp_path / "runs") == [tmp_path / "runs" / "mine"]


def test_runs_are_listed_newest_last_with_their_best_epoch(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "new", f1s=(0.5, 0.75, 0.7), pictures={"train": 300, "val": 54})
    write_run(tmp_path / "runs" / "old", f1s=(0.25,), age_s=1000)
    done = simpsons("runs", cwd=tmp_path)
    assert done.returncode == 0 and not done.stderr, done
    header, old, new, wrote = done.stdout.splitlines()
    assert header.split()[:3] == ["run", "network", "split"]
    assert old.split()[0] == "old" and "1 of 3" in old
    assert re.fullmatch(r"new +tiny +at random, seed 0 +54 +3 of 3 +0.710 +0.700 +2 +0.760 +0.750 +7", new)
    assert wrote == f"Wrote: {Path('reports/runs/report.html')}, {Path('reports/runs/figures')}"
    output = tmp_path / "reports" / "runs"
    assert {p.name for p in (output / "figures").iterdir()} == {"all_runs.png", "run_new.png", "run_old.png"}
    page = (output / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert page.count("data:image/png") == 3
    assert "macro F1 of a last epoch is 0.700: new, on 54 pictures" in page


def test_a_run_in_its_first_epoch_is_shown_without_metrics(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", f1s=())
    (run / "history.csv").unlink()
    done = runs_here(run, "-o", tmp_path / "report")
    assert done.exit_code == 0, done
    assert re.search(r"run +tiny .* - +0 of 3 +(- +){5}-", done.stdout)
    assert "No epoch is complete yet" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")


def test_older_histories_may_lack_columns_and_settings(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "history.csv").write_text("epoch,loss,val_accuracy\n1,2.5,0.5\n2,1.5,0.625\n")
    (run,) = read_runs([tmp_path / "run"])
    assert run.epochs[1].val_accuracy == 0.625 and math.isnan(run.epochs[1].accuracy)
    assert run.best is None
    done = runs_here(tmp_path / "run", "-o", tmp_path / "report")
    assert done.exit_code == 0, done
    assert re.search(r"run +- +- +- +2 +0.625 +- +- +- +- +-", done.stdout)


def test_figures_show_the_history(tmp_path: Path) -> None:
    write_run(tmp_path / "a", f1s=(0.5, 0.75))
    write_run(tmp_path / "b", f1s=(0.5,))
    a, b = read_runs([tmp_path / "a", tmp_path / "b"])
    left, right = run_figure(a).axes
    lines = {line.get_label(): list(line.get_ydata()) for line in right.get_lines()}
    assert lines["training"] == [0.4, 0.4] and lines["validation, macro F1"] == [0.5, 0.75]
    assert list(left.get_lines()[0].get_ydata()) == [2.0, 2.0 - 1 / 9]
    figure = comparison_figure([a, b])
    assert [len(axes.get_lines()) for axes in figure.axes] == [2, 2, 2]
    assert figure.axes[0].get_lines()[1].get_marker() == "o", "a line with one point is invisible"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_more_runs_than_colours_are_distinguishable(tmp_path: Path) -> None:
    found = read_runs([write_run(tmp_path / str(n), f1s=(0.5, 0.6)) for n in range(9)])
    styles = [(x.get_color(), x.get_linestyle()) for x in comparison_figure(found).axes[0].get_lines()]
    assert len(set(styles)) == 9


def test_run_names_are_short_and_unique(tmp_path: Path) -> None:
    paths = [write_run(tmp_path / name, f1s=(0.5,)) for name in ("a/run", "b/run", "c")]
    assert [run.name for run in read_runs([*paths, paths[0]])] == ["a/run", "b/run", "c"]
    done = runs_here(tmp_path, "-o", tmp_path / "report")
    assert done.exit_code == 0
    assert (tmp_path / "report" / "figures" / "run_a_run.png").is_file()


def test_differing_settings_are_listed(tmp_path: Path) -> None:
    found = read_runs(
        [write_run(tmp_path / "a", f1s=(0.5,)), write_run(tmp_path / "b", f1s=(0.5,), planned=9)]
    )
    assert differences(found) == [("recipe.epochs", "3", "9")]


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("history.csv", "epoch,loss\n1,2.5\n2,much\n", "line 3: loss is 'much', not a number"),
        ("history.csv", "epoch,loss,val_loss\n1,2.5\n", "line 2: val_loss is '', not a number"),
        ("history.csv", "loss\n2.5\n", "missing columns epoch"),
        ("history.csv", "", "missing columns epoch"),
        ("history.csv", b"\xff\xfe", "decode"),
        ("run.json", '{"recipe": ', "fix it"),
        ("run.json", "[]", "it is not a JSON object"),
    ],
)
def test_broken_files_are_one_line_errors(
    tmp_path: Path, file: str, content: str | bytes, words: str
) -> None:
    run = write_run(tmp_path / "run", f1s=(0.5,))
    (run / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = runs_here(run, "-o", tmp_path / "report")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {run / file}") and done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (tmp_path / "report").exists()


def test_missing_runs_are_one_line_errors(tmp_path: Path) -> None:
    assert_one_error_line(simpsons("runs", cwd=tmp_path), "runs is not a folder")
    with pytest.raises(DataError, match="contains no runs"):
        find_runs(tmp_path)
    (tmp_path / "file").touch()
    run = write_run(tmp_path / "run", f1s=(0.5,))
    done = runs_here(run, "-o", tmp_path / "file" / "report")
    assert done.exit_code == 1 and done.stderr.count("\n") == 1 and "file" in done.stderr


def test_runs_are_read_without_keras(tmp_path: Path) -> None:
    code = (
        "import sys, simpsons_training.run_report, simpsons_training.runs; "
        "print([m for m in ('keras', 'tensorflow', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS_S)
    assert done.stdout.strip() == "[]", done
