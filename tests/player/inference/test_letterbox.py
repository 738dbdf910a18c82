"""Pictures are fitted as in training."""

import numpy as np
import pytest

from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.inference.letterbox import letterboxed

CANVAS_PX = (256, 192)


@pytest.mark.parametrize(("width", "height"), [(576, 432), (640, 360), (90, 160), (31, 300), (256, 192)])
def test_pixels_are_bilinear_at_twice_the_size_then_averaged(width: int, height: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    place = letterbox_placement((width, height), CANVAS_PX)
    rows, columns = (
        np.clip((np.arange(2 * small) + 0.5) * side / (2 * small) - 0.5, 0, side - 1)
        for side, small in ((height, place.height), (width, place.width))
    )
    values = image.astype(float)
    for axis, at in enumerate((rows, columns)):
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, values.shape[axis] - 1)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
        values = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    expected = np.zeros((192, 256, 3))
    expected[place.top : place.top + place.height, place.left : place.left + place.width] = values.reshape(
        place.height, 2, place.width, 2, 3
    ).mean(axis=(1, 3))
    fitted = letterboxed(image, CANVAS_PX)
    assert fitted.shape == (192, 256, 3) and fitted.dtype == np.uint8
    assert np.abs(fitted - expected).max() <= 1.01


def test_large_pictures_keep_thin_lines() -> None:
    """A line of 4 in 16 pixels is a quarter of the brightness, wherever it lies."""
    image = np.zeros((3072, 4096, 3), np.uint8)
    image[:, 5::16] = image[:, 6::16] = image[:, 7::16] = image[:, 8::16] = 255
    assert abs(letterboxed(image, CANVAS_PX).astype(int) - 64).max() <= 2
