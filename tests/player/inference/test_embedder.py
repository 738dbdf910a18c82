"""Crops of heads, and the embedder that takes them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.members import Example
from simpsons_play.core.errors import CastError, ModelError
from simpsons_play.inference.cast_embeddings import comparable
from simpsons_play.inference.embedder import EmbedderCard
from simpsons_play.inference.head_crops import (
    EXAMPLE_MARGIN,
    MARGINS,
    example_box,
    example_picture,
    head_crop,
    head_views,
)
from simpsons_play.inference.loading import load_embedder, load_model, with_cast
from simpsons_play.inference.model import Detector
from tests.fakes import write_embedder, write_head_model


def picture() -> np.ndarray:
    """Red with a blue head at (20, 10) to (60, 50)."""
    image = np.zeros((90, 160, 3), np.uint8)
    image[..., 2] = 200
    image[10:50, 20:60] = (200, 0, 0)
    return image


HEAD = np.float32([20, 10, 60, 50])


def test_a_crop_shows_the_head_and_its_margin() -> None:
    crop = head_crop(picture(), HEAD, 40, margin=1.0)
    assert crop.shape == (40, 40, 3) and (crop == (200, 0, 0)).all()
    wide = head_crop(picture(), HEAD, 80, margin=2.0)
    assert (wide[20:60, 20:60] == (200, 0, 0)).all()
    assert (wide[:18, :, 2] == 200).all() and (wide[62:, :, 2] == 200).all()


def test_what_lies_outside_repeats_the_edge() -> None:
    image = np.tile(np.arange(160, dtype=np.uint8)[None, :, None], (90, 1, 3))
    crop = head_crop(image, np.float32([140, 0, 180, 40]), 40, margin=1.0)
    assert (crop[:, 20:] == 159).all() and crop[0, 0, 0] == 140


@given(
    st.tuples(*(st.floats(-50, 250) for _ in range(4))),
    st.sampled_from([8, 64]),
    st.sampled_from([1.0, 1.14, 3.0]),
)
def test_any_box_is_a_crop_or_an_error(box: tuple[float, ...], size_px: int, margin: float) -> None:
    left, top, right, bottom = box
    image = picture()
    if left < right and top < bottom and left < 160 and top < 90 and right > 0 and bottom > 0:
        try:
            assert head_crop(image, np.float32(box), size_px, margin=margin).shape == (size_px, size_px, 3)
        except ValueError as error:  # rounded to whole pixels, the square may lie outside
            assert "is not in a picture" in str(error)
    else:
        with pytest.raises(ValueError, match="is not in a picture of 160x90 px"):
            head_crop(image, np.float32(box), size_px, margin=margin)


def test_views_are_a_wide_crop_and_a_mirrored_narrow_one() -> None:
    random = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    wide, narrow = head_views(random, HEAD, 16)
    assert (wide == head_crop(random, HEAD, 16, margin=max(MARGINS))).all()
    assert (narrow[:, ::-1] == head_crop(random, HEAD, 16, margin=min(MARGINS))).all()


def test_the_picture_of_an_example_shows_the_same_head() -> None:
    image = cv2.imdecode(np.frombuffer(example_picture(picture(), HEAD), np.uint8), cv2.IMREAD_COLOR)
    left, _, right, _ = example_box(image)
    assert (right - left) * EXAMPLE_MARGIN == pytest.approx(image.shape[1])
    inside = head_crop(image, example_box(image), 40, margin=1.0)
    assert np.abs(inside[2:-2, 2:-2].astype(int) - (200, 0, 0)).max() < 12


def test_embeddings_are_means_of_the_views(tmp_path: Path) -> None:
    embedder = load_embedder(write_embedder(tmp_path / "e.onnx"), provider="cpu")
    assert (embedder.id, embedder.dimensions) == ("colours-1", 3)
    found = embedder.embed(picture(), np.stack([HEAD, HEAD + 60 * np.float32([1, 0, 1, 0])]))
    assert found.shape == (2, 3) and np.linalg.norm(found, axis=1) == pytest.approx(1)
    assert found[0, 0] > 0.5 > found[1, 0] and found[1, 2] > 0.5
    assert embedder.embed(picture(), np.zeros((0, 4), np.float32)).shape == (0, 3)
    assert embedder.references.tolist() == [[0, 0, 1]] * 2
    assert embedder.without_session().references.shape == (2, 3)


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="it has no simpsons_play"):
        load_embedder(write_head_model(tmp_path / "heads.onnx"), provider="cpu")
    with pytest.raises(ModelError, match="do not match its metadata"):
        load_embedder(write_embedder(tmp_path / "e.onnx", labels=5), provider="cpu")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match="not an ONNX model"):
        load_embedder(tmp_path / "text.onnx", provider="cpu")


@pytest.mark.parametrize(
    ("name", "text"),
    [("size_px", '"64"'), ("labels", "[1]"), ("contract", "2"), ("reference_labels", "7"), ("network", "x")],
)
def test_modified_cards_are_refused(name: str, text: str) -> None:
    metadata = EmbedderCard("e", 64, ("a",), ()).to_metadata()
    assert EmbedderCard.from_metadata(metadata) == EmbedderCard("e", 64, ("a",), ())
    with pytest.raises(ModelError):
        EmbedderCard.from_metadata(metadata | {f"simpsons_play.embedder.{name}": text})


def test_a_detector_names_the_members_of_a_cast(tmp_path: Path) -> None:
    detector = load_model(provider="cpu")
    assert isinstance(detector, Detector) and detector.embedder is not None
    embedding = detector.embedder.embed(picture(), HEAD[None])[0]
    example = Example(embedding, example_picture(picture(), HEAD), "a.jpg")
    cast = Cast().teach("otto_mann", [example], embedder=detector.embedder.id)
    named = with_cast(detector, cast)
    assert named.labels == (*detector.labels, "otto_mann") and detector.taught is None
    assert named.paths == detector.paths, "the cast is no model"
    classifier = load_model(regions="full", provider="cpu")
    assert with_cast(classifier, cast) is classifier


def test_examples_of_another_embedder_are_embedded_again(tmp_path: Path) -> None:
    embedder = load_embedder(write_embedder(tmp_path / "e.onnx"), provider="cpu")
    old = Example(np.ones(7, np.float32), example_picture(picture(), HEAD), "a.jpg")
    again = comparable(Cast().teach("otto_mann", [old], embedder="older-1"), embedder)
    assert again.embedder == "colours-1"
    wanted = embedder.embed(picture(), HEAD[None])[0]
    assert float(again.examples[0].embedding @ wanted) > 0.98
    damaged = Cast().teach("otto_mann", [Example(np.ones(7), b"no picture", "a.jpg")], embedder="older-1")
    with pytest.raises(CastError, match="a picture in the cast is damaged"):
        comparable(damaged, embedder)
