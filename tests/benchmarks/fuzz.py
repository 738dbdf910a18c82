"""Damaged and hostile files: no traceback, no hang, no broken output.

`python -m tests.benchmarks.fuzz --count 2000` mutates clips of every container and playlists of all kinds,
and plays each with a recording in a process that may die. `--commands` runs the command itself, with and
without `-o`. What fails is kept in the folder that is named at the end.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from simpsons_play.core.errors import SimpsonsError
from tests.fakes import write_colour_model
from tests.media import make_video
from tests.numbered_clips import CLIPS

_PATIENCE_S = 60.0
_MEMORY_BYTES = 8 << 30

Mutation = Callable[[bytearray, random.Random], bytearray]


def _flip(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice([1, 4, 30, 300])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def _flip_early(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice([1, 3, 10])):
        data[chance.randrange(min(len(data), 600))] = chance.choice(
            [0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)]
        )
    return data


def _cut(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(1, len(data))]


def _drop(data: bytearray, chance: random.Random) -> bytearray:
    begin = chance.randrange(len(data))
    del data[begin : begin + chance.choice([1, 7, 188, 2048, len(data) // 4])]
    return data or bytearray(b"\0")


def _blank(data: bytearray, chance: random.Random) -> bytearray:
    begin, size = chance.randrange(len(data)), chance.choice([4, 64, 1000, len(data) // 3])
    fill = chance.choice([b"\0", b"\xff", b"A"])
    data[begin : begin + size] = fill * len(data[begin : begin + size])
    return data


def _repeat(data: bytearray, chance: random.Random) -> bytearray:
    begin = chance.randrange(len(data))
    part = data[begin : begin + chance.choice([8, 512, 4096])]
    data[begin:begin] = part * chance.choice([1, 2, 20])
    return data


def _huge_number(data: bytearray, chance: random.Random) -> bytearray:
    begin = chance.randrange(max(1, len(data) - 8))
    data[begin : begin + 4] = chance.choice(
        [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0"]
    )
    return data


def _splice(data: bytearray, chance: random.Random) -> bytearray:
    half = len(data) // 2
    return data[half:] + data[:half] if chance.random() < 0.5 else data + data


MUTATIONS: tuple[Mutation, ...] = (
    _flip,
    _flip_early,
    _cut,
    _drop,
    _blank,
    _repeat,
    _huge_number,
    _splice,
)

_LINES = [
    "#EXTM3U",
    "#EXTINF:3,\x1b[31mred",
    "#EXT-X-TARGETDURATION:4",
    "#EXT-X-STREAM-INF:BANDWIDTH=99999999999999999999,RESOLUTION=0x0",
    '#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"',
    '#EXT-X-MAP:URI="clip.mp4",BYTERANGE="99999999999@0"',
    "#EXT-X-ENDLIST",
    "ffconcat version 1.0",
    "file 'clip.mp4'",
    "file ../../etc/passwd",
    "duration -5",
    "inpoint 1e308",
    "[playlist]",
    "File1=clip.mp4",
    "NumberOfEntries=-1",
    "0",
    "-",
    "camera:0",
    "list.m3u",
    "./list.m3u",
    "clip.mp4",
    "rtsp://user:secret@127.0.0.1:1/x",
    "concat:clip.mp4|clip.mp4",
    "subfile,,start,0,end,99,,:clip.mp4",
    "data:video/mp4;base64,AAAA",
    "pipe:0",
    "file:///nonexistent%20file.mp4",
    "C:\\videos\\clip.mp4",
    "<MPD><Period><AdaptationSet><Representation><BaseURL>clip.mp4</BaseURL>",
    "é" * 300,
    "\0\0\0",
    "clip.mp4" * 60,
]


def seeds(folder: Path) -> list[Path]:
    """One clip of each container and codec."""
    return [make_video(folder, clip) for clip in CLIPS]


def inputs(folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Mutated files, made one by one; nine of ten are clips, the others playlists."""
    clips_folder = folder / "seeds"
    clips_folder.mkdir()
    clips = seeds(clips_folder)
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        place = folder / f"{number:05d}"
        place.mkdir()
        if number % 10 == 9:
            shutil.copy(clips_folder / "libx264.mp4", place / "clip.mp4")
            ending = chance.choice(["m3u", "m3u8", "pls", "ffconcat", "mpd", "xspf", "sdp"])
            lines = chance.choices(_LINES, k=chance.randrange(1, 12))
            data = chance.choice(["\n", "\r\n"]).join(lines).encode(chance.choice(["utf-8", "utf-16"]))
            path = place / f"list.{ending}"
            path.write_bytes(data)
        else:
            clip = clips[number % len(clips)]
            content = bytearray(clip.read_bytes())
            for mutation in chance.choices(MUTATIONS, k=chance.choice([1, 1, 2])):
                content = mutation(content, chance)
            path = place / clip.name
            path.write_bytes(content)
        yield path


