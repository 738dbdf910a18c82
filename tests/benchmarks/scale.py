"""How speed and memory go with the size of the picture, the length of the film and the number of files.

`python -m tests.benchmarks.scale [--only sizes] [--long] [--markdown] [-- OPTIONS OF simpsons play]`

The clips are the sample clip at other sizes (H.264, 23.976 fps, without sound), 20 s each. Longer films
repeat one without encoding it again; `--long` adds two hours. Each row is a process of its own that runs
`simpsons play --no-window --no-cache`. Several files also run with `--jobs`, where there is that option.

Memory is that of the process, without any that it starts. It is sampled from `/proc` twice a second, on
Linux alone: after a minute, when libraries and pools are full, and at the end, as the most of the last two
seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from tests.benchmarks.children import Finished, run
from tests.benchmarks.clips import film_of, in_own_process, looped, make_sample
from tests.benchmarks.conditions import conditions, table

SIZES = ("426x240", "576x432", "854x480", "1280x720", "1920x1080", "2560x1440", "3840x2160")
DURATIONS_S = (20.0, 120.0, 1320.0)
LONG_S = 7200.0
FILES = (1, 2, 4, 8)
_USUAL_SIZE = "576x432"
_WARM_S, _EACH_S, _LAST = 60.0, 0.5, 4

SPEED = ("frames", "seconds", "frames per second", "times real time")
MEMORY = ("peak, MB", "after a minute, MB", "at the end, MB")

Row = tuple[str, ...]
Play = Callable[..., Finished]


def row(title: str, done: Finished, film_s: float) -> Row:
    """One row: what was run, its speed and its memory; or why it failed.

    Args:
        title: first cell.
        done: a run of `simpsons play --json`, which prints a line for each file.
        film_s: duration of all files in seconds.
    """
    if done.problem:
        return (f"{title}: {done.problem}", *["-"] * (len(SPEED) + len(MEMORY)))
    frames = sum(json.loads(line)["frames"] for line in done.output.splitlines())
    first_minute = [mb for passed_s, mb in done.samples if passed_s >= _WARM_S]
    return (
        title,
        f"{frames:,}",
        f"{done.seconds:,.1f}",
        f"{frames / done.seconds:,.0f}",
        f"{film_s / done.seconds:,.1f}",
        "-" if done.peak_mb is None else f"{done.peak_mb:,.0f}",
        f"{first_minute[0]:,.0f}" if first_minute else "-",
        f"{max(mb for _, mb in done.samples[-_LAST:]):,.0f}" if done.samples else "-",
    )


def sizes(chosen: Sequence[str], seconds: float, folder: Path, play: Play) -> Iterator[Row]:
    """A row for each size of picture."""
    for size in chosen:
        clip = _sample(size, seconds, folder)
        yield row(size, play(clip), seconds)
        clip.unlink()


def durations(clip: Path, chosen: Sequence[float], folder: Path, play: Play) -> Iterator[Row]:
    """A row for each length of a film, in seconds."""
    for duration_s in chosen:
        film = looped(clip, duration_s, folder)
        film_s = film_of(film).seconds
        yield row(_length(film_s), play(film), film_s)
        if film != clip:
            film.unlink()


def files(clip: Path, chosen: Sequence[int], jobs: Sequence[int], folder: Path, play: Play) -> Iterator[Row]:
    """A row for each number of files one after the other, and for each number of jobs at once."""
    film_s = film_of(clip).seconds
    for count in chosen:
        copies = [folder / f"file-{number}{clip.suffix}" for number in range(count)]
        for copy in copies:
            shutil.copy(clip, copy)
        yield row(_files(count), play(*copies), film_s * count)
        for number in jobs:
            if 1 < number <= count:
                done = play(*copies, "--jobs", str(number))
                yield row(f"{_files(count)}, --jobs {number}", done, film_s * count)


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _length(seconds: float) -> str:
    for unit, each_s in (("h", 3600), ("min", 60)):
        if seconds >= each_s:
            return f"{seconds / each_s:.3g} {unit}"
    return f"{seconds:.3g} s"


def _sample(size: str, seconds: float, folder: Path) -> Path:
    width, height = map(int, size.split("x"))
    path = folder / f"{size}.mp4"
    in_own_process(make_sample, path, size=(width, height), seconds=seconds)
    return path


def _has_jobs() -> bool:
    return "--jobs" in run([sys.executable, "-m", "simpsons_play", "play", "--help"]).output


@click.command()
@click.argument("options", nargs=-1)
@click.option("--only", multiple=True, type=click.Choice(["sizes", "durations", "files"]), help="This table.")
@click.option(
    "--clip",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="For the lengths and numbers of files.  [default: the sample clip at 576x432]",
)
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Length of clips.")
@click.option("--size", "chosen_sizes", multiple=True, default=SIZES, metavar="WxH", help="Can be repeated.")
@click.option(
    "--duration",
    "durations_s",
    multiple=True,
    default=DURATIONS_S,
    type=click.FloatRange(1),
    metavar="SECONDS",
    help="Can be repeated.",
)
@click.option(
    "--files",
    "counts",
    multiple=True,
    default=FILES,
    type=click.IntRange(1),
    metavar="N",
    help="Can be repeated.",
)
@click.option(
    "--jobs",
    multiple=True,
    default=(os.cpu_count() or 1,),
    type=click.IntRange(1),
    metavar="N",
    help="Jobs at once for several files; can be repeated.",
)
@click.option("--long", is_flag=True, help="Also two hours, which takes as long as your machine needs.")
@click.option("--markdown", is_flag=True, help="Print Markdown tables.")
def main(
    options: tuple[str, ...],
    only: tuple[str, ...],
    clip: Path | None,
    seconds: float,
    chosen_sizes: tuple[str, ...],
    durations_s: tuple[float, ...],
    counts: tuple[int, ...],
    jobs: tuple[int, ...],
    long: bool,
    markdown: bool,
) -> None:
    """Run them and print the tables."""
    lines = [*conditions("simpsons-play", "onnxruntime-gpu", "av"), f"Options: {' '.join(options) or 'none'}"]

    def play(*arguments: str | Path) -> Finished:
        command = [sys.executable, "-m", "simpsons_play", "play", *arguments, "--no-window", "--no-cache"]
        return run([*command, "--json", *options], sample_each_s=_EACH_S)

    made: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        usual = clip.absolute() if clip is not None else None
        if usual is None and (not only or set(only) & {"durations", "files"}):
            usual = _sample(_USUAL_SIZE, seconds, folder).rename(folder / "usual.mp4")
        for what in only or ("sizes", "durations", "files"):
            if what == "sizes":
                found = sizes(chosen_sizes, seconds, folder, play)
            elif what == "durations":
                found = durations(usual, [*durations_s, *([LONG_S] if long else [])], folder, play)
            else:
                found = files(usual, counts, jobs if _has_jobs() else (), folder, play)
            made[what] = []
            for cells in found:
                click.echo(f"{what}: {' | '.join(cells)}", err=True)
                made[what].append(cells)
        if usual is not None:
            lines.append(f"Lengths and numbers of files: {film_of(usual).title}")
    for line in lines:
        click.echo(line)
    for what, rows in made.items():
        click.echo(f"\n{table((what, *SPEED, *MEMORY), rows, markdown=markdown)}")


if __name__ == "__main__":
    main()
