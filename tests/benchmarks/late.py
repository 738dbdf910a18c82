"""How many frames of a 1080p60 video the window paints late, or never, while the analysis runs ahead.

`python -m tests.benchmarks.late` first makes the video, which takes minutes; keep it with `--video`. The
lateness of a frame is relative to the frames around it: the median of one second of them. A frame is late
from half a frame on. `--no-analysis` plays the same file without a model; `--threads` also prints how long
each thread ran and how long it waited for a core.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from unittest import mock

import av
import click
import cv2
import numpy as np

from simpsons_play.core.assets import sample_clip
from tests.benchmarks.watching import ThreadTimes, on_paint

_RATE, _WIDTH, _HEIGHT, _BITS, _STRIP = 60, 1920, 1080, 12, 54
_SOUND_HZ, _BLOCK = 48_000, 1024
_SAMPLE = sample_clip()


def make_video(path: Path, *, seconds: int) -> None:
    """The sample clip, enlarged and panned, each frame with its number in blocks along its upper edge."""
    with av.open(str(_SAMPLE)) as source:
        clip = [f.to_ndarray(format="bgr24") for f in islice(source.decode(video=0), 240)]
    larger = [cv2.resize(image, (_WIDTH + 200, _HEIGHT + 100)) for image in clip[::4]]
    with av.open(str(path), "w") as out:
        options = {"preset": "veryfast", "crf": "20"}
        video: Any = out.add_stream("libx264", rate=_RATE, options=options)
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        video.codec_context.time_base = Fraction(1, _RATE)
        sound: Any = out.add_stream("aac", rate=_SOUND_HZ, layout="stereo")
        pictures, sent = cycle(image for image in larger for _ in range(10)), 0
        for number, image in zip(range(seconds * _RATE), pictures, strict=False):
            left, top = number % 200, number % 100
            picture = np.ascontiguousarray(image[top : top + _HEIGHT, left : left + _WIDTH])
            for bit in range(_BITS):
                columns = slice(bit * _WIDTH // _BITS, (bit + 1) * _WIDTH // _BITS)
                picture[:_STRIP, columns] = 220 if number >> bit & 1 else 30
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            out.mux(video.encode(frame))
            while (sent + _BLOCK) / _SOUND_HZ < (number + 1) / _RATE:
                samples = np.random.default_rng(sent).integers(-500, 500, (1, 2 * _BLOCK), np.int16)
                block = av.AudioFrame.from_ndarray(samples, "s16", layout="stereo")
                block.sample_rate, block.pts, block.time_base = _SOUND_HZ, sent, Fraction(1, _SOUND_HZ)
                out.mux(sound.encode(block))
                sent += _BLOCK
        out.mux(video.encode())
        out.mux(sound.encode())


def _nothing(*_: object, **__: object) -> None:
    """In place of looking at the newest frame."""


def _nobody(*_: object, **__: object) -> Iterator[Any]:
    """In place of going through the file."""
    yield from ()


def _most_mb() -> float:
    """How much memory this process has had at most."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most / 1e3


@click.command()
@click.option("--video", type=click.Path(path_type=Path), help="Where the video is, or is to be kept.")
@click.option("--seconds", default=35, show_default=True, help="How long to play.")
@click.option("--size", type=(int, int), default=(1280, 900), show_default=True, help="Of the window.")
@click.option("--no-analysis", is_flag=True, help="Play without a model, for comparison.")
@click.option("--threads", is_flag=True, help="Print the time of each thread.")
def main(video: Path | None, seconds: int, size: tuple[int, int], no_analysis: bool, threads: bool) -> None:
    """Play, and count."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from simpsons_play.analysis.live import LiveAnalysis
    from simpsons_play.cli import play_windowed as windowed
    from simpsons_play.core.play_request import PlayRequest
    from simpsons_play.window import load_window
    from simpsons_play.window.shell.application import application

    load_window()
    app = application()
    from PySide6.QtCore import QTimer

    from simpsons_play.window.shell.player import PlayerWindow

    times = ThreadTimes()

    def look() -> None:
        times.look()
        for window in app.topLevelWidgets():
            if isinstance(window, PlayerWindow) and (window.width(), window.height()) != size:
                window.resize(*size)

    timer = QTimer(app, interval=100)
    timer.timeout.connect(look)
    timer.start()
    painted: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = video or Path(folder) / "1080p60.mp4"
        if not path.exists():
            make_video(path, seconds=65)
        request = PlayRequest(
            str(path), close_at_end=True, cached=False, duration_s=float(seconds), quiet=True
        )
        if no_analysis:
            stack.enter_context(mock.patch.object(windowed, "_analysed", _nobody))
            stack.enter_context(mock.patch.object(LiveAnalysis, "submit", _nothing))
        stack.enter_context(
            on_paint(lambda frame: painted.append((time.monotonic(), round(frame.time * _RATE))))
        )
        began_s = time.process_time()
        windowed.play_in_window([request], request)
        took_s = time.process_time() - began_s
    timer.stop()
    at_s = np.array([moment for moment, _ in painted])
    numbers = np.array([number for _, number in painted])
    kept = numbers > _RATE  # the first second is for opening
    shown, wanted = len(np.unique(numbers[kept])), numbers.max() - _RATE
    behind_ms = (at_s - numbers / _RATE)[kept] * 1000
    half = _RATE // 2
    late_ms = behind_ms - [np.median(behind_ms[max(0, n - half) : n + half]) for n in range(len(behind_ms))]
    p50, p95, p99 = np.percentile(late_ms, (50, 95, 99))
    click.echo(
        f"{wanted} frames, {shown} painted, {wanted - shown} never, {(late_ms > 500 / _RATE).sum()} late; "
        f"lateness p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, max {late_ms.max():.1f} ms; "
        f"{took_s:.1f} s of processor time for {at_s[-1] - at_s[0]:.1f} s; {_most_mb():.0f} MB at most"
    )
    for name, ran_s, waited_s in times.by_name() if threads else ():
        click.echo(
            f"{name:24}{1000 * ran_s / len(painted):6.2f} ms per painted frame, waited {waited_s:5.1f} s"
        )


if __name__ == "__main__":
    main()
