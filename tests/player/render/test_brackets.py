"""Brackets on images and on planes."""

from __future__ import annotations

import numpy as np
import pytest

from simpsons_play.core.geometry import Box
from simpsons_play.render.brackets import BracketMark
from simpsons_play.render.marks import draw_on_image, draw_on_planes
from simpsons_play.render.plates import PLATE_BGR
from tests.player.render.planes import HEIGHT, WIDTH, background, exact_planes, planes_of


def test_a_bracket_has_four_corners_with_an_outline() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    draw_on_image(image, [BracketMark(Box(40, 30, 80, 70), 2, 8, (255, 0, 0))])
    line, outline = (image == (255, 0, 0)).all(axis=2), (image == PLATE_BGR).all(axis=2)
    assert line[29:31, 39:48].all() and line[29:38, 39:41].all(), "upper left"
    assert line[69:71, 72:81].all() and line[62:71, 79:81].all(), "lower right"
    assert line.sum() == 4 * (2 * 9 * 2 - 2 * 2) and not line[40:60].any() and not line[:, 50:70].any()
    assert outline[28, 38:49].all() and outline[28:39, 38].all() and outline.any(axis=1).sum() == 2 * 11
    assert (image[~line & ~outline] == 128).all()


@pytest.mark.parametrize("bt709", [False, True])
@pytest.mark.parametrize("box", [(41, 30, 80, 71), (0, 0, 160, 120), (-9, 50, 30, 140), (150, 90, 190, 110)])
@pytest.mark.parametrize("line", [1, 2, 5])
def test_brackets_look_the_same_on_planes(line: int, box: tuple[int, int, int, int], bt709: bool) -> None:
    mark = BracketMark(Box(*box), line, 9, (20, 200, 250))
    image = background()
    planes, before = planes_of(image, bt709=bt709), planes_of(image, bt709=bt709)
    draw_on_planes(planes, [mark], bt709=bt709)
    draw_on_image(image, [mark])
    wanted = exact_planes(image, bt709=bt709)
    assert np.abs(planes[0] - wanted[0]).max() <= 1
    flat = planes_of(np.full_like(image, (20, 200, 250)), bt709=bt709)
    touched = (image == (20, 200, 250)).all(axis=2).reshape(HEIGHT // 2, 2, -1, 2).any(axis=(1, 3))
    assert touched.any()
    for plane, colour, untouched in zip(planes[1:], flat[1:], before[1:], strict=True):
        assert np.array_equal(plane, np.where(touched, colour, untouched))
