"""Whether memory stays flat while a file is played again and again without a window.

`python -m tests.benchmarks.memory FILE [--minutes 60]` samples the resident memory of a real
`simpsons play --no-window --loop 0` every five seconds, from `/proc`, so that it runs on Linux alone; the
first minute, in which libraries and pools fill, does not count.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import click

_WARM_S = 60.0
_EACH_S = 5.0
_PAGE_MB = 4096 / 1e6


def resident_mb(process: int) -> float:
    """Resident memory of a process, in MB (10^6 bytes)."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_MB


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--minutes", default=60.0, type=click.FloatRange(2))
def main(file: Path, minutes: float) -> None:
    """Run it and print what was measured."""
    command = [sys.executable, "-m", "simpsons_play", "play", str(file), "--no-window", "--loop", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        began_s, samples = time.monotonic(), []
        while (passed_s := time.monotonic() - began_s) < minutes * 60:
            time.sleep(_EACH_S)
            samples.append((passed_s, resident_mb(process.pid)))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    passes = [line for line in output.splitlines() if " frames in " in line]
    warm = [mb for passed_s, mb in samples if passed_s >= _WARM_S]
    third = len(warm) // 3
    first, last = (sum(part) / third for part in (warm[:third], warm[-third:]))
    click.echo(f"{len(passes)} passes in {minutes:g} minutes; the first: {passes[0]}")
    click.echo(
        f"after the first minute {min(warm):.1f} to {max(warm):.1f} MB: within "
        f"{max(warm) - min(warm):.1f} MB; mean of the first third {first:.1f}, of the last {last:.1f}"
    )


if __name__ == "__main__":
    main()
