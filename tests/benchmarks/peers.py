"""How fast other programs go through a clip, and how fast ours does, in one run on one machine.

`python -m tests.benchmarks.peers CLIP [--repeats 3] [--loop-to 300] [--at-most 60] [--only NAME]`

All read the same file on the CPU, in turns, each in a process of its own. They are: ffmpeg that
decodes, and that decodes and encodes as our recordings do; the loop of the 2017 article; Ultralytics with its
nano detectors; OpenCV's own engine with our detector; and ours: with the default options, with
`--regions full` and with `-o`.

The first run installs Ultralytics and torch with pip into an environment of their own, and later runs use it
again. A torch for the CPU alone is much smaller. PyTorch has an index of such builds: give its address in
PIP_EXTRA_INDEX_URL, or the folder of a wheel in PIP_FIND_LINKS and `--torch torch==VERSION+cpu`.

The whole process counts from its start to its exit. Without start-up, ours and ffmpeg count by their own
clocks, the others from their second frame on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import platformdirs

from tests.benchmarks.children import Finished, run
from tests.benchmarks.clips import Film, film_of, looped
from tests.benchmarks.conditions import conditions, table
from tests.benchmarks.peers_table import ENCODING, HEADER, OURS, RECORDING, YOLO, Run, remarks, rows

_CRF = 20
_HANGS_S = 3600.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """A program that goes through a clip.

    Attributes:
        title: what it is, for the table.
        command: clip, folder for what it writes -> command.
        read: output and errors of the process -> frames, timed frames, their seconds, and whether it stopped.
    """

    title: str
    command: Callable[[Path, Path], Sequence[str | Path]]
    read: Callable[[Finished], tuple[int, int, float, bool]]


def read_ffmpeg(done: Finished) -> tuple[int, int, float, bool]:
    """What `-progress pipe:1 -benchmark` say: frames, and seconds by ffmpeg's clock."""
    frames = re.findall(r"^frame=\s*(\d+)", done.output, re.MULTILINE)
    seconds = re.findall(r"rtime=([\d.]+)s", done.errors)
    if not frames or not seconds:
        raise ValueError("ffmpeg did not say how many frames there were")
    return int(frames[-1]), int(frames[-1]), float(seconds[-1]), False


def read_line(done: Finished) -> tuple[int, int, float, bool]:
    """The last line: JSON of `tests.benchmarks.contestants` or of `simpsons play --json`."""
    lines = done.output.strip().splitlines()
    if not lines:
        raise ValueError("it printed nothing")
    said = json.loads(lines[-1])
    return said["frames"], said.get("timed", said["frames"]), said["seconds"], said.get("stopped", False)


def contestants(environment: Path, at_most_s: float | None) -> dict[str, Contestant]:
    """All of them by name, in the order of the table."""
    theirs = _python(environment)
    limit = [] if at_most_s is None else [f"{at_most_s:g}"]

    def loop(title: str, name: str, python: str | Path = sys.executable) -> Contestant:
        return Contestant(
            title,
            lambda clip, _: [python, "-m", "tests.benchmarks.contestants", name, clip, *limit],
            read_line,
        )

    def ours(title: str, *options: str, writes: str | None = None) -> Contestant:
        play = [sys.executable, "-m", "simpsons_play", "play"]
        always = ["--no-window", "--no-cache", "--json", "--provider", "cpu", *options]
        return Contestant(
            title,
            lambda clip, folder: [*play, clip, *always, *(["-o", folder / writes] if writes else [])],
            read_line,
        )

    decode, encode = loop("PyAV, decode", "decode"), loop("PyAV, decode and encode, no sound", "encode")
    if program := shutil.which("ffmpeg"):
        decode, encode = _ffmpeg(program)
    return {
        "ffmpeg-decode": decode,
        ENCODING: encode,
        "article": loop("the article's loop: OpenCV, Keras six_conv, putText", "article"),
        YOLO: loop("Ultralytics YOLO11n, 256 px", "yolo11n", theirs),
        "yolo26n": loop("Ultralytics YOLO26n, 640 px", "yolo26n", theirs),
        "opencv-dnn": loop("OpenCV DNN with our detector, every frame", "opencv-dnn"),
        OURS: ours("simpsons-play"),
        "ours-full": ours("simpsons-play --regions full", "--regions", "full"),
        RECORDING: ours("simpsons-play -o out.mp4", "--encoder", "software", writes="out.mp4"),
    }


