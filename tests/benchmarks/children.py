"""Runs a command in a process of its own, and measures all of it: time, processor time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.memory import resident_mb

ROOT = Path(__file__).parents[2]
"""The checkout, where commands run: `python -m tests.benchmarks...` needs it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that has ended.

    Attributes:
        code: exit status; negative if a signal ended it.
        seconds: from its start to its exit.
        cpu_s: processor time of all its threads; None where the system does not say (Windows).
        peak_mb: most memory it had resident (10^6 bytes); None on Windows.
        samples: (seconds since its start, resident MB), if it was sampled; Linux alone.
        output: what it printed on standard output.
        errors: what it printed on standard error.
    """

    code: int
    seconds: float
    cpu_s: float | None
    peak_mb: float | None
    samples: tuple[tuple[float, float], ...]
    output: str
    errors: str

    @property
    def problem(self) -> str:
        """Why it failed, in one line; empty if it did not."""
        if self.code == 0:
            return ""
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        last = lines[-1] if lines else f"exit status {self.code}"
        return re.sub(r"^[\w.]+\.(\w+: )", r"\1", last)[:200]  # an exception without its modules


def run(
    command: Sequence[str | Path],
    *,
    env: dict[str, str] | None = None,
    limit_s: float | None = None,
    sample_each_s: float | None = None,
) -> Finished:
    """Run a command from the checkout's root and wait for it.

    The kernel counts the memory of this process, before the command replaces it, as the child's peak too:
    keep this process small.

    Args:
        command: program and arguments.
        env: the whole environment; None passes on that of this process.
        limit_s: kill it after this time.
        sample_each_s: sample its resident memory this often, in seconds.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        samples: list[tuple[float, float]] = []
        began_s = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            env=env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        ended = threading.Event()

        def sample() -> None:
            while sample_each_s is not None and not ended.wait(sample_each_s):
                with suppress(OSError, IndexError):  # it has just ended
                    samples.append((time.perf_counter() - began_s, resident_mb(process.pid)))

        helpers = [threading.Thread(target=sample, daemon=True)]
        if limit_s is not None:
            helpers.append(threading.Timer(limit_s, process.kill))
        for helper in helpers:
            helper.start()
        try:
            cpu_s, peak_mb = _wait(process)
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
            for helper in helpers:
                if isinstance(helper, threading.Timer):
                    helper.cancel()
        seconds = time.perf_counter() - began_s
        helpers[0].join()
        output.seek(0)
        errors.seek(0)
        return Finished(
            process.returncode, seconds, cpu_s, peak_mb, tuple(samples), output.read(), errors.read()
        )


def _wait(process: subprocess.Popen[bytes]) -> tuple[float | None, float | None]:
    """Wait for the end; returns processor time in seconds and peak memory in MB."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None, None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * bytes_each / 1e6
