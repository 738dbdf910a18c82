"""How far picture and sound are apart in the window, over a minute of flashes and beeps.

`python -m tests.benchmarks.sound` needs PulseAudio with a sink that can be listened to, such as

    pulseaudio --start --exit-idle-time=-1
    pactl load-module module-null-sink sink_name=null
    pactl unload-module module-suspend-on-idle

A flash counts from when the window has painted it, a beep from when it comes out of the monitor of the sink.
With `--speed` the window plays faster or slower, with `--moves` it pauses and seeks every few seconds.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import numpy as np

from tests.benchmarks.watching import on_paint

_RATE, _SOUND_HZ, _SECONDS, _BLOCK = Fraction(24000, 1001), 44100, 150, 1024
_FLASH_EVERY = 24
_MONITOR = "null.monitor"
_PAIR_S = 0.24
"""A flash and a beep farther apart are not one: a seek came between them, or one is missing."""
_MOVE_EVERY_MS, _PAUSE_MS = 4000, 700


def make_flashes(path: Path) -> Path:
    """A dark video with a white frame each second, and a beep of 20 ms that begins with it."""
    count = int(_SECONDS * _RATE)
    flashes = set(range(_FLASH_EVERY, count, _FLASH_EVERY))
    beep = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(_SOUND_HZ // 50) / _SOUND_HZ)
    sound = np.zeros(int(_SOUND_HZ * count / _RATE) + _SOUND_HZ, np.float32)
    for number in flashes:
        begin = int(number / _RATE * _SOUND_HZ)
        sound[begin : begin + len(beep)] = beep
    with av.open(path, "w") as container:
        video: Any = container.add_stream("mpeg4", rate=_RATE)
        video.width, video.height, video.pix_fmt = 576, 432, "yuv420p"
        video.codec_context.time_base = 1 / _RATE
        audio: Any = container.add_stream("aac", rate=_SOUND_HZ, layout="mono")
        sent = 0
        for number in range(count):
            picture = np.full((432, 576, 3), 235 if number in flashes else 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = number, 1 / _RATE
            container.mux(video.encode(frame))
            while (sent + _BLOCK) / _SOUND_HZ < (number + 1) / _RATE:
                block = av.AudioFrame.from_ndarray(sound[None, sent : sent + _BLOCK], "fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = _SOUND_HZ, sent, Fraction(1, _SOUND_HZ)
                container.mux(audio.encode(block))
                sent += _BLOCK
        container.mux(video.encode())
        container.mux(audio.encode())
    return path


class _Ear:
    """What comes out of the monitor: samples, and when each block of them came."""

    def __init__(self) -> None:
        self.blocks: list[tuple[float, bytes]] = []

    def beeps_s(self) -> Any:
        """When beeps began, by `time.monotonic()`."""
        samples = np.frombuffer(b"".join(data for _, data in self.blocks), np.int16)
        came_s = np.array([at_s for at_s, _ in self.blocks])
        ends = np.cumsum([len(data) // 2 for _, data in self.blocks])
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 6000)
        begins = loud[np.flatnonzero(np.diff(loud, prepend=-_SOUND_HZ) > _SOUND_HZ // 5)]
        block = np.searchsorted(ends, begins + 1)
        return came_s[block] - (ends[block] - begins) / _SOUND_HZ


@contextmanager
def _listening() -> Iterator[_Ear]:
    ear = _Ear()
    command = ["parec", "-d", _MONITOR, f"--rate={_SOUND_HZ}", "--channels=1", "--format=s16le"]
    with subprocess.Popen([*command, "--latency-msec=4"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pipe = process.stdout.fileno()

        def listen() -> None:
            while data := os.read(pipe, 4096):
                ear.blocks.append((time.monotonic(), data))

        thread = threading.Thread(target=listen)
        thread.start()
        time.sleep(1.0)  # a sink stumbles when somebody begins to listen
        try:
            yield ear
        finally:
            process.terminate()
            thread.join()


def _drive(*, speed: float, moves: bool, seconds: float) -> Any:
    """A timer that drives whatever window there is: at that speed, moving about, and closed in the end."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from simpsons_play.window.playback.transport import Transport
    from simpsons_play.window.shell.player import PlayerWindow

    began_s = 0.0
    done = 0

    def drive() -> None:
        nonlocal began_s, done
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, PlayerWindow) or not window.isVisible():
                continue
            (transport,) = window.findChildren(Transport)
            if transport.playback is None or not transport.playback.can_seek:
                continue
            if not began_s:
                began_s = time.monotonic()
                if speed != 1:
                    transport.change_speed(speed)
            passed_s = time.monotonic() - began_s
            if passed_s > seconds:
                window.close()
            elif moves and passed_s * 1000 > (done + 1) * _MOVE_EVERY_MS:
                done += 1
                if done % 2:
                    transport.seek_by(7.3 if done % 4 == 1 else -3.6)
                else:
                    transport.toggle_pause()
                    QTimer.singleShot(_PAUSE_MS, transport.toggle_pause)

    timer = QTimer(QApplication.instance(), interval=20)
    timer.timeout.connect(drive)
    timer.start()
    return timer


@click.command()
@click.option("--speed", default=1.0, show_default=True, help="Times as fast.")
@click.option("--moves", is_flag=True, help="Pause and seek every few seconds.")
@click.option("--seconds", default=60.0, show_default=True, help="How long to play.")
def main(speed: float, moves: bool, seconds: float) -> None:
    """Play, listen, and say how far apart they were."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from simpsons_play.cli.play_windowed import play_in_window
    from simpsons_play.core.play_request import PlayRequest
    from simpsons_play.window import load_window
    from simpsons_play.window.shell.application import application

    load_window()
    application()
    shown: list[tuple[float, bool]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = make_flashes(Path(folder) / "flashes.mp4")
        with (
            _listening() as ear,
            on_paint(lambda frame: shown.append((time.monotonic(), frame.image.mean() > 150))),
        ):
            timer = _drive(speed=speed, moves=moves, seconds=seconds)
            request = PlayRequest(str(path), close_at_end=True, cached=False)
            play_in_window([request], request)
            timer.stop()
    flashes_s = [at_s for (at_s, white), (_, before) in zip(shown[1:], shown, strict=False) if white > before]
    beeps_s = ear.beeps_s()
    apart_s = np.array([at_s - beeps_s[np.abs(beeps_s - at_s).argmin()] for at_s in flashes_s])
    paired = apart_s[np.abs(apart_s) < min(_PAIR_S, 0.45 / speed)] * 1000
    click.echo(
        f"{len(flashes_s)} flashes, {len(beeps_s)} beeps, {len(paired)} pairs at {speed:g}x"
        f"{' with pauses and seeks' if moves else ''}; picture minus sound, negative where it is first:"
    )
    p5, p50, p95 = np.percentile(paired, (5, 50, 95))
    far = np.percentile(np.abs(paired), 95)
    click.echo(
        f"p50 {p50:.1f} ms, p5 {p5:.1f}, p95 {p95:.1f}, min {paired.min():.1f}, max {paired.max():.1f}; "
        f"apart p95 {far:.1f} ms"
    )
    click.echo("ms apart: " + " ".join(f"{ms:.0f}" for ms in apart_s * 1000))


if __name__ == "__main__":
    main()