def _ffmpeg(program: str) -> tuple[Contestant, Contestant]:
    """ffmpeg that decodes, and that also encodes with the settings of our recordings and copies the sound."""
    from simpsons_play.sinks.video.encoders import X264

    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    name = f"ffmpeg {said.split()[2].split('-')[0]}"
    options = [part for name, value in X264.options_for(_CRF).items() for part in (f"-{name}", value)]
    start = [program, "-y", "-nostdin", "-nostats", "-benchmark", "-progress", "pipe:1", "-i"]
    encode = ["-c:v", X264.codec, *options, "-pix_fmt", X264.pixel_format, "-c:a", "copy"]
    every = ["-map", "0:v:0", "-fps_mode", "passthrough"]
    return (
        Contestant(f"{name}, decode", lambda clip, _: [*start, clip, *every, "-f", "null", "-"], read_ffmpeg),
        Contestant(
            f"{name}, decode and encode",
            lambda clip, folder: [*start, clip, *every, "-map", "0:a?", *encode, folder / "theirs.mp4"],
            read_ffmpeg,
        ),
    )


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(environment: Path, torch: str) -> str:
    """Install Ultralytics and torch unless they are there; returns their versions, or the problem."""
    python = _python(environment)
    ask = (
        "from importlib.metadata import version\n"
        'print(f\'ultralytics {version("ultralytics")}, torch {version("torch")}\')'
    )
    if python.is_file() and not (done := run([python, "-c", ask])).code:
        return f"Others: {done.output.strip()}"
    click.echo(
        f"Installing ultralytics and {torch} with pip into {environment}: 1.5 GB with a torch for the CPU "
        "alone, several more with one for CUDA",
        err=True,
    )
    for command in (
        [sys.executable, "-m", "venv", environment],
        [python, "-m", "pip", "install", "--quiet", "ultralytics", torch],
        [python, "-c", ask],
    ):
        done = run(command)
        if done.code:
            return f"Others: Ultralytics cannot be installed: {done.problem}"
    return f"Others: {done.output.strip()}"


def measure(contestant: Contestant, clip: Path, folder: Path, film: Film) -> Run:
    """Run one of them once."""
    try:
        done = run(contestant.command(clip, folder), env=_environment(), limit_s=_HANGS_S)
    except OSError as error:
        return Run(problem=f"{error.filename}: {error.strerror}")
    if done.problem:
        return Run(problem=done.problem)
    try:
        frames, timed, seconds, stopped = contestant.read(done)
    except (ValueError, KeyError) as error:
        return Run(problem=f"its output cannot be read: {error}")
    if not timed or not seconds:
        return Run(problem=f"it went through {frames} frames")
    whole_s = done.seconds
    if stopped:
        whole_s += (film.frames - frames) * seconds / timed
    return Run(whole_s, frames, timed / seconds, done.peak_mb, stopped)


def _environment() -> dict[str, str]:
    """TensorFlow and OpenCV keep their remarks to themselves, so that an error is the last line."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OPENCV_LOG_LEVEL": "ERROR"}


@click.command()
@click.argument("clip", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--repeats", default=3, show_default=True, type=click.IntRange(1), help="Rounds.")
@click.option("--only", multiple=True, metavar="NAME", help="Run this contestant; can be repeated.")
@click.option(
    "--loop-to", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Repeat the clip to this."
)
@click.option(
    "--at-most",
    "at_most_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop the article's loop, Ultralytics and OpenCV DNN after so long.",
)
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
@click.option(
    "--environment",
    type=click.Path(path_type=Path, file_okay=False),
    default=platformdirs.user_cache_path("simpsons-play-benchmarks", appauthor=False) / "ultralytics",
    help="Folder in which Ultralytics is, or is to be installed.  [default: in the user's cache]",
)
@click.option("--torch", default="torch", show_default=True, help="What pip is to install as torch.")
def main(
    clip: Path,
    repeats: int,
    only: tuple[str, ...],
    loop_to: float | None,
    at_most_s: float | None,
    markdown: bool,
    environment: Path,
    torch: str,
) -> None:
    """Run them and print the table."""
    everyone = contestants(environment.absolute(), at_most_s)
    if unknown := sorted(set(only) - set(everyone)):
        raise click.UsageError(f"no contestant is called {unknown[0]}; they are: {', '.join(everyone)}")
    chosen = {name: everyone[name] for name in everyone if not only or name in only}
    lines = conditions(
        "simpsons-play", "onnxruntime-gpu", "av", "opencv-python-headless", "keras", "tensorflow"
    )
    runs: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), clip.absolute()
        if loop_to is not None:
            path = looped(path, loop_to, folder)
        film = film_of(path)
        if any(name.startswith("yolo") for name in chosen):
            lines.append(prepare(environment.absolute(), torch))  # takes minutes the first time
        for number in range(repeats):
            for key, contestant in chosen.items():
                click.echo(f"round {number + 1} of {repeats}: {contestant.title}", err=True)
                runs[key].append(measure(contestant, path, folder, film))
    lines.append(f"Clip: {path.name}, {film.seconds:.1f} s, {film.frames:,} frames, {film.title}")
    lines.append(f"{repeats} rounds, one program after the other; medians, and ranges in brackets")
    titles = {key: contestant.title for key, contestant in chosen.items()}
    for line in lines:
        click.echo(line)
    click.echo(f"\n{table(HEADER, rows(titles, runs, film), markdown=markdown)}\n")
    for line in remarks(runs, film, at_most_s):
        click.echo(line)


if __name__ == "__main__":
    main()
