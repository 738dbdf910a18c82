from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import DataError
from simpsons_play.core.geometry import Box
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.backgrounds import BACKGROUND, background_crops
from simpsons_training.evaluation.predictions import NO_LABEL, Predictions, predict
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

LABELS = ("bart", "homer")


def reds(pictures: np.ndarray) -> np.ndarray:
    """A network that takes red for Bart: (N, S, S, 3) BGR -> (N, 2)."""
    bart = pictures[..., 2].mean(axis=(1, 2)) / 255
    return np.stack([bart, 1 - bart], axis=1).astype(np.float32)


PREDICTOR = Predictor(Path("reds.onnx"), ModelCard("reds", LABELS, 8), reds)


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """100x60: black, with a red strip from 40 to 70."""
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, 40:70] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "bart.png"), image)
    return Picture(tmp_path / "bart.png", "bart", True, "b0", "val", box=Box(40, 0, 70, 60))


def with_box(picture: Picture, *corners: int) -> Picture:
    return Picture(picture.path, "bart", True, "b0", "val", box=Box(*corners))


def test_the_background_is_the_largest_area_next_to_or_above_the_box(picture: Picture) -> None:
    (found,) = background_crops([picture])
    assert (found.character, found.known, found.crop) == (BACKGROUND, False, Box(0, 0, 40, 60))
    assert (found.next_to, found.scene, found.split, found.path) == ("bart", "b0", "val", picture.path)
    (above,) = background_crops([with_box(picture, 10, 30, 95, 60)])
    assert above.crop == Box(0, 0, 100, 30)


@pytest.mark.parametrize("corners", [(5, 5, 95, 60), (20, 0, 80, 20), (0, 0, 200, 200)])
def test_small_areas_next_to_a_box_are_not_used(picture: Picture, corners: tuple[int, ...]) -> None:
    assert background_crops([with_box(picture, *corners)]) == []


def test_pictures_without_a_box_have_no_background(picture: Picture) -> None:
    assert background_crops([Picture(picture.path, "bart", True, "b0", "val")]) == []


def test_background_crops_are_predicted_from_their_crop(picture: Picture) -> None:
    result = predict(PREDICTOR, [picture, *background_crops([picture])])
    assert result.targets.tolist() == [0, NO_LABEL]
    assert result.probabilities[:, 0] == pytest.approx([0.3, 0.0], abs=0.02)


def test_a_background_that_shows_the_character_itself_is_left_out(picture: Picture) -> None:
    wrong = with_box(picture, 0, 0, 30, 60)  # Bart is to the right of this box
    (crop,) = background_crops([wrong])
    assert crop.crop == Box(30, 0, 100, 60)
    assert predict(PREDICTOR, [picture, crop]).pictures == (picture,)


def test_margin_and_deviation_are_per_picture() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [1 / 3, 1 / 3, 1 / 3]], np.float32)
    pictures = tuple(Picture(Path(f"{i}.png"), "bart", True, "b", "val") for i in range(2))
    result = Predictions(("a", "b", "c"), pictures, np.array([0, 1]), rows)
    assert result.margin == pytest.approx([0.5, 0.0], abs=1e-6)
    assert result.deviation == pytest.approx([0.2625, 0.0], abs=1e-4)
    assert result.select(np.array([False, True])).pictures == pictures[1:]
    assert result.select(np.array([1, 0])).targets.tolist() == [1, 0]


def test_a_character_without_a_label_is_an_error(picture: Picture) -> None:
    gil = Picture(picture.path, "gil", True, "g0", "val")
    with pytest.raises(DataError, match="has no labels for gil"):
        predict(PREDICTOR, [picture, gil])
