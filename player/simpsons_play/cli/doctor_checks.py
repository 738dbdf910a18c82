"""Checks of what works on this machine, with the command that fixes what does not.

Packages that may be missing are imported only after the check for them.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.cli.installation import Finding, installed_parts
from simpsons_play.core.config import TrackingConfig
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.extras import WINDOW, gpu_runtime

if TYPE_CHECKING:
    from simpsons_play.inference.model import Classifier, Detector

_WARM_UP, _RUNS = 20, 200

_PROBE_SOUND = """
from simpsons_play.window.shell.qt_log import quiet_qt
with quiet_qt():
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtMultimedia import QMediaDevices
    application = QGuiApplication([])
    print("; ".join(device.description() for device in QMediaDevices.audioOutputs()))
"""


def examine(model: Path | None = None) -> Iterator[Finding]:
    """Check everything the player may need, with the given model or else both included ones."""
    system = f"Python {platform.python_version()}, {platform.platform(terse=True)}, {os.cpu_count()} cores"
    yield Finding("system", "ok", system)
    parts = []
    for part in installed_parts():
        yield part
        parts.append(part)
    if any(part.state == "broken" for part in parts):
        return  # the other checks would fail for the same reason, with less helpful messages
    yield from _networks(model)
    if any(part.topic == WINDOW and part.state == "ok" for part in parts):
        yield _display()
        yield _sound()
    yield _camera()
    yield _encoder()


def _networks(model: Path | None) -> Iterator[Finding]:
    """Check the given model, else both included models, the player's default first.

    A given classifier names the heads of the included detector, which is checked after it.
    """
    from simpsons_play.inference.loading import load_network
    from simpsons_play.inference.providers import missing_for_gpu

    models: list[tuple[Path | None, str]] = [(model, "auto")]
    if model is None:
        models = [(None, "detect"), (None, "full")]
    working = []
    for path, regions in models:
        try:
            cpu = load_network(path, regions=regions, provider="cpu")
        except SimpsonsError as error:
            if path is None and model is not None:  # the given classifier works without it
                yield Finding("model", "missing", f"no heads are found: {error}")
                break
            yield Finding("model", "broken", str(error))
            return
        card = cpu.card
        working.append((path, regions))
        if path is not None and not card.detects:
            models.append((None, "detect"))
        task = "detects heads" if card.detects else f"classifies pictures of {card.size_px} px"
        yield Finding(
            "model",
            "ok",
            f"{cpu.path.name}: {card.network} {card.version}, {len(card.labels)} characters, {task}, "
            f"threshold {card.threshold:g}",
        )
        yield Finding("cpu", "ok", _speed(cpu))
    if why_not := missing_for_gpu("cuda"):
        yield Finding("cuda", "missing", f"{why_not}{_cuda_remedy()}")
        return
    for path, regions in working:
        try:
            yield Finding("cuda", "ok", _speed(load_network(path, regions=regions, provider="cuda")))
        except SimpsonsError as error:
            yield Finding("cuda", "missing", str(error))


def _cuda_remedy() -> str:
    """What an NVIDIA GPU needs besides its driver."""
    from simpsons_play.inference.providers import INSTALL_CUDA, has_provider, missing_cuda_libraries

    if not has_provider("cuda"):
        command = gpu_runtime()
        return command and f"; with an NVIDIA GPU: {command}"
    if absent := missing_cuda_libraries():
        return f"; with an NVIDIA GPU, {', '.join(absent)} would be missing: {INSTALL_CUDA}"
    return "; the libraries of CUDA are installed"


def _speed(network: Classifier | Detector) -> str:
    """Measure how long one picture or frame takes."""
    import numpy as np

    from simpsons_play.inference.model import Classifier
    from simpsons_play.inference.providers import PROVIDERS

    random = np.random.default_rng(0)
    infer: Callable[[], object]
    if isinstance(network, Classifier):
        size_px = network.card.size_px
        picture = random.integers(0, 256, (1, size_px, size_px, 3), np.uint8)
        infer, unit = partial(network.classify, picture), "picture"
    else:
        frame = random.integers(0, 256, (432, 576, 3), np.uint8)
        infer, unit = partial(network.detect, frame, min_score=TrackingConfig().min_score), "576x432 frame"
    milliseconds = []
    for _ in range(_WARM_UP + _RUNS):
        began_s = time.perf_counter()
        infer()
        milliseconds.append((time.perf_counter() - began_s) * 1000)
    p50, p99 = np.percentile(milliseconds[_WARM_UP:], (50, 99))
    threads = (
        f", {network.threads} thread{'' if network.threads == 1 else 's'}"
        if network.provider == PROVIDERS["cpu"]
        else ""
    )
    spread = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms per {unit}, n={_RUNS} after {_WARM_UP} warm-up"
    return f"{network.provider}{threads}: {spread}"


def _display() -> Finding:
    from simpsons_play.window.shell.display import display_problem

    if reason := display_problem():
        return Finding("display", "missing", f"{reason}; the window cannot open, but --no-window works")
    return Finding("display", "ok", "the window can open")


def _sound() -> Finding:
    from simpsons_play.window.playback.multimedia import why_no_multimedia

    if reason := why_no_multimedia():
        return Finding("sound", "missing", f"{reason}; until then the window plays without sound")
    # In a separate process, which a broken sound server may crash or block.
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE_SOUND],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=30,
        )
    except subprocess.TimeoutExpired:
        return Finding(
            "sound", "missing", "the sound system does not respond; the window plays without sound"
        )
    if devices := probe.stdout.strip():
        return Finding("sound", "ok", devices)
    return Finding("sound", "missing", "no sound device found; the window plays without sound")


def _encoder() -> Finding:
    from simpsons_play.sinks.video.encoders import AUTO, X264, encoder_for

    encoder = encoder_for(AUTO, width=1280, height=720, rate=Fraction(25))
    if encoder is X264:
        return Finding("encoder", "missing", "no graphics card encodes H.264; x264 encodes on the CPU")
    return Finding("encoder", "ok", f"{encoder.codec} encodes on the graphics card")


def _camera() -> Finding:
    from simpsons_play.sources.camera import open_capture
    from simpsons_play.sources.camera_names import cameras

    if sys.platform.startswith("linux") and not list(Path("/dev").glob("video*")):
        return Finding("camera", "missing", "no camera found: there is no /dev/video*")
    capture = open_capture(0)
    works, _ = capture.read()
    capture.release()
    if works:
        names = "; ".join(f"{number}: {name}" for number, name in cameras().items())
        return Finding("camera", "ok", f"camera 0 works{names and f'; connected: {names}'}")
    return Finding("camera", "missing", "camera 0 delivers no frames; is another program using it?")
