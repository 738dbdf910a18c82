"""Portraits: scores and square crops of heads."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from simpsons_play.core.geometry import Box
from simpsons_play.render.portraits import portrait, portrait_score, size_score

NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
HEAD = Box(100, 80, 160, 140)


def test_score_grows_with_confidence_size_and_sharpness() -> None:
    score = portrait_score(NOISE, HEAD, 0.9)
    assert score > portrait_score(NOISE, HEAD, 0.6)
    assert score > portrait_score(NOISE, Box(100, 80, 130, 110), 0.9)
    assert score > portrait_score(cv2.GaussianBlur(NOISE, (0, 0), 5), HEAD, 0.9)
    assert score > portrait_score(NOISE, Box(0, 80, 60, 140), 0.9), "it may be cut off by the border"
    assert score <= 0.9 * size_score((320, 240), HEAD)


@pytest.mark.parametrize("box", [Box(-60, -60, -1, -1), Box(400, 0, 500, 90), Box(50, 50, 50, 50)])
def test_head_outside_the_frame_has_no_score(box: Box) -> None:
    assert portrait_score(NOISE, box, 0.9) == 0.0


def test_crop_is_a_square_around_the_head_with_a_margin() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[80:140, 100:160] = 255
    picture = portrait(image, HEAD, 84)
    assert picture.shape == (84, 84, 3)
    assert (picture[14:70, 14:70] > 200).all() and (picture[:10] < 50).all() and (picture[:, -10:] < 50).all()


@pytest.mark.parametrize(
    "box", [Box(0, 0, 60, 60), Box(290, 200, 330, 250), Box(-20, 0, 340, 240), Box(5, 5, 5, 5)]
)
def test_crop_stays_in_the_frame(box: Box) -> None:
    picture = portrait(np.full((240, 320, 3), 77, np.uint8), box, 32)
    assert picture.shape == (32, 32, 3) and (picture == 77).all()


def test_crop_has_square_pixels() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    image[80:140, 100:130] = 255  # 60 x 60 on screen
    picture = portrait(image, Box(100, 80, 130, 140), 84, pixel_aspect=2.0)
    bright = picture[..., 0] > 127
    assert abs(bright.any(0).sum() - 60) <= 3 and abs(bright.any(1).sum() - 60) <= 3
