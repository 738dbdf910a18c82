"""Live streams, from a server in this process that interrupts them."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from simpsons_play.core.config import ReconnectConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.sources import open_source, opening
from simpsons_play.sources.network import NetworkSource
from simpsons_play.sources.stream import Stream
from simpsons_play.sources.video import VideoFile
from tests.commands import HANGS_S, assert_one_error_line, environment, simpsons, started, wait_for
from tests.fakes import write_colour_model
from tests.media import MP4, Recipe, Studio, number_of

TS = Recipe("live.ts", options={"g": "12", "bf": "0"}, sound="aac")
QUICK = ReconnectConfig(first_s=0.01, longest_s=0.02, give_up_s=0.3)

HALF, WHOLE, GONE, RESET, STALL = "half", "whole", "gone", "reset", "stall"


class Server(http.server.ThreadingHTTPServer):
    """Sends a clip without its length. Each request gets the next item of a plan, the last one repeatedly."""

    daemon_threads = True

    def __init__(self, content: bytes, *plan: str) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.content, self.plan, self.visits = content, plan, 0
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/live.ts"


class Visit(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        plan, content = self.server.plan, self.server.content
        what = plan[min(self.server.visits, len(plan) - 1)]
        self.server.visits += 1
        self.send_response(404 if what == GONE else 200)
        self.send_header("Content-Type", "video/mp2t")
        self.send_header("Connection", "close")
        self.end_headers()
        if what == GONE:
            return
        self.wfile.write(content if what == WHOLE else content[: len(content) // 2 // 188 * 188])
        self.wfile.flush()
        if what == STALL:
            self.server.over.wait(20)
        if what == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(content: bytes, *plan: str) -> Iterator[Server]:
    with Server(content, *plan) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return Studio(tmp_path_factory.mktemp("studio")).video(TS).read_bytes()


def test_a_stream_that_comes_back_continues(content: bytes) -> None:
    messages: list[str] = []
    with serving(content, HALF, WHOLE, GONE) as server:
        with Stream(server.address, reconnect=QUICK, tell=messages.append) as stream:
            assert stream.info.live
            assert (stream.info.width, stream.info.height) == (64, 48)
            frames = list(stream)
    numbers = [number_of(frame.image) for frame in frames]
    back = numbers.index(0, 1)
    assert numbers[:back] == list(range(back)) and 12 <= back < 48
    assert numbers[back:] == list(range(48))
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(one.time < other.time for one, other in pairwise(frames))
    arrived = [frame.arrived_s for frame in frames]
    assert all(one is not None and one <= other for one, other in pairwise(arrived))
    assert [line.removeprefix(f"{server.address}: ").split(" ")[0] for line in messages] == [
        "it",
        "back",
        "it",
    ]
    (warning,) = stream.warnings  # looks the same if the server was killed
    assert f"was lost after {len(frames)} frames (it ended or its server stopped)" in warning
    assert " and did not come back in 0 s" in warning


def test_a_stream_that_does_not_come_back_is_a_warning(content: bytes) -> None:
    with serving(content, STALL, GONE) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "PATIENCE_S", 0.3)
        with Stream(server.address, reconnect=QUICK) as stream:
            frames = list(stream)
        assert server.visits > 2
    assert len(frames) >= 12
    (warning,) = stream.warnings
    assert f"was lost after {len(frames)} frames (no more data arrived)" in warning


def test_a_reset_connection_is_reconnected(content: bytes) -> None:
    with (
        serving(content, RESET, WHOLE, GONE) as server,
        Stream(server.address, reconnect=QUICK) as stream,
    ):
        numbers = [number_of(frame.image) for frame in stream]
    assert numbers[-48:] == list(range(48))


def test_it_stops_after_its_duration(content: bytes) -> None:
    ticks = iter(range(0, 10**12, 40_000_000))
    with serving(content, WHOLE) as server:
        with Stream(server.address, duration_s=0.4, clock=lambda: next(ticks)) as stream:
            assert len(list(stream)) == 10
        assert server.visits == 1


def test_reconnecting_can_be_interrupted(content: bytes) -> None:
    forever = ReconnectConfig(first_s=1000, longest_s=1000, give_up_s=1000)
    with serving(content, HALF, GONE) as server:
        lost = threading.Event()
        with Stream(server.address, reconnect=forever, tell=lambda line: lost.set()) as stream:
            thread = threading.Thread(target=lambda: list(stream))
            thread.start()
            assert lost.wait(10)
            stream.interrupt()
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize("start", [Stream, NetworkSource])
def test_a_refused_connection_is_one_error(start: type[Stream] | type[NetworkSource]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/live.ts"
        with pytest.raises(SourceError, match=r"cannot be opened.*check the address"), start(address):
            pass


@pytest.mark.parametrize("start", [Stream, NetworkSource])
def test_a_silent_server_is_one_error(start: type[Stream] | type[NetworkSource]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "PATIENCE_S", 0.3)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/live.ts"
        with (
            pytest.raises(SourceError, match=r"does not answer: no video arrived within 0.3 s"),
            start(address),
        ):
            pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_does_not_wait_for_a_response() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/live.ts"
        with started("play", address, "--no-window") as process:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(3) == b"GET"
                process.send_signal(signal.SIGINT)
                began_s = time.monotonic()
                _, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130 and "Interrupted." in err and "Error" not in err
    assert time.monotonic() - began_s < opening.PATIENCE_S / 2


def test_a_stream_without_a_length_is_live(content: bytes) -> None:
    with serving(content, WHOLE) as server, open_source(server.address, duration_s=0.5) as source:
        assert source.info.live
        assert source.info.duration_s is None


@contextmanager
def hosted(content: bytes, name: str) -> Iterator[str]:
    """The address of a file on a server that states its length but cannot send parts of it."""

    class File(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # the reader closed the connection
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), File) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{name}"
        finally:
            server.shutdown()
            thread.join()


def test_a_remote_file_is_not_live(content: bytes) -> None:
    with hosted(content, "live.ts") as address, open_source(address) as source:
        assert not source.info.live
        assert [number_of(frame.image) for frame in source] == list(range(48))


def test_an_mp4_with_its_index_last_needs_a_server_that_can_seek(tmp_path: Path) -> None:
    content = Studio(tmp_path).video(MP4).read_bytes()
    index = content.index(b"moov") - 4
    gap = struct.pack(">I4s", 1 << 23, b"free").ljust(1 << 23)  # ffmpeg buffers smaller distances
    content = content[:index] + gap + content[index:]
    with hosted(content, "film.mp4") as address:
        with pytest.raises(SourceError, match="index of this MP4 may come last"), open_source(address):
            pass


def test_a_live_stream_cannot_start_later() -> None:
    with pytest.raises(SourceError, match="omit the start"):
        Stream("rtsp://127.0.0.1/camera", start_s=1)
    assert isinstance(open_source("clip.mp4"), VideoFile)


def test_the_command_reconnects_a_stream_and_reports_when_it_is_lost(content: bytes, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    impatient = """
import sys
from simpsons_play.cli.main import main
from simpsons_play.core.config import ReconnectConfig
from simpsons_play.sources import stream
stream.ReconnectConfig = lambda: ReconnectConfig(first_s=0.1, give_up_s=1)
main(sys.argv[1:])
"""
    with serving(content, HALF, WHOLE, GONE) as server:
        args = ("--no-window", "--model", model, "--predictions", tmp_path / "p.jsonl")
        done = subprocess.run(
            [sys.executable, "-c", impatient, "play", server.address, *map(str, args)],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=HANGS_S,
        )
    assert done.returncode == 3, done.stderr
    assert "it ended or its server stopped after" in done.stderr and "back after" in done.stderr
    (warning,) = (line for line in done.stderr.splitlines() if line.startswith("Warning: "))
    assert " and did not come back in " in warning
    assert "\nage " in done.stdout  # how old frames were when they were analysed
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text().splitlines()]
    assert not lines[-1]["complete"] and f"Warning: {lines[-1]['warnings'][0]}" == warning
    times = [line["time_s"] for line in lines[1:-1]]
    assert times and times == sorted(times)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
def test_ctrl_c_completes_the_recording_of_a_live_stream(content: bytes, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    video, predictions = tmp_path / "o.mp4", tmp_path / "p.jsonl"
    args = ("--model", model, "-o", video, "--predictions", predictions)
    part = tmp_path / "p.jsonl.part"
    with serving(content, STALL) as server, started("play", server.address, *args) as process:
        wait_for(process, lambda: part.exists() and part.stat().st_size > 3000)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130 and "Interrupted." in err
    assert f"Warning: the sound of {server.address} is not recorded" in err
    assert "Wrote: " in err and "Stopped early" not in err and "ms per frame" in out
    assert sorted(path.name for path in tmp_path.glob("[op].*")) == ["o.mp4", "p.jsonl"]
    assert json.loads(predictions.read_text(encoding="utf-8").splitlines()[-1])["complete"] is True


def test_the_command_reports_a_stream_that_cannot_be_opened(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = simpsons("play", f"http://127.0.0.1:{taken.getsockname()[1]}/live.ts", "--no-window")
    assert_one_error_line(done, "cannot be opened", "check the address")
    assert done.returncode == 1
