"""`simpsons propose` with the included models, as a user runs it."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from simpsons_training.commands.propose import summary_lines
from simpsons_training.labelling.picture_folder import SavedPicture
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.proposing import ProposeSummary
from simpsons_training.labelling.rejections import identity_of
from tests.commands import HANGS_S, SAMPLE, assert_one_error_line, environment, wait_for
from tests.training.labelling.kit import arguments, make_episode, run_command


def proposed(folder: Path) -> list[SavedPicture]:
    return ProposalFolder(folder).proposed.rows()


def right(row: SavedPicture) -> bool:
    """Whether the answers of the sample clip have this character at that time."""
    with SAMPLE.with_suffix(".csv").open(newline="") as file:
        return any(
            float(answer["start_s"]) <= (row.time_s or 0) < float(answer["end_s"])
            and answer["character"] == row.character
            for answer in csv.DictReader(file)
        )


def test_the_next_command_can_be_pasted_into_a_shell() -> None:
    summary = ProposeSummary(frames=1, characters=Counter(bart_simpson=1))
    last = summary_lines(summary, Path("my pictures"), total=1)[-1]
    assert last == "Review them with: simpsons review 'my pictures'"


def test_the_sample_clip(tmp_path: Path) -> None:
    done = run_command("propose", SAMPLE, "--into", tmp_path / "set")
    assert done.returncode == 0 and not done.stderr, done
    rows = proposed(tmp_path / "set")
    assert len(rows) >= 5 and all(map(right, rows))
    assert f": {len(rows)} proposals\nReview them with: simpsons review {tmp_path / 'set'}" in done.stdout
    assert "Lisa Simpson" in done.stdout
    again = run_command("propose", SAMPLE, "--into", tmp_path / "set")
    assert again.stdout == "All frames were looked at before; another --seed chooses others\n"
    assert len(proposed(tmp_path / "set")) == len(rows)


@pytest.mark.parametrize("command", [("propose",), ("label", "--terminal")])
def test_skipping_whole_episodes_is_told(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run_command(*command, SAMPLE, "--into", tmp_path / "set", "--skip-start", 100)
    assert_one_error_line(done, "--skip-start and --skip-end leave nothing of the episodes; give less")


def test_two_at_once_propose_nothing_twice(tmp_path: Path) -> None:
    words = arguments("propose", SAMPLE, "--into", tmp_path)
    env = environment(PYTHONPATH=os.pathsep.join(sys.path))
    processes = [subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(HANGS_S) for process in processes] == [0, 0]
    rows = proposed(tmp_path)
    assert len(rows) >= 5 and len({identity_of(row) for row in rows}) == len(rows)
    assert all(row.path.is_file() for row in rows)


def test_a_limit(tmp_path: Path) -> None:
    options = ("--count", 2, "--strategy", "uncertain", "--min-probability", 0.5)
    done = run_command("propose", SAMPLE, "--into", tmp_path, *options)
    assert done.returncode == 0 and len(proposed(tmp_path)) == 2
    assert " beyond --count; the next run proposes them again" in done.stdout


def test_unreadable_episodes(tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"RIFF" + b"x" * 1000)
    done = run_command("propose", broken, SAMPLE, "--into", tmp_path / "set")
    assert done.returncode == 3 and proposed(tmp_path / "set")
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("Warning: ") and "broken.avi" in warning
    assert_one_error_line(run_command("propose", broken, "--into", tmp_path / "set"), "broken.avi")
    done = run_command("propose", broken, tmp_path / "missing.avi", "--into", tmp_path / "set")
    assert done.returncode == 1 and done.stderr.endswith("Error: none of the episodes can be read\n")


@pytest.mark.parametrize(
    "options",
    [
        ("--min-probability", 1.5),
        ("--count", 0),
        ("--strategy", "best"),
        ("--skip-start", -1),
        ("--into", SAMPLE),
    ],
)
def test_invalid_options(tmp_path: Path, options: tuple[object, ...]) -> None:
    done = run_command("propose", SAMPLE, "--into", tmp_path, *options)
    assert done.returncode == 2 and not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = run_command("propose", SAMPLE, "--into", tmp_path / "file" / "set")
    assert_one_error_line(done, "file is a file, not a folder; choose another folder")


# Otherwise the command may have ended before this process, on a busy machine, comes to interrupt it.
SLOW = """
import time
from simpsons_training.commands.propose import propose
from simpsons_training.labelling.frame_log import FrameLog
claim = FrameLog.claim
FrameLog.claim = lambda *args, **kwargs: (time.sleep(0.3), claim(*args, **kwargs))[1]
propose()
"""


def test_ctrl_c_stops_and_a_second_run_goes_on(tmp_path: Path) -> None:
    episode, folder = make_episode(tmp_path / "long.mp4", [{}] * 45), tmp_path / "set"
    table = folder / "proposed" / "frames.csv"
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(episode), "--into", str(folder)],
        env=environment(PYTHONPATH=os.pathsep.join(sys.path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for(process, lambda: table.exists() and table.read_bytes().count(b"\n") > 5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
        finally:
            process.kill()
    assert process.returncode == 130 and "Traceback" not in err, err
    assert out.startswith("Looked at ") and out.endswith("Stopped; run the command again to go on\n")
    rows = table.read_bytes().count(b"\n")
    done = run_command("propose", episode, "--into", folder)
    assert done.returncode == 0 and table.read_bytes().count(b"\n") > rows
