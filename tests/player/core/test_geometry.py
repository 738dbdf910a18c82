import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box, Placement, iou, letterbox_placement


def test_a_box_has_a_width_and_a_height() -> None:
    assert (Box(10, 20, 50, 80).width, Box(10, 20, 50, 80).height) == (40, 60)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 4, 2), 1.0),
        ((2, 0, 6, 2), 1 / 3),
        ((0, 1, 4, 3), 1 / 3),
        ((4, 0, 8, 2), 0.0),
        ((9, 9, 11, 11), 0.0),
        ((1, 0, 3, 2), 0.5),
    ],
)
def test_intersection_over_union(other: tuple[float, ...], expected: float) -> None:
    boxes = np.array([[0, 0, 4, 2]], np.float32)
    found = iou(boxes, np.array([other], np.float32))
    assert found.shape == (1, 1) and found.dtype == np.float32
    assert found[0, 0] == pytest.approx(expected)


def test_each_box_is_compared_with_each_other_one() -> None:
    first = np.array([[0, 0, 2, 2], [4, 4, 6, 6]], np.float32)
    second = np.array([[4, 4, 6, 6], [0, 0, 2, 2], [9, 9, 10, 10]], np.float32)
    assert iou(first, second).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("size", "canvas", "expected"),
    [
        ((160, 90), (256, 192), Placement(0, 24, 256, 144)),
        ((90, 160), (256, 192), Placement(74, 0, 108, 192)),
        ((64, 48), (64, 48), Placement(0, 0, 64, 48)),
        ((1000, 1), (100, 100), Placement(0, 49, 100, 1)),
    ],
)
def test_a_letterboxed_picture_is_centred(
    size: tuple[int, int], canvas: tuple[int, int], expected: Placement
) -> None:
    assert letterbox_placement(size, canvas) == expected


@given(
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)), st.tuples(st.integers(8, 400), st.integers(8, 400))
)
def test_a_letterboxed_picture_fits_and_touches_two_sides(
    size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    placed = letterbox_placement(size, canvas)
    assert placed.left >= 0 and placed.left + placed.width <= canvas[0]
    assert placed.top >= 0 and placed.top + placed.height <= canvas[1]
    assert placed.width == canvas[0] or placed.height == canvas[1]
    assert abs(canvas[0] - placed.width - 2 * placed.left) <= 1
