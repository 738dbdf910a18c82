"""`simpsons review`, as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cli.main import main
from simpsons_play.core.names import use_colours, use_display_names
from simpsons_training.labelling.picture_folder import PictureFolder
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.review_decisions import reviewing
from simpsons_training.labelling.window import review_app
from tests.commands import assert_one_error_line, environment
from tests.fakes import LABELS
from tests.player.cast.test_cast import taught
from tests.training.labelling.kit import add_proposals, arguments, run_command
from tests.training.labelling.test_corrections_import import correct

BART, HOMER, MARGE = LABELS


def test_listing_and_accepting_without_a_window(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, HOMER, HOMER])
    done = run_command("review", tmp_path, "--list")
    assert done.returncode == 0 and not done.stderr, done
    assert done.stdout == (
        f"      1  Bart Simpson\n      2  Homer Simpson\n3 proposals in {tmp_path / 'proposed'}\n"
    )
    done = run_command("review", tmp_path, "--accept-all", "--min-probability", 0.94)
    assert done.stdout == f"Accepted 2 pictures into {tmp_path}\n"
    assert [row.character for row in PictureFolder(tmp_path).rows()] == [BART, HOMER]
    assert len(ProposalFolder(tmp_path).pending()) == 1
    run_command("review", tmp_path, "--accept-all")
    done = run_command("review", tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0 and done.stdout.startswith("Nothing to review")


@pytest.fixture
def names_of_no_cast() -> Iterator[None]:
    yield
    use_display_names({})
    use_colours({})


@pytest.mark.usefixtures("names_of_no_cast")
def test_names_of_the_cast_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PySide6.QtWidgets")
    offered: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        review_app, "review_in_window", lambda session, decisions, *, labels: offered.append(labels)
    )
    monkeypatch.setattr(review_app, "load_review_window", lambda: None)
    cast = CastFile(tmp_path / "cast.json")
    cast.update(lambda old: taught(otto_mann=1))
    monkeypatch.setenv("SIMPSONS_CAST", str(cast.path))
    add_proposals(tmp_path / "set", [BART, HOMER])
    assert CliRunner().invoke(main, ["review", str(tmp_path / "set"), "--accept-all"]).exit_code == 0
    add_proposals(tmp_path / "set", [BART], first=2)
    assert CliRunner().invoke(main, ["review", str(tmp_path / "set")]).exit_code == 0
    assert offered == [(HOMER, BART, "otto_mann")]


def test_a_damaged_or_deleted_proposal_does_not_stop_the_others(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, HOMER, HOMER])
    (tmp_path / "proposed" / HOMER / "pic_0000.jpg").unlink()
    (tmp_path / "proposed" / HOMER / "pic_0001.jpg").write_bytes(b"no picture")
    done = run_command("review", tmp_path, "--accept-all")
    assert done.returncode == 3 and done.stdout == f"Accepted 1 picture into {tmp_path}\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith("Warning: ") and line.endswith(
        "pic_0001.jpg is not a readable picture; reject it; left out"
    )
    assert [one.saved.path.name for one in ProposalFolder(tmp_path).pending()] == ["pic_0001.jpg"]


def test_corrections_without_a_data_set(tmp_path: Path) -> None:
    correct(tmp_path / "corrections", "otto_mann", time_s=3)
    (tmp_path / "corrections" / "characters" / "otto_mann" / "damaged.png").write_bytes(b"")
    folder = tmp_path / "set"
    done = run_command("review", folder, "--corrections", tmp_path / "corrections", "--accept-all")
    assert done.returncode == 3 and done.stdout == f"Accepted 1 picture into {folder}\n"
    assert done.stderr.startswith("Warning: ") and "damaged.png" in done.stderr
    assert (folder / "otto_mann" / "pic_0000.jpg").is_file()


def test_without_a_display(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART])
    done = run_command("review", tmp_path)
    if sys.platform == "linux":
        assert_one_error_line(done, "no display", "use --list or --accept-all, which open no window")
    assert len(ProposalFolder(tmp_path).pending()) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["missing"], "is not a folder; `simpsons propose` makes one"),
        (["set", "--corrections", "missing"], "is not a folder of corrections"),
    ],
)
def test_missing_folders(tmp_path: Path, args: list[str], words: str) -> None:
    paths = [word if word.startswith("--") else str(tmp_path / word) for word in args]
    assert_one_error_line(run_command("review", *paths, "--list"), words)


def test_options_that_exclude_each_other(tmp_path: Path) -> None:
    done = run_command("review", tmp_path, "--list", "--accept-all")
    assert done.returncode == 2 and "exclude each other" in done.stderr


def test_a_second_review_waits_for_the_first(tmp_path: Path) -> None:
    with reviewing(add_proposals(tmp_path, [BART])):
        done = run_command("review", tmp_path, "--accept-all")
    assert_one_error_line(done, "is being reviewed in another window; close it")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent there")
def test_ctrl_c_closes_the_window(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, HOMER])
    lock = tmp_path / "proposed" / ".review.lock"
    with subprocess.Popen(
        arguments("review", tmp_path),
        env=environment(QT_QPA_PLATFORM="offscreen", PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            while not lock.exists() and process.poll() is None:
                pass
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130 and "Traceback" not in err, err
    assert not out or out == "Accepted 0 pictures, rejected 0; 2 left to review\n"
    assert len(ProposalFolder(tmp_path).pending()) == 2
