import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.crops import CROP_CHOICES, crop_regions
from simpsons_play.core.errors import SourceError
from simpsons_play.core.geometry import Box
from simpsons_play.inference.preprocess import crop_batch, to_square
from tests.fakes import flat


@given(st.integers(2, 5000), st.integers(1, 5000), st.sampled_from(sorted(CROP_CHOICES)))
def test_crops_are_inside_the_frame_and_halves_cover_it(width: int, height: int, choice: str) -> None:
    regions = crop_regions(width, height, CROP_CHOICES[choice])
    for region in regions:
        assert 0 <= region.box.x_min < region.box.x_max <= width
        assert 0 <= region.box.y_min < region.box.y_max <= height
    assert sum(region.box.width for region in regions) == (2 * width if choice == "auto" else width)


def test_impossible_crops_are_refused() -> None:
    with pytest.raises(ValueError, match="middle"):
        crop_regions(100, 100, ("middle",))
    with pytest.raises(SourceError, match="no halves"):
        crop_regions(1, 1, ("left", "right"))
    assert crop_regions(1, 1, ("full",))[0].box == Box(0, 0, 1, 1)


def test_frames_are_cropped_before_they_are_resized() -> None:
    image = np.hstack([flat((255, 0, 0)), flat((0, 0, 255))])
    left, right = crop_batch(image, crop_regions(128, 48, ("left", "right")), 16)
    assert (left == (255, 0, 0)).all()
    assert (right == (0, 0, 255)).all()


def test_shrinking_averages_areas() -> None:
    """Fine stripes become grey; sampling single pixels would return black or white."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(to_square(stripes, 16).astype(int) - 127).max() <= 1


@pytest.mark.parametrize(("width", "height"), [(576, 432), (1921, 1081), (853, 480)])
def test_halving_large_frames_hardly_changes_the_result(width: int, height: int) -> None:
    clouds = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    frame = np.asarray(cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    exact = cv2.resize(frame, (64, 64), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(to_square(frame, 64) - exact).mean() < 2


def test_small_images_are_enlarged_and_squares_are_unchanged() -> None:
    assert to_square(flat((1, 2, 3), width=5, height=3), 16).shape == (16, 16, 3)
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert (to_square(picture, 16) == picture).all()
    assert (to_square(picture, 8) == cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA)).all()


@pytest.mark.parametrize("box", [Box(0, 0, 0, 5), Box(-1, 0, 5, 5), Box(0, 0, 65, 5), Box(5, 5, 4, 9)])
def test_boxes_outside_the_image_are_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="is not inside"):
        to_square(flat((0, 0, 0)), 16, box)


def test_other_shapes_and_types_are_refused() -> None:
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)):
        with pytest.raises(ValueError, match="uint8"):
            to_square(wrong, 16)  # type: ignore[arg-type]
