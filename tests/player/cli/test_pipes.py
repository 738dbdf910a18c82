"""Standard streams that are closed, full, or without a reader."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import HANGS_S, SAMPLE, environment, simpsons
from tests.fakes import write_colour_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGPIPE on Windows")


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "simpsons_play", *map(str, args)]


def unread(*args: object, after: bytes = b"", stream: str = "stdout") -> tuple[int, str]:
    """Run a command and close its output after one line; returns the exit code and the other stream."""
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command(*args), env=environment(), **ends) as process:  # type: ignore[call-overload]
        reader = getattr(process, stream)
        if after:
            assert reader.readline().startswith(after)
        reader.close()
        other = process.stderr if stream == "stdout" else process.stdout
        text = other.read().decode()
        return process.wait(HANGS_S), text


@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("play", "--help"),
        ("--version",),
        ("doctor",),
        ("cache",),
        ("config",),
        ("completion", "bash"),
    ],
)
def test_commands_end_silently_when_their_output_is_closed(args: tuple[str, ...]) -> None:
    assert unread(*args) == (-signal.SIGPIPE, "")


def test_a_run_ends_when_its_summary_is_not_read(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    for extra in (("--no-window",), ("--json",)):
        code, text = unread("play", SAMPLE, "--duration", 1, "--model", model, *extra)
        assert code == -signal.SIGPIPE and "Error" not in text and "Traceback" not in text


def test_a_closed_predictions_pipe_ends_the_run_and_leaves_other_outputs_valid(tmp_path: Path) -> None:
    code, text = unread(
        *("play", SAMPLE, "--predictions", "/dev/stdout", "--subtitles", tmp_path / "s.srt"),
        *("--model", write_colour_model(tmp_path / "m.onnx"), "--quiet"),
        after=b'{"type": "header"',
    )
    assert (code, text) == (-signal.SIGPIPE, "")
    assert sorted(path.name for path in tmp_path.iterdir()) in (["m.onnx", "s.partial.srt"], ["m.onnx"])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_closed_streams_do_not_corrupt_a_recording(tmp_path: Path, stream: str) -> None:
    """The next file to be opened would get the descriptor of the closed stream, and libraries print to it."""
    out = tmp_path / "out.mp4"
    words = " ".join(command("play", SAMPLE, "--duration", 1, "-o", out))
    done = subprocess.run(
        ["sh", "-c", f"exec {words} {1 if stream == 'stdout' else 2}>&-"],
        env=environment(),
        capture_output=True,
        timeout=HANGS_S,
    )
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert out.read_bytes()[4:8] == b"ftyp"
    assert simpsons("play", out, "--no-window", "--quiet").returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_a_full_stdout_is_one_error_line_and_a_full_stderr_is_ignored(tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    with open("/dev/full", "w") as full:
        args = command("play", SAMPLE, "--duration", 1, "--predictions", out)
        quiet = subprocess.run(args, env=environment(), stdout=subprocess.DEVNULL, stderr=full)
        loud = subprocess.run(args, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True)
        refused = subprocess.run(command("play", "none.mp4", "--json"), env=environment(), stderr=full)
    assert quiet.returncode == 0 and out.exists(), "the output is written"
    assert loud.returncode == 1
    assert loud.stderr.endswith("Error: standard output cannot be written: no space left on device\n")
    assert refused.returncode == 1


def test_predictions_on_standard_output_keep_the_rest_of_the_file(tmp_path: Path) -> None:
    """Opening /dev/stdout by name would truncate the file, and the summary would overwrite it."""
    out = tmp_path / "out.txt"
    with out.open("wb") as file:
        file.write(b"before\n")
        file.flush()
        done = subprocess.run(
            command("play", SAMPLE, "--duration", 1, "--predictions", "/dev/stdout", "--json"),
            env=environment(),
            stdout=file,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 0, done.stderr
    before, *lines = out.read_text().splitlines()
    assert before == "before"
    kinds = [json.loads(line).get("type", "summary") for line in lines]
    assert kinds == ["header", *["frame"] * (len(kinds) - 3), "footer", "summary"]
    assert not list(Path("/dev").glob("stdout.*"))
