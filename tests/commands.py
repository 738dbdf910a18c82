"""Runs the real commands, as a user would, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simpsons_play.core.assets import sample_clip

HANGS_S = 240
"""A command that takes longer hangs. None should need a tenth of it, but the machine may be slow and busy."""

SAMPLE = sample_clip()


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment with changes; None takes a variable away. No display unless one is given."""
    base = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return {k: v for k, v in {**base, **changes}.items() if v is not None}


def simpsons(
    *args: object, cwd: Path | None = None, env: dict[str, str] | None = None, timeout_s: float = HANGS_S
):
    """Run `simpsons ARGS`; gives the finished process with its text output."""
    return subprocess.run(
        [sys.executable, "-m", "simpsons_play", *map(str, args)],
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


@contextmanager
def started(*args: object) -> Iterator[subprocess.Popen[str]]:
    """Start `simpsons ARGS` and go on; it is ended with the block, if it has not ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simpsons_play", *map(str, args)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(
    process: subprocess.Popen[str], condition: Callable[[], bool], *, timeout_s: float = HANGS_S
) -> None:
    """Wait until a running command has come so far."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None and time.monotonic() < end_s
        time.sleep(0.05)


def assert_one_error_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """The command failed with one `Error:` line that says these words, and no trace."""
    assert done.returncode not in (0, -6, -11), done
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    # Beside it only lines of ours may stand, such as the provider's.
    strangers = [
        line
        for line in done.stderr.splitlines()
        if not line.startswith(("Error: ", "Provider: ", "no sound"))
    ]
    assert not strangers, done.stderr
    for word in words:
        assert word in errors[0], errors[0]
