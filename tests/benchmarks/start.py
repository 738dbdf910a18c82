"""Time from the command to the first frame, the first name and complete lanes, offscreen.

`python -m tests.benchmarks.start FILE [--opened 5]` starts a process each time. The first one runs without a
cache, the others with it. Run it twice if the disk is cold.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import click

_BEGAN = "SIMPSONS_BENCHMARK_BEGAN"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option("--opened", default=5, type=click.IntRange(1), help="Number of starts with a cache.")
@click.option("--inside", is_flag=True, hidden=True)
def main(file: Path, opened: int, inside: bool) -> None:
    """Open it and print what was measured, in seconds since the command was given."""
    if inside:
        _inside(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "SIMPSONS_CACHE": folder, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", "tests.benchmarks.start", str(file), "--inside"]
        click.echo(f"nothing cached: {_run(command, env)}")
        subprocess.run(
            [sys.executable, "-m", "simpsons_play", "play", str(file), "--no-window", "-q"],
            env=env,
            check=True,
        )
        for _ in range(opened):
            click.echo(f"cached:         {_run(command, env)}")


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        command, env={**env, _BEGAN: str(time.time())}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _inside(file: Path) -> None:
    """Play until a name was painted and all lanes are full, or for five seconds."""
    from simpsons_play.cli import play_windowed as windowed
    from simpsons_play.cli.commands.play import play

    load, seen = windowed.load_window, dict[str, float]()

    def loaded() -> None:
        load()
        _watch(seen, float(os.environ[_BEGAN]))  # not earlier: what is loaded beside it would have to wait

    with mock.patch.object(windowed, "load_window", loaded):
        play([str(file), "-q"], standalone_mode=False)
    click.echo(", ".join(f"{what} {after_s:.2f} s" for what, after_s in seen.items()))


def _watch(seen: dict[str, float], began: float) -> None:
    """Note what is shown for the first time, in seconds from a time; close the window when all was."""
    from simpsons_play.render.overlay import Overlay
    from simpsons_play.window.shell.player import PlayerWindow
    from simpsons_play.window.widgets.lanes import Lanes
    from simpsons_play.window.widgets.picture import Picture

    named: list[Any] = []

    def note(what: str) -> None:
        seen.setdefault(what, time.time() - began)

    draw, paint, show_timeline = Overlay.draw, Picture.paintEvent, Lanes.show_timeline
    open_window = PlayerWindow.show

    def drawn(self: Overlay, image: Any, result: Any) -> Any:
        canvas = draw(self, image, result)
        if result is not None and result.captions:
            named.append(canvas)
        return canvas

    def painted(self: Picture, event: Any) -> None:
        paint(self, event)
        if self.frame is not None:
            note("picture")
        if named:
            note("name")
            if "lanes" in seen or time.time() - began > 5:
                self.window().close()

    def opened(self: PlayerWindow) -> None:
        open_window(self)
        note("window")

    def shown(self: Lanes, timeline: Any, *more: Any) -> None:
        show_timeline(self, timeline, *more)
        duration = self.window().playback.duration_s if self.window().playback is not None else None
        if timeline is not None and duration is not None and timeline.known_s > duration - 1:
            note("lanes")

    Overlay.draw, Picture.paintEvent = drawn, painted  # type: ignore[method-assign]
    PlayerWindow.show, Lanes.show_timeline = opened, shown  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
