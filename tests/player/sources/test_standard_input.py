"""Videos from pipes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import open_source
from simpsons_play.sources.standard_input import PipedVideo, StandardInput
from tests.commands import HANGS_S, SAMPLE, environment, started, wait_for
from tests.fakes import write_colour_model
from tests.media import MKV, MP4, Studio, number_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows cannot wait for pipes")


@pytest.fixture(name="pipe")
def pipe_fixture() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with suppress(OSError):  # the test closed it
            os.close(end)


def test_no_frame_of_a_slow_pipe_is_lost(pipe: tuple[int, int], tmp_path: Path) -> None:
    content = Studio(tmp_path).video(MKV).read_bytes()

    def send() -> None:
        for start in range(0, len(content), 4000):
            os.write(pipe[1], content[start : start + 4000])
            time.sleep(0.001)
        os.close(pipe[1])

    sender = threading.Thread(target=send)
    sender.start()
    with StandardInput(descriptor=pipe[0]) as source:
        assert not source.info.can_seek and not source.info.live and source.info.path is None
        frames = list(source)
    sender.join()
    assert [number_of(frame.image) for frame in frames] == list(range(len(frames))) and len(frames) == 48
    assert source.warnings == []


def test_an_mp4_with_its_index_last_is_not_reported_as_damaged(pipe: tuple[int, int], tmp_path: Path) -> None:
    content = Studio(tmp_path).video(MP4).read_bytes()
    assert content.index(b"moov") > content.index(b"mdat")
    sender = threading.Thread(target=lambda: (os.write(pipe[1], content), os.close(pipe[1])))
    sender.start()
    with pytest.raises(SourceError, match=r"index of this MP4 may come last.*faststart"):
        StandardInput(descriptor=pipe[0]).__enter__()
    sender.join()


def test_waiting_for_data_can_be_interrupted(pipe: tuple[int, int], tmp_path: Path) -> None:
    content = Studio(tmp_path).video(MKV).read_bytes()
    os.write(pipe[1], content[: len(content) // 2])
    frames = []
    with StandardInput(descriptor=pipe[0]) as source:

        def read() -> None:
            frames.extend(source)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(0.3)
        assert reader.is_alive(), "it waits for more data"
        source.interrupt()
        reader.join(5)
        assert not reader.is_alive()
    assert 0 < len(frames) < 48


def test_unreadable_input_is_a_one_line_error(pipe: tuple[int, int]) -> None:
    with pytest.raises(SourceError, match="omit the start"):
        open_source("-", start_s=1.0)
    os.write(pipe[1], b"words, words, words " * 100)
    os.close(pipe[1])
    with pytest.raises(SourceError, match=r"^standard input ") as caught:
        StandardInput(descriptor=pipe[0]).__enter__()
    assert "\n" not in str(caught.value)
    with pytest.raises(SourceError, match="is empty"):
        StandardInput(descriptor=pipe[0]).__enter__()


def test_a_terminal_is_refused() -> None:
    master, slave = os.openpty()
    try:
        with pytest.raises(SourceError, match="is a terminal"):
            StandardInput(descriptor=slave).__enter__()
    finally:
        os.close(master)
        os.close(slave)


def simpsons_reads(*args: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "simpsons_play", "play", "-", "--no-window", *map(str, args)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_video_can_be_piped_into_the_command(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    with simpsons_reads("--model", model, "--predictions", tmp_path / "{name}.csv") as process:
        out, err = process.communicate(SAMPLE.read_bytes(), timeout=HANGS_S)
    assert process.returncode == 0, err
    assert out.startswith(b"480 frames in ")
    assert (tmp_path / "standard-input.csv").exists()
    with simpsons_reads("--model", model, "--duration", "1", "-o", tmp_path / "o.mp4") as process:
        out, err = process.communicate(SAMPLE.read_bytes(), timeout=HANGS_S)
    assert process.returncode == 0, err
    assert b"Warning: the sound of standard input is not recorded" in err


@pytest.mark.parametrize("sent", [0, 5_000, 500_000])
def test_ctrl_c_ends_every_wait(sent: int, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    predictions = tmp_path / "p.csv"
    with simpsons_reads("--model", model, "--regions", "full", "--predictions", predictions) as process:
        assert process.stdin is not None
        process.stdin.write(SAMPLE.read_bytes()[:sent])
        process.stdin.flush()
        part = tmp_path / "p.csv.part"
        if sent > 100_000:
            wait_for(process, lambda: part.exists() and part.stat().st_size > 1000)
        else:
            time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read() if process.stderr is not None else b""
    assert process.returncode == 130, err
    assert b"Interrupted." in err and b"Traceback" not in err and b"ignored" not in err
    assert (tmp_path / "p.partial.csv").exists() == (sent > 100_000)


@pytest.fixture(name="fifo")
def fifo_fixture(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "film.ts")
    return tmp_path / "film.ts"


def test_a_named_pipe_is_read_once(fifo: Path, tmp_path: Path) -> None:
    content = Studio(tmp_path).video(MKV).read_bytes()
    sender = threading.Thread(target=fifo.write_bytes, args=(content,))
    sender.start()
    with open_source(str(fifo)) as source:
        assert isinstance(source, PipedVideo) and source.info.path is None and not source.info.can_seek
        assert source.info.name == str(fifo)
        assert [number_of(frame.image) for frame in source] == list(range(48))
    sender.join()
    assert source.warnings == []
    with pytest.raises(SourceError, match="omit the start"):
        open_source(str(fifo), start_s=1.0)


def test_waiting_for_a_writer_can_be_interrupted(fifo: Path) -> None:
    source, ended = open_source(str(fifo)), threading.Event()

    def enter() -> None:
        with suppress(SourceError):
            source.__enter__()
        ended.set()

    reader = threading.Thread(target=enter, daemon=True)
    reader.start()
    assert not ended.wait(0.3), "there is no writer"
    source.interrupt()
    assert ended.wait(10)
    reader.join()


def has_open(process: subprocess.Popen[str], path: Path) -> bool:
    for descriptor in Path(f"/proc/{process.pid}/fd").glob("*"):
        with suppress(OSError):  # closed in the meantime
            if descriptor.samefile(path):
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists the open files of a process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_waiting_for_a_writer(number: int, fifo: Path, tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    with started("play", fifo, "--no-window", "--model", model) as process:
        wait_for(process, lambda: has_open(process, fifo))
        process.send_signal(number)
        _, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130 and err.splitlines() == ["Interrupted."]


def test_process_substitution_and_descriptors_are_read(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    video = Studio(tmp_path).video(MKV)
    command = f"{sys.executable} -m simpsons_play play --no-window --model {model} "
    for tail in (
        f"<(cat {video})",
        f"/dev/stdin < <(cat {video})",
        f"/dev/fd/0 < {video}",
        f"/dev/stdin < {video}",
    ):
        done = subprocess.run(
            ["bash", "-c", command + tail], env=environment(), capture_output=True, text=True, timeout=HANGS_S
        )
        assert done.returncode == 0 and done.stdout.startswith("48 frames in "), (tail, done.stderr)


def test_devices_and_sockets_have_clear_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="/dev/null is empty"):
        open_source("/dev/null").__enter__()
    with pytest.raises(SourceError, match="is not a video format"):
        open_source("/dev/zero").__enter__()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.sock")
        with pytest.raises(SourceError, match=r"s\.sock is a socket"):
            open_source("s.sock").__enter__()
    camera = open_source("/dev/video93")
    with pytest.raises(SourceError, match="camera 93"):
        camera.__enter__()
