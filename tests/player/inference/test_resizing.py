"""Pictures of any shape become squares as the author of a network made them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.inference.head_naming import HeadNaming, picture_of_head
from simpsons_play.inference.loading import load_classifier
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.preprocess import to_square
from simpsons_play.inference.recognizers import CropRecognizer, CropUse
from simpsons_play.inference.resizing import Resizing
from tests.fakes import colour_card, flat, heads_of, write_colour_model

BLUE, GREEN, RED = (200, 0, 0), (0, 200, 0), (0, 0, 200)
CROPPED = Resizing(crop=1)


def striped() -> Image:
    """96x48 pixels: green in the middle square, blue to the left of it and red to the right."""
    return np.hstack(
        [flat(BLUE, width=24, height=48), flat(GREEN, width=48, height=48), flat(RED, width=24, height=48)]
    )


def test_the_square_in_the_middle() -> None:
    assert (to_square(striped(), 16, resizing=CROPPED) == GREEN).all()
    assert (to_square(striped(), 16)[:, 0] == BLUE).all()
    tall = np.ascontiguousarray(striped().transpose(1, 0, 2))
    assert (to_square(tall, 16, resizing=CROPPED) == GREEN).all()


def test_the_middle_of_the_square() -> None:
    """Resizing the shorter side to 256 pixels and cutting 224 out of the middle leaves 7/8 of it."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[4:60, 4:60] = 255
    assert to_square(image, 32, resizing=Resizing(crop=0.875)).min() == 255
    assert Resizing(crop=0.875).square_of(300, 256) == (38, 16, 262, 240)
    assert Resizing(crop=0.5).square_of(1, 9) == (0, 4, 1, 5), "at least one pixel"


@pytest.mark.parametrize("size", [(100, 80), (64, 64), (640, 480), (20, 10)])
def test_interpolations_are_those_of_the_libraries(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    bilinear = to_square(image, 32, resizing=Resizing(interpolation="bilinear"))
    assert (bilinear == cv2.resize(image, (32, 32))).all()
    rows, columns = (np.floor((np.arange(32) + 0.5) * side / 32).astype(int) for side in size)
    nearest = to_square(image, 32, resizing=Resizing(interpolation="nearest"))
    assert (nearest == image[rows][:, columns]).all(), "as Pillow and TensorFlow"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crop": 0.0}, "crop must be between 0.1 and 1, not 0"),
        ({"crop": 1.1}, "not 1.1"),
        ({"crop": float("nan")}, "not nan"),
        ({"crop": True}, "not True"),
        ({"interpolation": "cubic"}, "area, bilinear, nearest, not 'cubic'"),
    ],
)
def test_invalid_resizing(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Resizing(**values)  # type: ignore[arg-type]


def test_cards_without_it_are_as_before() -> None:
    """Files of earlier versions have no entry, and neither have new ones that need none."""
    assert not any("resizing" in name for name in colour_card().to_metadata())
    card = colour_card(resizing=Resizing(0.875, "bilinear"))
    assert card.to_metadata()["simpsons_play.resizing"] == '{"crop": 0.875, "interpolation": "bilinear"}'


@pytest.mark.parametrize("text", ["3", "{}", '{"crop": 5, "interpolation": "area"}', "[0.5]"])
def test_invalid_entries_are_refused(text: str) -> None:
    with pytest.raises(ModelError, match="its metadata is invalid"):
        ModelCard.from_metadata({**colour_card().to_metadata(), "simpsons_play.resizing": text})


def test_crops_of_frames_are_resized_as_the_card_says(tmp_path: Path) -> None:
    named = []
    for card in (colour_card(), colour_card(resizing=CROPPED)):
        path = write_colour_model(tmp_path / "net.onnx", metadata=card.to_metadata())
        recognizer = CropRecognizer(load_classifier(path, provider="cpu"), "full")
        frame = Frame(striped(), 0, Fraction(0))
        found = recognizer.recognize(frame, recognizer.thumbnail(frame), crops=CropUse.ALWAYS)
        assert found.boxes.tolist() == [[0, 0, 96, 48]], "the box is that of the crop"
        named.append(found.probabilities[0])
    assert named[1][1] > 0.99 > named[0][1], "only the middle square is all green"


def test_pictures_of_heads_are_resized_as_the_card_says(tmp_path: Path) -> None:
    """The head is 48x24 pixels, and its picture twice as large: the whole frame."""
    heads = heads_of(((24, 7.2, 72, 31.2), None))
    assert (picture_of_head(striped(), heads.boxes[0], 16)[:, 0] == BLUE).all()
    named = []
    for card in (colour_card(), colour_card(resizing=CROPPED)):
        path = write_colour_model(tmp_path / "net.onnx", metadata=card.to_metadata())
        naming = HeadNaming(load_classifier(path, provider="cpu"), ())
        named.append(naming.name(striped(), heads).probabilities[0])
    assert named[1][1] > 0.99 > named[0][1], "only the middle square is all green"
