"""Supercuts in which GOPs are copied, against the same ones with every frame encoded."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from simpsons_play.library.moments import Moment
from simpsons_play.library.supercut import write_supercut
from simpsons_play.sources import open_source
from tests.media import (
    AVI_H264,
    MKV,
    MOV,
    MP4,
    TS,
    VFR,
    Recipe,
    Studio,
    cut_without_encoding,
    number_of,
    numbered,
)

SIZE = (128, 96)
OPTIONS = {"preset": "ultrafast", "g": "12", "bf": "3", "x264-params": "scenecut=0:b-pyramid=normal"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("films"))


def film(studio: Studio, recipe: Recipe, name: str = "", **changes) -> Path:
    changes = {"frames": 100, "size": SIZE, "options": OPTIONS, **changes}
    return studio.video(replace(recipe, name=name + recipe.name, **changes))


def noisy(number: int, size: tuple[int, int]) -> np.ndarray:
    """A numbered picture that takes some hundred bytes."""
    noise = np.random.default_rng(number).integers(0, 30, (size[1] // 8, size[0] // 8, 1), dtype=np.uint8)
    return numbered(number, size) + noise.repeat(8, axis=0).repeat(8, axis=1)


def moment(video: Path, first: int, end: int) -> Moment:
    """The moment of some frames of a video, by their numbers in it."""
    with open_source(video) as source:
        times = [frame.time_s for frame in source]
        rate = source.info.rate
    times.append(times[-1] + float(1 / rate))
    return Moment(
        "a" * 32, str(video), "", None, None, rate, 4.0, times[first], times[end], ("bart_simpson",)
    )


def pictures(path: Path) -> list[tuple[float, int]]:
    """Time and number of each frame."""
    with av.open(str(path)) as container:
        return [
            (frame.time, number_of(frame.to_ndarray(format="bgr24"))) for frame in container.decode(video=0)
        ]


def slices(path: Path) -> list[bytes]:
    """The slices of each picture, without what containers add, in decoding order."""
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        if stream.codec_context.name == "h264":
            to_start_codes = BitStreamFilterContext("h264_mp4toannexb", stream)
            packets = [converted for packet in packets for converted in to_start_codes.filter(packet)]
        for packet in packets:
            units = [unit.rstrip(b"\0") for unit in bytes(packet).split(b"\0\0\1")]
            found.append(b"".join(unit for unit in units if unit and unit[0] & 31 in (1, 5)))
    return found


def copied(path: Path, *videos: Path) -> int:
    """How many packets of a file are packets of the videos."""
    theirs = {data for video in videos for data in slices(video)}
    return sum(data in theirs for data in slices(path))


def compare(moments: list[Moment], folder: Path, suffix: str = ".mp4") -> Path:
    """Write with copies and without; the frames and times must be the same, and ffmpeg must find no fault."""
    path, encoded = folder / f"cut{suffix}", folder / f"encoded{suffix}"
    length_s = write_supercut(moments, path, copy_from_s=0)
    assert write_supercut(moments, encoded, copy_from_s=None) == length_s
    assert pictures(path) == pictures(encoded)
    with open_source(path) as ours, open_source(encoded) as theirs:
        assert (ours.info.duration_s, ours.info.frames) == (theirs.info.duration_s, theirs.info.frames)
        assert [frame.time for frame in ours] == [frame.time for frame in theirs]
    stamps = [packet.dts for packet in av.open(str(path)).demux(video=0) if packet.size]
    if None not in stamps:
        assert all(np.diff(stamps) > 0)
    if (ffmpeg := shutil.which("ffmpeg")) is not None:
        # Without these options, ffmpeg complains about milliseconds that it rounded to frames itself.
        stamps_as_they_are = ["-vsync", "0", "-enc_time_base", "-1"]
        command = [ffmpeg, "-v", "error", "-i", path, *stamps_as_they_are, "-f", "null", "-"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("recipe", [MP4, MKV, MOV, TS], ids=lambda recipe: recipe.name)
def test_whole_gops_are_copied(studio, tmp_path, recipe, suffix):
    video = film(studio, recipe)
    parts = [(5, 55), (12, 36), (90, 100), (13, 23), (0, 100), (24, 25)]
    path = compare([moment(video, *part) for part in parts], tmp_path, suffix)
    assert [number for _, number in pictures(path)] == [n for part in parts for n in range(*part)]
    assert copied(path, video) == 36 + 24 + 4 + 0 + 100 + 0


def test_joins_of_videos_with_other_parameter_sets(studio, tmp_path):
    one = film(studio, MP4)
    two = film(studio, MP4, "cabac_", options={"preset": "medium", "g": "10", "bf": "2", "refs": "4"})
    three = film(studio, MP4, "base_", options={"preset": "ultrafast", "g": "6", "profile": "baseline"})
    moments = [moment(video, *part) for part in ((5, 55), (12, 36), (0, 24)) for video in (one, two, three)]
    path = compare(moments, tmp_path)
    assert copied(path, one, two, three) > 9 * 10


def test_a_variable_rate_keeps_its_times(studio, tmp_path):
    stamps = np.cumsum([0, *np.random.default_rng(3).integers(20, 101, 98), 3000]).tolist()
    video = film(studio, VFR, stamps=stamps[:60] + [stamp + 5000 for stamp in stamps[60:]])
    path = compare([moment(video, 7, 80), moment(video, 50, 99)], tmp_path)
    assert copied(path, video) == 60 + 36


@pytest.mark.parametrize(
    "changes",
    [
        {"options": {**OPTIONS, "x264-params": "scenecut=0:open-gop=1"}},
        {"options": {**OPTIONS, "x264-params": "scenecut=0:interlaced=1"}},
        {"options": {**OPTIONS, "x264-params": "scenecut=0:fullrange=on"}},
        {"options": {**OPTIONS, "x264-params": "scenecut=0:colormatrix=bt709"}},
        {"options": OPTIONS, "pixels": "yuv444p"},
        {"options": OPTIONS, "pixels": "yuv420p10le"},
        {"options": {"g": "12"}, "codec": "mpeg4"},
        {"options": OPTIONS, "rotation": 180},
    ],
    ids=["open", "interlaced", "full", "matrix", "444", "10bit", "mpeg4", "turned"],
)
def test_everything_else_is_encoded(studio, tmp_path, request, changes):
    video = film(studio, MP4, request.node.callspec.id, **changes)
    path = compare([moment(video, 14, 100), moment(video, 26, 64)], tmp_path)
    assert copied(path, video) == 0


def test_avi_is_encoded(studio, tmp_path):
    video = film(studio, AVI_H264)
    path = compare([moment(video, 14, 90)], tmp_path)
    assert copied(path, video) == 0
    video = film(studio, MP4)
    path = compare([moment(video, 14, 90)], tmp_path, ".avi")
    assert copied(path, video) == 0


def test_hidden_frames_stay_hidden(studio, tmp_path):
    video = cut_without_encoding(film(studio, MP4), tmp_path / "edited.mp4", 0.75)
    path = compare([moment(video, 0, 60), moment(video, 3, 40)], tmp_path)
    assert copied(path, video) == 48 + 24


def test_a_damaged_gop_is_encoded(studio, tmp_path):
    whole = film(studio, MP4, "large_", picture=noisy, size=(256, 192))
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        hurt = next(packet for packet in packets[40:] if packet.size > 300)
    video, data = tmp_path / "hurt.mp4", bytearray(whole.read_bytes())
    data[hurt.pos + 60 : hurt.pos + 260] = bytes(200)
    video.write_bytes(data)
    cut = moment(whole, 0, 96)
    path = compare([replace(cut, path=str(video))], tmp_path)
    assert copied(path, whole) == 96 - 12


def test_other_shapes_are_encoded(studio, tmp_path):
    most = film(studio, MP4)
    small = film(studio, MP4, "small_", size=(96, 64))
    wide = film(studio, MP4, "wide_", aspect=Fraction(4, 3), picture=noisy)
    moments = [moment(most, 0, 96), moment(small, 0, 48), moment(wide, 0, 48)]
    path = compare(moments, tmp_path)
    assert copied(path, most) == 96
    assert copied(path, small, wide) == 0
    anamorphic = compare([moment(wide, 0, 48)], tmp_path)
    assert copied(anamorphic, wide) == 48
