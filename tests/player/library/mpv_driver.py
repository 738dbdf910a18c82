"""Drives a real mpv without a window through its socket."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE_S, wait_until

needs_mpv = pytest.mark.skipif(
    shutil.which("mpv") is None or not hasattr(socket, "AF_UNIX"), reason="mpv is not installed"
)


class Mpv:
    """A player that runs.

    Args:
        connection: connected to its socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rw", encoding="utf-8")
        self._number = 0

    def command(self, *args: Any) -> Any:
        """Run a command and return its result."""
        self._number += 1
        self._send({"command": args, "request_id": self._number})
        answer = self._next(lambda line: line.get("request_id") == self._number and "event" not in line)
        assert answer["error"] == "success", (args, answer)
        return answer.get("data")

    def state(self, *size: int) -> dict[str, Any]:
        """What the script shows now; with its drawing for a size in pixels."""
        self._send({"command": ["script-message-to", "simpsons_xray", "ask", *map(str, size)]})
        answer = self._next(lambda line: line.get("event") == "client-message")
        name, state = answer["args"]
        assert name == "simpsons-xray-state"
        return json.loads(state)

    def seek(self, time_s: float) -> None:
        """Jump to a time, exactly."""
        self._send({"command": ["seek", time_s, "absolute+exact"]})
        self.wait_for("playback-restart")

    def play(self, video: Path) -> None:
        """Play another video."""
        self._send({"command": ["loadfile", str(video)]})
        self.wait_for("playback-restart")

    def press(self, key: str, holds: Callable[[Mpv], bool]) -> None:
        """Press a key, and wait until it has had its effect: mpv handles keys when it has time."""
        self.command("keypress", key)
        wait_until(lambda: holds(self))

    def wait_for(self, event: str) -> None:
        """Wait for the next event of a name."""
        self._next(lambda line: line.get("event") == event)

    def _send(self, message: dict[str, Any]) -> None:
        self._file.write(json.dumps(message) + "\n")
        self._file.flush()

    def _next(self, holds: Any) -> dict[str, Any]:
        for line in self._file:
            message = json.loads(line)
            if holds(message):
                return message
        raise AssertionError("mpv has ended")


@contextmanager
def playing(scripts: Path, video: Path, *options: str) -> Iterator[Mpv]:
    """Play a video, paused, with the script in a folder of scripts.

    Args:
        scripts: folder of scripts.
        video: the video.
        options: further options of mpv.
    """
    # The name of a socket is at most about a hundred bytes long; those of test folders are longer.
    with tempfile.TemporaryDirectory() as folder:
        name = str(Path(folder, "mpv"))
        outputs = ("--vo=null", "--ao=null", "--pause", "--idle=yes", "--keep-open=yes")
        script = f"--script={scripts / 'simpsons-xray'}"
        process = subprocess.Popen(
            ["mpv", "--no-config", *outputs, script, f"--input-ipc-server={name}", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with process, socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.settimeout(PATIENCE_S)
                wait_until(lambda: _connects(connection, name))
                mpv = Mpv(connection)
                mpv.play(video)
                yield mpv
            finally:
                process.kill()


def _connects(connection: socket.socket, name: str) -> bool:
    with suppress(OSError):
        connection.connect(name)
        return True
    return False
