"""Converted colours, compared with the formulas of ITU-R BT.601, BT.709 and BT.2020."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from simpsons_play.sources import VideoFile
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.tone_map import light_to_pq, pq_to_light, standard_of

WEIGHTS = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593)}
UNTAGGED = 2
RGB = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (0, 0, 0),
    (255, 255, 255),
    (128, 128, 128),
    (255, 217, 15),
    (90, 140, 200),
]


def ycc_of(rgb: tuple[int, int, int], matrix: str, *, full: bool) -> np.ndarray:
    """RGB, 0-255 -> (3,) float64 Y, Cb, Cr in 8-bit levels."""
    red, _, blue = (level / 255 for level in rgb)
    k_red, k_blue = WEIGHTS[matrix]
    luma = k_red * red + (1 - k_red - k_blue) * rgb[1] / 255 + k_blue * blue
    chroma = np.array([(blue - luma) / (2 - 2 * k_blue), (red - luma) / (2 - 2 * k_red)])
    if full:
        return np.array([luma * 255, *(chroma * 255 + 128)])
    return np.array([luma * 219 + 16, *(chroma * 224 + 128)])


def flat(ycc: np.ndarray, form: str, size: tuple[int, int]) -> av.VideoFrame:
    picture = av.VideoFrame(*size, form)
    depth = 4 if "10" in form else 1
    for plane, level in zip(picture.planes, ycc, strict=True):
        rows = np.zeros(
            (plane.height, plane.line_size // (2 if depth > 1 else 1)), np.uint16 if depth > 1 else np.uint8
        )
        rows[:] = min(round(level * depth), 256 * depth - 1)
        plane.update(rows.tobytes())
    return picture


@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("tag", "height", "matrix"),
    [
        (UNTAGGED, 718, "601"),
        (UNTAGGED, 720, "709"),
        (1, 480, "709"),
        (5, 1080, "601"),
        (6, 720, "601"),
        (9, 480, "2020"),
    ],
)
def test_flat_colours_are_converted_within_two_levels(
    form: str, full: bool, tag: int, height: int, matrix: str
) -> None:
    converter = BgrConverter()
    for rgb in RGB:
        picture = flat(ycc_of(rgb, matrix, full=full), form, (64, height))
        picture.colorspace, picture.color_range = tag, 2 if full else 1
        image = converter.convert(picture, width=64, height=height)
        assert np.abs(image.astype(int) - rgb[::-1]).max() <= (3 if form == "yuv420p" else 2), rgb
        assert image.flags.owndata or image.base is not None


@pytest.mark.parametrize("height", [432, 720])
@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
def test_an_untagged_file_looks_as_in_other_players(ending: str, height: int, tmp_path: Path) -> None:
    """It is encoded with the matrix for its height, without a tag."""
    codec = {"avi": "mpeg4", "webm": "libvpx-vp9"}.get(ending, "libx264")
    matrix = Colorspace.ITU709 if height >= 720 else Colorspace.ITU601
    path, rgb = tmp_path / f"flat.{ending}", (200, 120, 60)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=25, width=64, height=height, pix_fmt="yuv420p")
        stream.codec_context.bit_rate = 4_000_000
        for number in range(3):
            drawn = av.VideoFrame.from_ndarray(np.full((height, 64, 3), rgb[::-1], np.uint8), "bgr24")
            picture = VideoReformatter().reformat(
                drawn, format="yuv420p", dst_colorspace=matrix, dst_color_range=ColorRange.MPEG
            )
            picture.colorspace, picture.color_range = UNTAGGED, 0
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    with VideoFile(path) as video:
        image = next(iter(video)).image
    assert np.abs(image[8:-8, 8:-8].astype(int) - rgb[::-1]).max() <= 3


def test_grey_and_rgb_pictures_are_unchanged() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None], 64, axis=0)
    grey = BgrConverter().convert(av.VideoFrame.from_ndarray(ramp, "gray"), width=256, height=64)
    assert np.array_equal(grey, np.repeat(ramp[..., None], 3, axis=2))
    noise = np.random.default_rng(5).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    for form in ("rgb24", "bgr24"):
        same = BgrConverter().convert(av.VideoFrame.from_ndarray(noise, form), width=64, height=48)
        assert np.array_equal(same, noise if form == "bgr24" else noise[..., ::-1])


def test_hdr_is_mapped_to_standard_range() -> None:
    light = np.array([0.0, 1.0, 100.0, 203.0, 1000.0])
    assert pq_to_light(light_to_pq(light)) == pytest.approx(light, abs=1e-6)
    assert light_to_pq(np.array([100.0])) == pytest.approx([0.508], abs=0.001)  # SMPTE ST 2084
    levels = [255 * float(standard_of(light_to_pq(np.full(3, nits)), 16)[0]) for nits in light]
    # Dark and middle tones as on a screen of 203 cd/m2, the brightest compressed below white.
    assert levels[:3] == pytest.approx(
        [0, 255 * (1 / 203) ** (1 / 2.4), 255 * (100 / 203) ** (1 / 2.4)], abs=2
    )
    assert 215 < levels[3] < 245
    assert levels[4] == pytest.approx(255, abs=1)
    assert 255 * standard_of(np.full(3, 0.5), 18) == pytest.approx([143] * 3, abs=3)  # 50 cd/m2 (BT.2408)
    red = standard_of(light_to_pq(np.array([100.0, 0.0, 0.0])), 16)
    assert red[0] > 0.7
    assert max(red[1:]) < 0.05


@pytest.mark.parametrize(("transfer", "coded"), [(16, 0.508), (18, 0.5)])
def test_only_hdr_pictures_are_tone_mapped(transfer: int, coded: float) -> None:
    ycc = np.array([coded * 219 + 16, 128, 128])
    picture = flat(ycc, "yuv420p10le", (64, 48))
    picture.colorspace, picture.color_range = 9, 1
    plain = BgrConverter().convert(picture, width=64, height=48)
    picture.color_trc = transfer
    mapped = BgrConverter().convert(picture, width=64, height=48)
    assert plain.mean() == pytest.approx(coded * 255, abs=2)
    expected = float(standard_of(np.full(3, coded), transfer)[0]) * 255
    assert mapped.mean() == pytest.approx(expected, abs=3)
    assert mapped.std() < 1.5


@pytest.mark.parametrize("form", ["bgra", "argb", "gbrap", "rgba64le", "ya8", "yuva420p", "yuva444p10le"])
def test_transparent_areas_of_video_are_white(form: str) -> None:
    drawn = np.zeros((48, 64, 4), np.uint8)
    drawn[:, :32] = (90, 90, 90, 255)
    picture = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(drawn, "bgra"),
        format=form,
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.MPEG if form.startswith("yuv") else ColorRange.JPEG,
    )
    image = BgrConverter().convert(picture, width=64, height=48).astype(int)
    assert image.shape == (48, 64, 3)
    assert np.abs(image[:, :28] - 90).max() <= 2
    assert image[:, 36:].min() >= 253
    drawn[..., 3] = 255
    opaque = VideoReformatter().reformat(av.VideoFrame.from_ndarray(drawn, "bgra"), format="yuva420p")
    assert BgrConverter().convert(opaque, width=64, height=48)[:, 36:].max() <= 2


def test_an_unused_alpha_byte_hides_nothing(tmp_path: Path) -> None:
    """Screen recorders write 32 bits per pixel into AVI, 8 of which are 0."""
    path, drawn = tmp_path / "screen.avi", np.zeros((48, 64, 4), np.uint8)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("rawvideo", rate=25, width=64, height=48, pix_fmt="bgra")
        for number in range(3):
            drawn[..., :3] = 60 * number
            picture = av.VideoFrame.from_ndarray(drawn, "bgra")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    with VideoFile(path) as video:
        assert [int(frame.image.max()) for frame in video] == [0, 60, 120]
