"""One Ctrl-C or SIGTERM ends a command even while it waits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.frames import Frame
from simpsons_play.core.interrupts import interruptible
from simpsons_play.inference.providers import import_onnxruntime
from simpsons_play.sources.base import BaseSource
from tests.commands import HANGS_S, environment, started
from tests.fakes import write_colour_model
from tests.waiting import wait_until


@pytest.fixture(name="silent")
def silent_fixture() -> Iterator[socket.socket]:
    """A server that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(HANGS_S)
        yield server


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_slow_open_can_be_interrupted(stop: signal.Signals, silent: socket.socket, tmp_path: Path) -> None:
    """ffmpeg does not return before it has received the segment of the playlist, which never arrives."""
    segment = f"http://127.0.0.1:{silent.getsockname()[1]}/1.ts"
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{segment}\n")
    model = write_colour_model(tmp_path / "m.onnx")
    with started("play", tmp_path / "list.m3u8", "--no-window", "--model", model) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(stop)
            _, err = process.communicate(timeout=HANGS_S)
    assert (process.returncode, err.splitlines()) == (130, ["Interrupted."])


def test_results_and_exceptions_of_the_other_thread_are_passed_on() -> None:
    def fail() -> None:
        raise OSError("no such thing")

    assert interruptible(threading.current_thread) is not threading.main_thread()
    with pytest.raises(OSError, match="no such thing"):
        interruptible(fail)


def test_hanging_call_blocks_neither_ctrl_c_nor_exit() -> None:
    code = """
import signal, threading
from simpsons_play.core.interrupts import interruptible
def hang():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    threading.Event().wait()
try:
    interruptible(hang)
except KeyboardInterrupt:
    print("stopped")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=HANGS_S
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


class Slow(BaseSource):
    """Hangs after its first frame until it is released."""

    def __init__(self) -> None:
        super().__init__(0.0, None)
        self.hangs, self.released, self.closed = threading.Event(), threading.Event(), 0

    def __enter__(self) -> Slow:
        return self

    def _frames(self) -> Iterator[Frame]:
        yield Frame(np.zeros((4, 4, 3), np.uint8), 0, Fraction(0))
        self.hangs.set()
        self.released.wait()

    def _close(self) -> None:
        self.closed += 1


def test_source_is_not_closed_while_another_thread_reads_it() -> None:
    with Slow() as source:
        reader = threading.Thread(target=lambda: list(source))
        reader.start()
        wait_until(source.hangs.is_set)
    assert source.closed == 0, "ffmpeg would crash"
    source.released.set()
    reader.join()
    with source:
        pass
    assert source.closed == 1


def test_ctrl_c_does_not_break_the_import_of_onnxruntime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its native part turns an interrupt into `ImportError: initialization failed`."""
    (tmp_path / "onnxruntime.py").write_text(
        "import signal\n"
        "try:\n    signal.raise_signal(signal.SIGINT)\n"
        "except KeyboardInterrupt:\n    raise ImportError('initialization failed') from None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    try:
        with pytest.raises(KeyboardInterrupt):
            import_onnxruntime()
    finally:
        sys.modules.pop("onnxruntime", None)
