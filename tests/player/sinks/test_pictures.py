"""Annotated pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult
from simpsons_play.render.marks import Mark, Patch
from simpsons_play.sinks import PicturesWriter
from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.disk import full_disk
from tests.fakes import COLOURS, flat, write_colour_model

ONE = SourceInfo("a.png", 64, 48, Fraction(1), Fraction(1), frames=1, stills=True)


def grey(size_px: tuple[int, int], result: FrameResult) -> list[Mark]:
    """Half transparent black everywhere."""
    patch = Patch(np.full((size_px[1], size_px[0], 4), (0, 0, 0, 128), np.uint8))
    return [patch.at(0, 0, Box(0, 0, *size_px))]


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_drawn_picture_is_written(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{ending}"
    image = np.full((48, 64, 3), (200, 100, 50), np.uint8)
    with PicturesWriter(path, ONE, marks=grey) as sink:
        sink.write(Frame(image, 0, Fraction(0), name="a.png"), FrameResult(0, 0.0, True, (), ()))
    assert np.abs(cv2.imread(str(path)).astype(int) - (100, 50, 25)).max() < 6
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_is_one_line_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    with pytest.raises(SinkError, match="cannot be written"), full_disk(600):
        with PicturesWriter(path, ONE, marks=grey) as sink:
            sink.write(Frame(noise, 0, Fraction(0), name="a.png"), FrameResult(0, 0.0, True, (), ()))
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_folder_of_pictures_is_annotated_into_another_folder(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    out.mkdir()
    for name in COLOURS:
        cv2.imwrite(str(pictures / f"{name}.png"), flat(COLOURS[name], width=320, height=240))
    refused = simpsons("play", pictures, "--model", model, "-o", out / "one.png")
    assert_one_error_line(refused, "would be written 3 times; put {picture} into its name")
    out = out / "made" / "for them"
    done = simpsons("play", pictures, "--model", model, "-o", out / "named-{picture}.png")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == sorted(f"named-{name}.png" for name in COLOURS)
    assert all(f"named-{name}.png" in done.stderr for name in COLOURS)
    for name in COLOURS:
        before = cv2.imread(str(pictures / f"{name}.png"))
        assert (cv2.imread(str(out / f"named-{name}.png")) != before).any(), "a name is drawn on it"


def test_video_cannot_be_written_as_a_picture(tmp_path: Path) -> None:
    done = simpsons("play", SAMPLE, "-o", tmp_path / "o.png")
    assert_one_error_line(done, "is a picture", ".mp4")
