"""How old frames of a 30 fps camera are while the network takes 100 ms for each.

`python -m tests.benchmarks.camera`: first without a window, then in one, offscreen, 20 s each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.pipeline import run
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from simpsons_play.core.timing import StageTimes
from simpsons_play.render.overlay import Overlay
from simpsons_play.sources import Camera
from tests.fakes import LABELS, FakeClassifier

_SECONDS, _FPS, _NETWORK_S = 20.0, 30, 0.1


class _Driver:
    """A camera's driver: waits for the next picture, and loses those nobody asked for in time."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._noise = np.random.default_rng(0).integers(0, 255, (8, 480, 640, 3), np.uint8)

    def isOpened(self) -> bool:
        return True

    def get(self, propId: int, /) -> float:
        return float(_FPS)

    def release(self) -> None:
        pass

    def read(self) -> tuple[bool, Any]:
        number = int((time.monotonic() - self._began_s) * _FPS) + 1
        time.sleep(max(0.0, self._began_s + number / _FPS - time.monotonic()))
        return True, self._noise[number % len(self._noise)]


def _slow(picture: Image) -> list[float]:
    time.sleep(_NETWORK_S)
    return [0.9, 0.05, 0.05]


def _analyser(times: StageTimes) -> Analyser:
    return Analyser(FakeClassifier(_slow), AnalysisConfig(regions="full").without_lookahead(), times=times)  # type: ignore[arg-type]


def _camera() -> Camera:
    return Camera(0, duration_s=_SECONDS, capture=lambda _: _Driver())


def _without_window() -> str:
    times = StageTimes()
    with _camera() as camera:
        summary = run(camera, _analyser(times), times=times)
    return f"{_age(times)}; {summary.frames} frames analysed, {summary.dropped} dropped"


def _in_window() -> str:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from simpsons_play.window import NetworkInfo
    from tests.player.window.window_kit import run_window

    times, overlay, shown = StageTimes(), Overlay(LABELS), list[float]()

    class Watched(LiveAnalysis):
        def submit(self, frame: Any, *more: Any, **named: Any) -> None:
            shown.append((time.monotonic() - frame.arrived_s) * 1000)
            super().submit(frame, *more, **named)

    with Watched(_analyser(times), times=times) as live:
        run_window(
            title="camera 0",
            network=NetworkInfo(LABELS, "fake"),
            draw=overlay.draw,
            open_frames=lambda start_s=0.0: _camera(),
            analysis=live,
            times=times,
            close_at_end=True,
        )
    p50, p95 = np.percentile(shown, (50, 95))
    return (
        f"{_age(times)}; picture on screen p50 {p50:.0f} ms, p95 {p95:.0f} ms, max {max(shown):.0f} ms; "
        f"{len(shown)} frames shown, {live.dropped} dropped by the analysis"
    )


def _age(times: StageTimes) -> str:
    (age,) = (stage for stage in times.summary() if stage.stage == "age")
    return f"names p50 {age.p50_ms:.0f} ms, p95 {age.p95_ms:.0f} ms, max {age.max_ms:.0f} ms old (n={age.n})"


def _lines() -> Iterator[str]:
    yield f"{_FPS} fps, network {_NETWORK_S * 1000:.0f} ms, {_SECONDS:.0f} s"
    yield f"without a window: {_without_window()}"
    yield f"in the window:    {_in_window()}"


if __name__ == "__main__":
    for line in _lines():
        click.echo(line)
