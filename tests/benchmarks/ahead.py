"""How soon a whole timeline is known in the window, and how evenly frames are painted meanwhile.

`python -m tests.benchmarks.ahead FILE [--seconds 60]`

The window is offscreen, without a sound device and without cached detections.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import click
import numpy as np

from tests.benchmarks.watching import on_paint


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--seconds", default=60.0, show_default=True, help="How long to play.")
def main(file: Path, seconds: float) -> None:
    """Play, and measure."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    began_s = time.monotonic()
    from simpsons_play.analysis.background import BackgroundAnalysis
    from simpsons_play.cli import play_windowed as windowed
    from simpsons_play.core.play_request import PlayRequest
    from simpsons_play.window import load_window

    load_window()
    known: list[float] = []
    painted: list[tuple[float, float]] = []
    work = BackgroundAnalysis._receive

    def watched(self: Any) -> None:
        work(self)
        self._index.advance(1 << 30)
        self._index.flush()
        known.append(time.monotonic() - began_s)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(BackgroundAnalysis, "_receive", watched))
        stack.enter_context(
            on_paint(lambda frame: painted.append((time.monotonic() - began_s, frame.time_s)))
        )
        request = PlayRequest(str(file), close_at_end=True, cached=False, duration_s=seconds, quiet=True)
        windowed.play_in_window([request], request)
    done = f"after {known[0]:.1f} s" if known else "not while it played"
    click.echo(f"timeline complete {done}; first frame painted after {painted[0][0]:.2f} s")
    until_s = known[0] if known else painted[-1][0]
    for title, part in (
        ("while the analysis runs", [at for at, _ in painted if painted[0][0] + 1 < at < until_s]),
        ("afterwards", [at for at, _ in painted if at >= until_s]),
    ):
        if len(part) < 2:
            continue
        p50, p95, p99 = np.percentile(np.diff(part) * 1000, (50, 95, 99))
        click.echo(
            f"{title}: {len(part)} frames painted, apart p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, "
            f"max {np.diff(part).max() * 1000:.1f} ms"
        )


if __name__ == "__main__":
    main()
