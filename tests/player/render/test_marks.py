"""Marks on images and on planes."""

from __future__ import annotations

import numpy as np
import pytest

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.render.brackets import BracketMark
from simpsons_play.render.marks import Patch, draw_on_image, draw_on_planes
from simpsons_play.render.overlay import Overlay
from tests.player.render.planes import FRAME, SIZE, background, exact_planes, planes_of


def patch(width: int, height: int) -> Patch:
    """Opaque, translucent and transparent pixels of many colours."""
    rng = np.random.default_rng(width)
    colours = rng.integers(0, 256, (height, width, 3))
    opacity = rng.choice([0, 90, 199, 255], (height, width, 1))
    return Patch(np.dstack([np.rint(colours * opacity / 255), opacity]).astype(np.uint8))


@pytest.mark.parametrize("bt709", [False, True])
@pytest.mark.parametrize(
    ("corner", "size"),
    [
        ((40, 30), (24, 16)),
        ((41, 30), (24, 16)),
        ((40, 31), (23, 17)),
        ((41, 31), (1, 1)),
        ((-7, -3), (30, 20)),
        ((-8, 101), (30, 33)),
        ((151, 113), (9, 7)),
        ((139, -19), (50, 41)),
    ],
)
def test_planes_change_as_the_image_does(corner: tuple[int, int], size: tuple[int, int], bt709: bool) -> None:
    mark = patch(*size).at(*corner, FRAME)
    image = background()
    planes, before = planes_of(image, bt709=bt709), planes_of(image, bt709=bt709)
    draw_on_planes(planes, [mark], bt709=bt709)
    draw_on_image(image, [mark])
    for drawn, wanted in zip(planes, exact_planes(image, bt709=bt709), strict=True):
        assert np.abs(drawn - wanted).max() <= 2
    box = mark.box
    planes[0][box.y_min : box.y_max, box.x_min : box.x_max] = 0
    before[0][box.y_min : box.y_max, box.x_min : box.x_max] = 0
    half = slice(box.y_min // 2, (box.y_max + 1) // 2), slice(box.x_min // 2, (box.x_max + 1) // 2)
    for drawn, plain in zip(planes[1:], before[1:], strict=True):
        drawn[half] = plain[half] = 0
    assert all(np.array_equal(*pair) for pair in zip(planes, before, strict=True)), "outside of the mark"


def test_the_uppermost_mark_comes_last() -> None:
    low, high = (Patch(np.full((10, 10, 4), (grey, grey, grey, 255), np.uint8)) for grey in (50, 200))
    marks = [low.at(20, 20, FRAME), high.at(24, 24, FRAME)]
    image = background()
    draw_on_image(image, marks)
    assert (image[24:34, 24:34] == 200).all() and (image[20:24, 20:30] == 50).all()


def test_a_patch_outside_its_bounds_draws_nothing() -> None:
    image = background()
    planes, before = planes_of(image, bt709=False), planes_of(image, bt709=False)
    marks = [patch(9, 9).at(*corner, FRAME) for corner in ((-9, 5), (5, -20), (160, 5), (5, 300))]
    draw_on_planes(planes, marks, bt709=False)
    draw_on_image(image, marks)
    assert np.array_equal(image, background())
    assert all(np.array_equal(*pair) for pair in zip(planes, before, strict=True))


@pytest.mark.parametrize("bt709", [False, True])
@pytest.mark.parametrize("top", [1, 3])
def test_captions_look_the_same_on_planes(top: int, bt709: bool) -> None:
    captions = tuple(
        Caption(Region(name, box), "bart_simpson", 0.9)
        for name, box in (
            ("head-1", Box(0, 0, 31, 41)),
            ("head-2", Box(77, 33, 120, 80)),
            ("right", Box(81, 0, 160, 120)),
        )
    )
    result = FrameResult(0, 0.0, True, (), captions)
    image = background()
    planes = planes_of(image, bt709=bt709)
    marks = Overlay(("bart_simpson",), top=top).marks(SIZE, result)
    plates = [mark for mark in marks if not isinstance(mark, BracketMark)]
    assert len(plates) == 3 and len(marks) == 5
    draw_on_planes(planes, plates, bt709=bt709)
    draw_on_image(image, plates)
    for plane, wanted in zip(planes, exact_planes(image, bt709=bt709), strict=True):
        # The clipped edge of a plate may colour half a chroma sample too much.
        assert np.mean((plane - wanted) ** 2) < 1.5
        assert np.quantile(np.abs(plane - wanted), 0.99) <= 2
