"""Standard streams that are closed, full, or read no further."""

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
    """Run a command whose reader goes after it has seen this; how it ended, and what else it said."""
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command(*args), env=environment(), **ends) as process:  # type: ignore[call-overload]
        reader = getattr(process, stream)
        if after:
            assert reader.readline().startswith(after)
        reader.close()
        other = process.stderr if stream == "stdout" else process.stdout
        said = other.read().decode()
        return process.wait(HANGS_S), said


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
def test_commands_end_as_others_do_when_nobody_reads_on(args: tuple[str, ...]) -> None:
    assert unread(*args) == (-signal.SIGPIPE, "")


def test_a_run_ends_when_nobody_reads_its_summary(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    for extra in (("--no-window",), ("--json",)):
        code, said = unread("play", SAMPLE, "--duration", 1, "--model", model, *extra)
        assert code == -signal.SIGPIPE and "Error" not in said and "Traceback" not in said


def test_predictions_that_nobody_reads_on_end_the_run_and_leave_the_rest_whole(tmp_path: Path) -> None:
    code, said = unread(
        *("play", SAMPLE, "--predictions", "/dev/stdout", "--subtitles", tmp_path / "s.srt"),
        *("--model", write_colour_model(tmp_path / "m.onnx"), "--quiet"),
        after=b'{"type": "header"',
    )
    assert (code, said) == (-signal.SIGPIPE, "")
    assert sorted(path.name for path in tmp_path.iterdir()) in (["m.onnx", "s.partial.srt"], ["m.onnx"])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_closed_streams_are_nobodys_video(tmp_path: Path, stream: str) -> None:
    """The first file that is opened would take the number of the stream, and what libraries print."""
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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is full")
def test_full_streams_end_in_one_line_or_are_passed_over(tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    with open("/dev/full", "w") as full:
        args = command("play", SAMPLE, "--duration", 1, "--predictions", out)
        quiet = subprocess.run(args, env=environment(), stdout=subprocess.DEVNULL, stderr=full)
        loud = subprocess.run(args, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True)
        refused = subprocess.run(command("play", "none.mp4", "--json"), env=environment(), stderr=full)
    assert quiet.returncode == 0 and out.exists(), "what was asked for is done"
    assert loud.returncode == 1
    assert loud.stderr.endswith("Error: standard output cannot be written: no space left on device\n")
    assert refused.returncode == 1


def test_standard_output_as_a_file_of_predictions_keeps_all_that_is_written(tmp_path: Path) -> None:
    """Opened by its name, the file behind it would be begun anew, and the summary written over it."""
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
