"""Sizes, pixel aspect ratio and colours of annotated video."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.render.marks import Patch, draw_on_image
from simpsons_play.sinks import VideoWriter
from simpsons_play.sinks.video.yuv import YuvConverter
from simpsons_play.sources import VideoFile
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.deferred import DeferredFrame, DeferredImage
from tests.media import (
    SIZE,
    number_of,
    numbered,
)
from tests.player.sinks.video_kit import empty_result


def test_odd_sizes_are_padded_to_even_sizes(tmp_path: Path) -> None:
    info = SourceInfo("drawn", 77, 51, Fraction(25), Fraction(1, 25), frames=2, duration_s=0.08)
    with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: ()) as sink:
        for number in range(2):
            sink.write(Frame(numbered(9, (77, 51)), number, Fraction(number, 25)), empty_result(number))
    with VideoFile(tmp_path / "out.mp4") as video:
        frames = list(video)
    assert frames[0].image.shape == (52, 78, 3)
    assert np.abs(frames[0].image[51].astype(int) - frames[0].image[50]).max() < 12
    assert number_of(frames[0].image[:51, :77]) == 9


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi"])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (40, 2), (2, 40)])
def test_frames_too_small_for_an_encoder_are_padded(
    size: tuple[int, int], ending: str, tmp_path: Path
) -> None:
    info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25), frames=1, duration_s=0.04)
    with VideoWriter(tmp_path / f"out.{ending}", info, marks=lambda size, _: ()) as sink:
        sink.write(Frame(np.full((size[1], size[0], 3), 200, np.uint8), 0, Fraction(0)), empty_result(0))
    with VideoFile(tmp_path / f"out.{ending}") as video:
        (frame,) = video
    assert frame.image.shape[:2] == (max(4, size[1]), max(4, size[0]))
    assert np.abs(frame.image.astype(int) - 200).max() < 12


@pytest.mark.parametrize(("ending", "size"), [("mp4", SIZE), ("mkv", SIZE), ("webm", (86, 48))])
def test_pixel_aspect_ratio_is_kept(ending: str, size: tuple[int, int], tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25), pixel_aspect=Fraction(4, 3))
    with VideoWriter(tmp_path / f"out.{ending}", info, marks=lambda size, _: ()) as sink:
        sink.write(Frame(numbered(9), 0, Fraction(0)), empty_result(0))
    with VideoFile(tmp_path / f"out.{ending}") as video:
        assert (video.info.width, video.info.height) == size
        shown = video.info.width * video.info.pixel_aspect / video.info.height
        assert float(shown) == pytest.approx(64 * 4 / 3 / 48, rel=0.01)


COLOURS = [(blue, green, red) for blue in (0, 255) for green in (0, 255) for red in (0, 255)]
COLOURS += [(grey, grey, grey) for grey in (1, 16, 77, 128, 200, 235, 254)]
COLOURS += [(30, 217, 254)]  # the yellow of Springfield
COLOURS += [tuple(colour) for colour in np.random.default_rng(5).integers(0, 256, (20, 3)).tolist()]


def flat_colours(path: Path) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """The centre of each frame as BGR, converted exactly with the tagged matrix, and the tags."""
    found = []
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            tags = (picture.colorspace, picture.color_range, picture.color_primaries, picture.color_trc)
            red, blue = (0.2126, 0.0722) if picture.colorspace == 1 else (0.299, 0.114)
            planes = picture.reformat(format="yuv444p").to_ndarray()
            luma, cb, cr = planes[:, picture.height // 2, picture.width // 2].astype(float)
            luma, cb, cr = (luma - 16) / 219, (cb - 128) / 112 * (1 - blue), (cr - 128) / 112 * (1 - red)
            green = luma - (blue * cb + red * cr) / (1 - blue - red)
            found.append(np.clip(np.round(255 * np.array([luma + cb, green, luma + cr])), 0, 255))
    return found, tags


@pytest.mark.parametrize(
    ("size", "tags"), [((576, 432), (6, 1, 1, 1)), ((640, 480), (6, 1, 6, 1)), ((1280, 720), (1, 1, 1, 1))]
)
@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "avi", "webm"])
def test_flat_colours_are_preserved(
    ending: str, size: tuple[int, int], tags: tuple[int, ...], tmp_path: Path
) -> None:
    info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25))
    path = tmp_path / f"out.{ending}"
    with VideoWriter(path, info, marks=lambda size, _: ()) as sink:
        for number, colour in enumerate(COLOURS):
            image = np.full((size[1], size[0], 3), colour, np.uint8)
            sink.write(Frame(image, number, Fraction(number, 25)), empty_result(number))
    found, found_tags = flat_colours(path)
    assert found_tags == tags
    distances = [np.abs(bgr - colour).max() for bgr, colour in zip(found, COLOURS, strict=True)]
    # libvpx encodes a few of a thousand flat colours with a chroma error of 1, which is up to 3 levels.
    assert max(distances) <= (3 if ending == "webm" else 2), COLOURS[int(np.argmax(distances))]
    assert np.mean(distances) < 1


@pytest.mark.parametrize("height", [6, 238, 242, 432, 718, 1080, 1082])
def test_colour_conversion_is_exact_to_rounding(height: int) -> None:
    info = SourceInfo("drawn", 256, height, Fraction(25), Fraction(1, 25))
    image = np.random.default_rng(2).integers(0, 256, (height // 2, 128, 3)).astype(np.uint8)
    image = image.repeat(2, 0).repeat(2, 1)
    for pixel_format in ("yuv420p", "nv12"):
        converter = YuvConverter(info, square_pixels=False)
        converter.pixel_format = pixel_format
        planes = converter.convert(Frame(image, 0, Fraction(0)), []).reformat(format="yuv420p").to_ndarray()
        red, blue = (0.2126, 0.0722) if height >= 720 else (0.299, 0.114)
        luma = image / 255 @ np.array([blue, 1 - blue - red, red])
        assert np.abs(planes[:height] - (16 + 219 * luma)).max() < 0.6
        for plane, channel, share in ((0, 0, blue), (1, 2, red)):
            chroma = 128 + 112 * (image[..., channel] / 255 - luma)[::2, ::2] / (1 - share)
            found = planes[height:].reshape(2, height // 2, 128)[plane]
            assert np.abs(found - chroma).max() < 0.6


def stored(
    size: tuple[int, int], pixel_format: str = "yuv420p", *, matrix: int = 2, full: bool = False
) -> av.VideoFrame:
    """A picture of noise, as a decoder might return it; the matrix 2 is that of an untagged file."""
    rng = np.random.default_rng(4)
    picture = av.VideoFrame(*size, pixel_format)
    for plane in picture.planes:
        plane.update(rng.integers(60, 180, plane.buffer_size).astype(np.uint8).tobytes())
    picture.colorspace = matrix
    picture.color_range = ColorRange.JPEG if full else ColorRange.MPEG
    return picture


def deferred(picture: av.VideoFrame, *, upright: bool = True) -> DeferredFrame:
    """A frame that converts its picture on demand."""

    def convert(picture: av.VideoFrame, width: int, height: int) -> Image:
        return BgrConverter().convert(picture, width=width, height=height)

    size = picture.width, picture.height
    return DeferredFrame(
        DeferredImage(
            picture, size, whole=convert, scaled=convert, averaged=convert, rough=convert, upright=upright
        ),
        0,
        Fraction(0),
    )


def samples(picture: av.VideoFrame) -> np.ndarray:
    return picture.reformat(format="yuv420p").to_ndarray()


def converter_for(size: tuple[int, int], aspect: Fraction = Fraction(1)) -> YuvConverter:
    info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25), pixel_aspect=aspect)
    return YuvConverter(info, square_pixels=True)


@pytest.mark.parametrize(
    ("size", "matrix"), [((64, 48), 2), ((66, 50), 5), ((64, 48), 6), ((96, 720), 2), ((96, 722), 1)]
)
def test_pictures_that_need_no_conversion_are_copied(size: tuple[int, int], matrix: int) -> None:
    picture = stored(size, matrix=matrix)
    before = samples(picture)
    black = Patch(np.full((4, 6, 4), (0, 0, 0, 255), np.uint8)).at(10, 8, Box(0, 0, *size))
    converter = converter_for(size)
    assert np.array_equal(samples(converter.convert(deferred(picture), [])), before)
    drawn = samples(converter.convert(deferred(picture), [black]))
    assert np.array_equal(samples(picture), before), "later pictures are predicted from it"
    assert (drawn[8:12, 10:16] == 16).all()
    drawn[8:12, 10:16] = before[8:12, 10:16]
    changed = drawn[size[1] :] != before[size[1] :]
    assert np.array_equal(drawn[: size[1]], before[: size[1]]) and changed.sum() <= 2 * 2 * 3


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize(
    ("frame", "aspect"),
    [
        (deferred(stored((64, 48), full=True)), 1),
        (deferred(stored((64, 48), "yuvj420p")), 1),
        (deferred(stored((64, 48), matrix=1)), 1),
        (deferred(stored((96, 720), matrix=6)), 1),
        (deferred(stored((64, 48), matrix=4)), 1),
        (deferred(stored((64, 48), "yuv422p")), 1),
        (deferred(stored((64, 48), "nv12")), 1),
        (deferred(stored((64, 48), "yuv420p10le")), 1),
        (deferred(stored((64, 48), "yuva420p")), 1),
        (deferred(stored((63, 48))), 1),
        (deferred(stored((64, 47))), 1),
        (deferred(stored((2, 48))), 1),
        (deferred(stored((64, 48)), upright=False), 1),
        (deferred(stored((64, 48))), Fraction(4, 3)),
    ],
)
def test_other_pictures_are_converted_from_bgr(frame: DeferredFrame, aspect: Fraction, marked: bool) -> None:
    bounds = Box(0, 0, *frame.size_px)
    marks = [Patch(np.full((9, 9, 4), (90, 0, 0, 128), np.uint8)).at(-2, 5, bounds)] if marked else []
    image = frame.image.copy()
    draw_on_image(image, marks)
    converter = converter_for(frame.size_px, Fraction(aspect))
    expected = samples(converter.convert(Frame(image, 0, Fraction(0)), []))
    assert np.array_equal(samples(converter.convert(frame, marks)), expected)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm", "avi"])
@pytest.mark.parametrize(("size", "tags"), [((64, 48), (6, 1, 1, 1)), ((96, 720), (1, 1, 1, 1))])
def test_copied_pictures_have_the_same_tags_and_colours(
    size: tuple[int, int], tags: tuple[int, ...], ending: str, tmp_path: Path
) -> None:
    picture = av.VideoFrame(*size, "yuv420p")
    for plane, level in zip(picture.planes, (150, 90, 170), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    images = []
    for number, frame in enumerate((deferred(picture), Frame(deferred(picture).image, 0, Fraction(0)))):
        path = tmp_path / f"{number}.{ending}"
        info = SourceInfo("drawn", *size, Fraction(25), Fraction(1, 25))
        with VideoWriter(path, info, marks=lambda size, _: ()) as sink:
            sink.write(frame, empty_result(0))
        assert flat_colours(path)[1] == tags
        with VideoFile(path) as video:
            images.append(next(iter(video)).image.astype(int))
    assert np.abs(images[0] - images[1]).max() <= 3
