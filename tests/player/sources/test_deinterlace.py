"""Deinterlacing: no combing, and every frame at its time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sources import VideoFile
from tests.fakes import write_colour_model

SIZE = (128, 96)
COUNT = 12


def field(moment: int) -> np.ndarray:
    """(H, W) uint8: a bright bar that moves by three pixels per field."""
    width, height = SIZE
    image = np.full((height, width), 40, np.uint8)
    left = 10 + 3 * moment
    image[:, left : left + 24] = 220
    return image


def make_interlaced(path: Path, codec: str, *, interlaced: bool = True) -> Path:
    """Write a video with two fields of different moments in each frame, the top field first."""
    options = {"flags": "+ildct+ilme", "g": "6", "bf": "0"}
    if codec == "libx264":
        options = {"x264-params": "tff=1", "g": "6", "bf": "2", "preset": "ultrafast"}
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25, width=SIZE[0], height=SIZE[1], pix_fmt="yuv420p")
        stream.codec_context.options = options if interlaced else {"g": "6"}
        stream.codec_context.bit_rate = 4_000_000
        for number in range(COUNT):
            woven = field(2 * number)
            if interlaced:
                woven[1::2] = field(2 * number + 1)[1::2]
            picture = av.VideoFrame.from_ndarray(np.repeat(woven[..., None], 3, axis=2), "bgr24").reformat(
                format="yuv420p"
            )
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def combing(image: np.ndarray) -> float:
    """Mean difference between adjacent lines minus that between every other line, in levels."""
    grey = image[..., 1].astype(float)
    return float(np.abs(np.diff(grey, axis=0)).mean() - np.abs(grey[2:] - grey[:-2]).mean())


@pytest.mark.parametrize(("ending", "codec"), [("mpg", "mpeg2video"), ("ts", "libx264"), ("mkv", "libx264")])
def test_interlaced_frames_are_deinterlaced_at_their_times(ending: str, codec: str, tmp_path: Path) -> None:
    path = make_interlaced(tmp_path / f"woven.{ending}", codec)
    with VideoFile(path, deinterlace=False) as video:
        woven = list(video)
    with VideoFile(path) as video:
        whole = list(video)
    assert video.warnings == []
    assert [frame.time for frame in whole] == [frame.time for frame in woven]
    assert len(whole) == COUNT
    assert min(combing(frame.image) for frame in woven) > 5
    assert max(combing(frame.image) for frame in whole) < 1
    for number, frame in enumerate(whole):  # the frame of this moment, not of a neighbouring one
        bar = frame.image[SIZE[1] // 2, :, 1] > 130
        assert abs(int(np.flatnonzero(bar)[0]) - (10 + 6 * number)) <= 3


def test_a_range_of_interlaced_video_has_the_same_frames(tmp_path: Path) -> None:
    path = make_interlaced(tmp_path / "woven.ts", "libx264")
    with VideoFile(path) as video:
        whole = [frame.time for frame in video]
    with VideoFile(path, start_s=float(whole[7]), duration_s=0.12) as video:
        assert [frame.time for frame in video] == whole[7:10]


def test_progressive_frames_are_unchanged(tmp_path: Path) -> None:
    path = make_interlaced(tmp_path / "plain.mkv", "libx264", interlaced=False)
    with VideoFile(path, deinterlace=False) as video:
        plain = list(video)
    with VideoFile(path) as video:
        assert all(np.array_equal(one.image, other.image) for one, other in zip(video, plain, strict=True))


def test_the_command_can_keep_frames_interlaced(tmp_path: Path) -> None:
    path = make_interlaced(tmp_path / "woven.ts", "libx264")
    model = write_colour_model(tmp_path / "colours.onnx")
    found = {}
    for choice in ("auto", "off"):
        out = tmp_path / f"{choice}.mkv"
        request = PlayRequest(
            str(path),
            model=model,
            provider="cpu",
            config=AnalysisConfig(regions="full"),
            output=out,
            deinterlace=choice,
            quiet=True,
            cached=False,
        )
        assert play_without_window([request])
        with VideoFile(out) as video:
            # The caption covers the lower half.
            found[choice] = [combing(frame.image[: SIZE[1] // 2]) for frame in video]
    assert min(found["off"]) > 5
    assert max(found["auto"]) < 2