def play(path: Path, model: Path) -> str:
    """Play one file in this process, with files and without; what became of it, in a word.

    Raises:
        Exception: what must not come out.
    """
    from simpsons_play.cli.play_headless import play_without_window
    from simpsons_play.core.config import AnalysisConfig
    from simpsons_play.core.play_request import PlayRequest
    from simpsons_play.sources import expand

    record = path.with_name("recorded.mkv")
    try:
        found = expand([str(path)])
        for source in found[:3]:
            request = PlayRequest(
                source,
                model=model,
                provider="cpu",
                config=AnalysisConfig(regions="full"),
                output=record,
                subtitles=(path.with_name("names.srt"),),
                quiet=True,
                cached=False,
                duration_s=20.0,
            )
            complete = play_without_window([request])
    except SimpsonsError as error:
        if "\n" in str(error):
            raise AssertionError(f"an error of several lines: {error!r}") from error
        outcome = "refused"
    else:
        outcome = "whole" if complete else "partly"
    for written in (record, record.with_name("recorded.partial.mkv")):
        if written.exists():
            check_recording(written)
    leftovers = [
        file.name for file in path.parent.iterdir() if ".part" in file.name and "partial" not in file.name
    ]
    if leftovers:
        raise AssertionError(f"left behind: {leftovers}")
    return outcome


def check_recording(path: Path) -> None:
    """A recording can be played to its end; raises where it cannot."""
    from simpsons_play.sources import VideoFile

    with VideoFile(path) as video:
        frames = sum(1 for _ in video)
    if not frames or video.warnings:
        raise AssertionError(f"a broken recording: {frames} frames, {video.warnings}")


def _work(todo: Any, done: Any, model: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    while (path := todo.get()) is not None:
        try:
            done.put((path, play(path, model)))
        except BaseException:
            done.put((path, f"FAILED {traceback.format_exc()}"))


class Player:
    """A process that plays files and may die or hang without taking us along."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def play(self, path: Path) -> str:
        """What became of a file: a word, or `FAILED` and why."""
        self._todo.put(path)
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            try:
                return str(self._done.get(timeout=0.5)[1])
            except queue.Empty:
                if not self._process.is_alive():
                    code = self._process.exitcode
                    self._start()
                    return f"FAILED the process died ({code})"
        self._process.kill()
        self._process.join()
        self._start()
        return f"FAILED nothing came for {_PATIENCE_S:g} s"

    def stop(self) -> None:
        """End the process."""
        self._todo.put(None)
        self._process.join(5)
        self._process.kill()

    def _start(self) -> None:
        self._todo, self._done = self._context.Queue(), self._context.Queue()
        self._process = self._context.Process(
            target=_work, args=(self._todo, self._done, self._model), daemon=True
        )
        self._process.start()


def run_command(path: Path, model: Path, *, record: bool) -> str:
    """Play one file by the command; what became of it, as `play` says it."""
    output = path.with_name("by_command.mkv")
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "simpsons_play",
        "play",
        str(path),
        "--no-window",
        "--no-cache",
    ]
    command += ["--model", str(model), "--regions", "full", "--duration", "20"]
    command += ["-o", str(output)] if record else []
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, errors="replace")
    except subprocess.TimeoutExpired:
        return f"FAILED nothing came for {_PATIENCE_S:g} s"
    if ended.returncode not in (0, 1, 2, 3) or "Traceback" in ended.stderr:
        return f"FAILED exit {ended.returncode}: {ended.stderr[-2000:]}"
    if ended.returncode and not ended.stderr.strip():
        return f"FAILED exit {ended.returncode} without a word"
    try:
        for written in (output, output.with_name("by_command.partial.mkv")):
            if written.exists():
                check_recording(written)
    except Exception as error:
        return f"FAILED {error}"
    return f"exit {ended.returncode}"


@click.command()
@click.option("--count", default=2000, show_default=True, help="How many files.")
@click.option("--seed", default=1, show_default=True, help="Other numbers give other files.")
@click.option("--commands", is_flag=True, help="Run the command, with and without -o, in place of a process.")
def main(count: int, seed: int, *, commands: bool) -> None:
    """Play mutated files and say what became of them."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    model = write_colour_model(folder / "colours.onnx")
    player = None if commands else Player(model)
    outcomes: Counter[str] = Counter()
    for number, path in enumerate(inputs(folder, count, seed)):
        if player is not None:
            results = [player.play(path)]
        else:
            results = [run_command(path, model, record=record) for record in (False, True)]
        failed = False
        for result in results:
            outcomes[result.split()[0] if player is not None else result[:6]] += 1
            if result.startswith("FAILED"):
                failed = True
                click.echo(f"{path}: {result}")
        if not failed:
            shutil.rmtree(path.parent)
        if number % 100 == 99:
            click.echo(f"{number + 1} files: {dict(outcomes)}", err=True)
    if player is not None:
        player.stop()
    click.echo(f"{count} files, seed {seed}: {dict(outcomes)}; what failed is in {folder}")
    sys.exit(any(name.startswith("FAILED") for name in outcomes))


if __name__ == "__main__":
    main()
