"""The tables of sizes, lengths and numbers of files."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.children import Finished
from tests.benchmarks.scale import row


def test_row_adds_up_the_files_and_samples_memory_after_a_minute_and_at_the_end() -> None:
    samples = tuple((0.5 * n, 100.0 + n) for n in range(1, 161))
    done = Finished(0, 80.0, 100.0, 412.3, samples, '{"frames": 600}\n{"frames": 1000}\n', "")
    assert row("2 files", done, 800.0) == ("2 files", "1,600", "80.0", "20", "10.0", "412", "220", "260")


def test_row_of_a_short_run_has_no_memory_after_a_minute() -> None:
    done = Finished(0, 2.0, None, None, (), '{"frames": 100}\n', "")
    assert row("10 s", done, 10.0) == ("10 s", "100", "2.0", "50", "5.0", "-", "-", "-")


def test_row_of_a_run_that_failed_says_why() -> None:
    assert (
        row("4K", Finished(1, 2.0, None, None, (), "", "Error: no room\n"), 10.0)[0] == "4K: Error: no room"
    )


def test_the_command_measures_all_three() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--seconds", "1", "--markdown"]
    small = ["--size", "96x72", "--duration", "1", "--duration", "2", "--files", "2", "--jobs", "1"]
    options = ["--", "--regions", "full"]
    done = subprocess.run(
        [*command, *small, *options], capture_output=True, text=True, check=True, timeout=120
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()]
    found = {cells[0]: cells[1] for cells in rows if len(cells) > 1}
    assert (found["96x72"], found["2 s"], found["2 files"]) == ("24", "48", "48"), done.stdout
    assert "Options: --regions full" in done.stdout
