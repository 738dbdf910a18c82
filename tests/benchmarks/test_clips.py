"""The clips of the benchmarks: longer, and at other sizes."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.benchmarks.clips import film_of, looped, make_sample
from tests.media import AVI, MKV, MP4, Recipe, make_video, number_of


@pytest.mark.parametrize("recipe", [AVI, MP4, MKV], ids=lambda recipe: recipe.name)
def test_looped_repeats_the_frames_and_is_cut_at_its_length(tmp_path: Path, recipe: Recipe) -> None:
    clip = make_video(tmp_path, recipe)
    copy = looped(clip, 5.0, tmp_path)
    with av.open(str(copy)) as container:
        numbers = [number_of(f.to_ndarray(format="bgr24")) for f in container.decode(video=0)]
    # Of frames that are stored ahead of others, some that are shown after the end are left.
    assert abs(len(numbers) - 5 * recipe.rate) < 4
    assert numbers[: 2 * recipe.frames] == 2 * list(range(recipe.frames))
    assert film_of(copy).seconds == pytest.approx(5, abs=0.2)


def test_looped_leaves_a_longer_clip_alone(tmp_path: Path) -> None:
    clip = make_video(tmp_path, MP4)
    assert looped(clip, 1.0, tmp_path) == clip


def test_sample_has_the_size_and_length(tmp_path: Path) -> None:
    make_sample(tmp_path / "small.mp4", size=(128, 72), seconds=1)
    film = film_of(tmp_path / "small.mp4")
    assert film.frames == 24 and film.title == "128x72 h264, 23.976 fps"
    assert film.seconds == pytest.approx(float(24 / Fraction(24000, 1001)))


def test_what_is_no_video_is_one_clear_line(tmp_path: Path) -> None:
    for command in ("peers", "scale --only files --clip"):
        module, *options = command.split()
        run = [sys.executable, "-m", f"tests.benchmarks.{module}", *options, __file__]
        done = subprocess.run(run, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"Error: {__file__} is not a video that can be read"
        assert "Traceback" not in done.stderr
