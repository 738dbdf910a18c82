"""How right captions are on many episodes cut from the validation pictures, as one clip of 82 s cannot tell.

`python -m tests.benchmarks.episodes PICTURES [--count 14] [-- OPTIONS OF simpsons play]`

Each episode has sixteen shots of one character, ten of two in either half of the frame and five of somebody
who is not to be named, 1.7 to 2.8 s each, with slow pans drawn on twos, 576x432, MPEG-4. All characters are
equally likely, and the frame cuts pictures anywhere, heads included, so that this is harder than footage.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.dataset import read_picture, read_pictures
from simpsons_training.table import Picture
from tests.scoring import Score

_WIDTH, _HEIGHT = 576, 432
_RATE = Fraction(24000, 1001)
_SINGLE, _TWO, _NOBODY = 16, 10, 5

Shot = dict[str, Picture]
View = Callable[[float], Image]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("options", nargs=-1)
@click.option("--count", default=14, type=click.IntRange(1))
@click.option("--seed", default=7)
def main(folder: Path, options: tuple[str, ...], count: int, seed: int) -> None:
    """Make them, play them, and print what was measured."""
    random = np.random.default_rng(seed)
    pictures = read_pictures(folder)
    known, others = (pictures.select("val", known=known) for known in (True, False))
    score = Score()
    with tempfile.TemporaryDirectory() as name:
        clips = [Path(name) / f"{number:02}.avi" for number in range(count)]
        for clip in clips:
            _write(clip, _shots(known, others, random), random)
        command = [sys.executable, "-m", "simpsons_play", "play", *map(str, clips), "--no-window", "-q"]
        subprocess.run([*command, "--predictions", f"{name}/{{name}}.jsonl", *options], check=True)
        for clip in clips:
            score.add(clip.with_suffix(".jsonl"), clip.with_suffix(".csv"))
    near = sum(abs(error) <= 0.1 for _, error in score.errors)
    for words in (
        f"{count} episodes, {score.true_changes + count} shots",
        f"one person: exactly the one name {score.share('single'):.1%} of the time",
        f"two people: each named {score.share('half'):.1%}, exactly the one name in each half "
        f"{score.share('sides'):.1%}",
        f"nobody: silent {score.share('nobody'):.1%}",
        f"changes of caption for each true one: {score.changes_per_true_one:.3f}",
        f"screen time within 10 %: {near} of {len(score.errors)}",
    ):
        click.echo(words)


def _shots(known: Sequence[Picture], others: Sequence[Picture], random: np.random.Generator) -> list[Shot]:
    by_character = defaultdict(list)
    for picture in known:
        by_character[picture.character].append(picture)

    def some(count: int) -> list[Picture]:
        names = random.choice(sorted(by_character), count, replace=False)
        return [by_character[name][random.integers(len(by_character[name]))] for name in names]

    shots = [{"full": some(1)[0]} for _ in range(_SINGLE)]
    shots += [dict(zip(("left", "right"), some(2), strict=True)) for _ in range(_TWO)]
    shots += [{"full": others[random.integers(len(others))]} for _ in range(_NOBODY)]
    return [shots[i] for i in random.permutation(len(shots))]


def _write(path: Path, shots: Sequence[Shot], random: np.random.Generator) -> None:
    """An episode, and beside it the table of who is where when."""
    rows, number = [], 0
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=_RATE, options={"b": "400000"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for shot in shots:
            length = int(random.integers(40, 67))
            views = [_view(picture, _WIDTH // len(shot), random) for picture in shot.values()]
            for i in range(length):
                image = np.hstack([view(i // 2 * 2 / length) for view in views])
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "bgr24")
                frame.pts, frame.time_base = number + i, 1 / _RATE
                container.mux(stream.encode(frame))
            for where, picture in shot.items():
                start_s, end_s = (float(n / _RATE) for n in (number, number + length))
                rows.append((start_s, end_s, where, picture.character if picture.known else ""))
            number += length
        container.mux(stream.encode())
    with path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("start_s", "end_s", "where", "character"), *rows])


def _view(picture: Picture, width: int, random: np.random.Generator) -> View:
    """A window that moves over a picture: share of the shot that has passed, 0-1 -> (H, W, 3) uint8 BGR."""
    image = read_picture(picture.path)
    scale = max(width / image.shape[1], _HEIGHT / image.shape[0]) * random.uniform(1.04, 1.15)
    size = (max(width, round(image.shape[1] * scale)), max(_HEIGHT, round(image.shape[0] * scale)))
    large = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    spare = np.array([size[0] - width, size[1] - _HEIGHT])
    start, end = (random.uniform(0.1, 0.9, 2) * spare for _ in range(2))

    def at(share: float) -> Image:
        x, y = (round(v) for v in start + (end - start) * share)
        return large[y : y + _HEIGHT, x : x + width]

    return at


if __name__ == "__main__":
    main()
