"""`simpsons serve` as a user runs it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simpsons_play.library.store import LibraryStore
from tests.commands import HANGS_S, SAMPLE, environment
from tests.player.web.episodes import NUMBERED, make_library
from tests.waiting import wait_until

COMMAND = ("-m", "simpsons_play", "serve")


@contextmanager
def serving(*args: object, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server, and give its process and the line it prints first; it is killed with the block."""
    process = subprocess.Popen(
        [sys.executable, *COMMAND, *map(str, args)],
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def run(*args: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *COMMAND, *map(str, args)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and messages after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=HANGS_S)
    return process.returncode, messages


def test_a_library_is_served_until_ctrl_c(store: LibraryStore) -> None:
    with serving(store.location, "--port", "0") as (process, url):
        assert url.startswith("http://127.0.0.1:") and url.endswith("/")
        assert "S04E12 Numbers" in read(url)
        with urllib.request.urlopen(
            f"{url}media/{NUMBERED}/file", timeout=30
        ):  # a stream does not keep it alive
            assert interrupted(process) == (130, "Interrupted.\n")


def test_ctrl_c_ends_streams_to_slow_clients_without_a_word(tmp_path: Path) -> None:
    store = make_library(tmp_path)
    with (tmp_path / "videos" / "numbers.mp4").open("ab") as video:  # more than the buffers of sockets hold
        size = 64 << 20
        video.write(size.to_bytes(4, "big") + b"free")
        video.truncate(video.tell() + size - 8)
    with serving(store.location, "--port", "0") as (process, url):
        address = urllib.parse.urlsplit(url)
        with socket.create_connection((address.hostname, address.port), timeout=HANGS_S) as client:
            client.sendall(f"GET /media/{NUMBERED}/file HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
            assert interrupted(process) == (130, "Interrupted.\n")


def test_requests_that_are_none_leave_the_terminal_alone(store: LibraryStore) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    with serving(store.location, "--port", "0") as (process, url):
        address = urllib.parse.urlsplit(url)
        for request in (
            "hello\r\n\r\n",
            f"GET /static/icon.svg HTTP/1.1\r\nHost: {address.netloc}\r\n{upgrade}\r\n",
        ):
            with socket.create_connection((address.hostname, address.port), timeout=HANGS_S) as client:
                client.sendall(request.encode())
                assert client.recv(1000).startswith(b"HTTP/1.1 ")
        assert interrupted(process) == (130, "Interrupted.\n")


def test_the_environment_names_the_library(store: LibraryStore) -> None:
    with serving("--port", "0", SIMPSONS_LIBRARY=store.location) as (_, url):
        assert "S04E12 Numbers" in read(url)


def test_files_are_analysed_while_the_page_is_there(tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / "sample.mp4")
    (tmp_path / "broken.mp4").write_text("no video")
    made = tmp_path / "made"
    made.mkdir()
    with serving(tmp_path / "sample.mp4", tmp_path / "broken.mp4", "--port", "0", TMPDIR=str(made)) as (
        process,
        url,
    ):
        wait_until(lambda: "broken.mp4" in read(f"{url}api/progress"))
        wait_until(lambda: '"running":false' in read(f"{url}api/progress"))
        text = read(url)
        assert ">sample</span>" in text and "Homer Simpson" in text
        assert str(tmp_path) not in text, "nobody needs to know the folders of this machine"
        assert list(made.glob("simpsons-library-*"))
        code, messages = interrupted(process)
        assert code == 130 and "broken.mp4" in messages and "Traceback" not in messages
    assert not list(made.glob("simpsons-library-*")), "the temporary library is removed"


def test_ctrl_c_stops_an_analysis_and_a_library_that_is_named_stays(tmp_path: Path) -> None:
    library = tmp_path / "library"
    with serving(SAMPLE, "--library", library, "--port", "0", TMPDIR=str(tmp_path)) as (process, url):
        assert "running" in read(f"{url}api/progress")
        code, messages = interrupted(process)
        assert code == 130 and "Traceback" not in messages
    assert not list(tmp_path.glob("simpsons-library-*"))
    assert LibraryStore(library).exists


def test_other_machines_need_the_token_that_is_printed_once(store: LibraryStore) -> None:
    with serving(store.location, "--host", "0.0.0.0", "--port", "0") as (process, url):
        address, _, token = url.partition("/login?token=")
        assert len(token) >= 32
        local = f"http://127.0.0.1:{address.rpartition(':')[2]}"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            read(local)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(f"{local}/login?token={token}", timeout=30) as answer:
            assert "S04E12 Numbers" in answer.read().decode()
        code, messages = interrupted(process)
        assert code == 130 and token not in messages


def test_a_port_that_is_taken_is_an_error_only_if_it_was_asked_for(store: LibraryStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(store.location, "--port", taken.getsockname()[1])
        assert done.returncode == 1 and "cannot be used" in done.stderr and done.stderr.count("\n") == 1
    with serving(store.location) as (_, first), serving(store.location) as (_, second):
        assert first and second and first != second


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "no library is named"),
        (("/does/not/exist",), "does not exist"),
        (("--host", "256.256.256.256", "LIBRARY"), "is no address of this machine"),
        (("--token", "short", "LIBRARY"), "at least 8 characters"),
        (("--library", "LIBRARY", "LIBRARY"), "give no --library with it"),
    ],
)
def test_mistakes_are_one_line(store: LibraryStore, args: tuple[str, ...], message: str) -> None:
    done = run(*(store.location if arg == "LIBRARY" else arg for arg in args))
    assert done.returncode in (1, 2) and message in done.stderr and "Traceback" not in done.stderr
    assert not done.stdout
