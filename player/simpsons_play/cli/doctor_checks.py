"""What works on this machine, what is missing, and the command that mends it.

Everything that may be missing is imported only after it was looked for.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simpsons_play.core.config import TrackingConfig
from simpsons_play.core.errors import SimpsonsError

if TYPE_CHECKING:
    from simpsons_play.inference.model import Classifier, Detector

_PLAYER = (
    "numpy",
    "opencv-python",
    "av",
    "PySide6-Essentials",
    "PySide6-Addons",
    "click",
    "jinja2",
    "rich",
    "platformdirs",
    "pysubs2",
)
_RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
_TRAIN = ("tensorflow", "keras", "tf2onnx", "onnx", "scikit-learn", "matplotlib")
_WARM_UP, _RUNS = 20, 200

_PROBE_SOUND = """
from simpsons_play.window.shell.qt_log import quiet_qt
with quiet_qt():
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtMultimedia import QMediaDevices
    application = QGuiApplication([])
    print("; ".join(device.description() for device in QMediaDevices.audioOutputs()))
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what it is about.
        state: `ok`; `missing`: something does not work that one can do without; `broken`: nothing can be
            played.
        text: what was found, and the command that mends it.
    """

    topic: str
    state: Literal["ok", "missing", "broken"]
    text: str

    def line(self) -> str:
        """As it is printed."""
        return f"{self.state:<8}{self.topic:<10}{self.text}"


def examine(model: Path | None = None) -> Iterator[Finding]:
    """Look at everything the player may need, one finding after the other."""
    yield Finding(
        "system",
        "ok",
        f"Python {platform.python_version()}, {platform.platform(terse=True)}, {os.cpu_count()} cores",
    )
    broken = False
    for finding in _packages():
        broken = broken or finding.state == "broken"
        yield finding
    if broken:
        return  # the rest would fail for the same reason, in words that help nobody
    yield from _networks(model)
    yield _display()
    yield _sound()
    yield _camera()
    yield _encoder()


def _packages() -> Iterator[Finding]:
    player = _versions(_PLAYER)
    if absent := [name for name in _PLAYER if name not in player]:
        yield Finding(
            "packages",
            "broken",
            f"{', '.join(absent)} not installed: pip install --force-reinstall simpsons-play",
        )
    yield Finding("packages", "ok", _listed(player))
    runtimes = _versions(_RUNTIMES)
    if len(runtimes) == 2:
        yield Finding(
            "packages",
            "broken",
            "onnxruntime and onnxruntime-gpu shadow each other: "
            "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu",
        )
    elif not runtimes:
        yield Finding("packages", "broken", "no onnxruntime: pip install onnxruntime-gpu")
    else:
        yield Finding("packages", "ok", _listed(runtimes))
    train = _versions(_TRAIN)
    if absent := [name for name in _TRAIN if name not in train]:
        yield Finding(
            "training",
            "missing",
            f"{', '.join(absent)} not installed: pip install 'simpsons-play[train]' to train and export",
        )
    else:
        yield Finding("training", "ok", _listed(train))


def _networks(model: Path | None) -> Iterator[Finding]:
    """The model that is asked for, else both that are shipped: the player's own first."""
    from simpsons_play.inference.model import load_network
    from simpsons_play.inference.providers import INSTALL_CUDA, missing_for_gpu

    asked = [(None, "detect"), (None, "full")] if model is None else [(model, "auto")]
    for path, regions in asked:
        try:
            cpu = load_network(path, regions=regions, provider="cpu")
        except SimpsonsError as error:
            yield Finding("model", "broken", str(error))
            return
        card = cpu.card
        sees = "heads in frames of any size" if card.detects else f"pictures of {card.size_px} px"
        yield Finding(
            "model",
            "ok",
            f"{cpu.path.name}: {card.network} {card.version}, {len(card.labels)} characters, {sees}, "
            f"threshold {card.threshold:g}",
        )
        yield Finding("cpu", "ok", _speed(cpu))
    if why_not := missing_for_gpu("cuda"):
        yield Finding("cuda", "missing", f"{why_not}; with an NVIDIA GPU and its driver: {INSTALL_CUDA}")
        return
    for path, regions in asked:
        try:
            yield Finding("cuda", "ok", _speed(load_network(path, regions=regions, provider="cuda")))
        except SimpsonsError as error:
            yield Finding("cuda", "missing", str(error))


def _speed(network: Classifier | Detector) -> str:
    """Time of one picture or frame, measured now."""
    import numpy as np

    from simpsons_play.inference.model import Classifier
    from simpsons_play.inference.providers import PROVIDERS

    random = np.random.default_rng(0)
    look: Callable[[], object]
    if isinstance(network, Classifier):
        size_px = network.card.size_px
        picture = random.integers(0, 256, (1, size_px, size_px, 3), np.uint8)
        look, of = partial(network.classify, picture), "a picture"
    else:
        frame = random.integers(0, 256, (432, 576, 3), np.uint8)
        look, of = partial(network.detect, frame, min_score=TrackingConfig().min_score), "a 576x432 frame"
    milliseconds = []
    for _ in range(_WARM_UP + _RUNS):
        began_s = time.perf_counter()
        look()
        milliseconds.append((time.perf_counter() - began_s) * 1000)
    p50, p99 = np.percentile(milliseconds[_WARM_UP:], (50, 99))
    threads = (
        f", {network.threads} thread{'' if network.threads == 1 else 's'}"
        if network.provider == PROVIDERS["cpu"]
        else ""
    )
    spread = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms {of}, n={_RUNS} after {_WARM_UP} warm-up"
    return f"{network.provider}{threads}: {spread}"


def _display() -> Finding:
    from simpsons_play.window.shell.display import display_problem

    if reason := display_problem():
        return Finding("display", "missing", f"{reason}: no window, but --no-window works")
    return Finding("display", "ok", "a window can be opened")


def _sound() -> Finding:
    from simpsons_play.window.playback.multimedia import why_no_multimedia

    if reason := why_no_multimedia():
        return Finding("sound", "missing", f"{reason}; until then the window plays without sound")
    # In a process of its own: a broken sound server must not take this one down or stop it for good.
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE_SOUND],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=30,
        )
    except subprocess.TimeoutExpired:
        return Finding("sound", "missing", "the sound system does not answer; the window plays without sound")
    if devices := probe.stdout.strip():
        return Finding("sound", "ok", devices)
    return Finding("sound", "missing", "no sound device was found; the window plays without sound")


def _encoder() -> Finding:
    from simpsons_play.sinks.video.encoders import AUTO, X264, encoder_for

    encoder = encoder_for(AUTO, width=1280, height=720, rate=Fraction(25))
    if encoder is X264:
        return Finding("encoder", "missing", "no graphics card that encodes H.264; x264 does, on the CPU")
    return Finding("encoder", "ok", f"{encoder.codec} encodes on the graphics card")


def _camera() -> Finding:
    from simpsons_play.sources.camera import open_capture
    from simpsons_play.sources.camera_names import cameras

    if sys.platform.startswith("linux") and not list(Path("/dev").glob("video*")):
        return Finding("camera", "missing", "no camera: there is no /dev/video*")
    capture = open_capture(0)
    works, _ = capture.read()
    capture.release()
    if works:
        names = "; ".join(f"{number}: {name}" for number, name in cameras().items())
        return Finding("camera", "ok", f"camera 0 gives pictures{names and f'; there are {names}'}")
    return Finding("camera", "missing", "camera 0 gives no pictures: is another program using it?")


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
