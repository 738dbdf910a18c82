import dataclasses
import itertools
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.crops import crop_regions
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.render.brackets import draw_bracket
from simpsons_play.render.overlay import Overlay
from simpsons_play.render.plates import PLATE_BGR, Plates
from tests.colour_vision import contrast

LABELS = ("abraham_grampa_simpson", "bart_simpson", "homer_simpson")
SIZE = (320, 240)

GOLDENS = Path(__file__).parent / "goldens"
"""Golden images; recreate them with SIMPSONS_REMAKE_GOLDENS=1 and review them before committing."""


def scene(width: int = 320, height: int = 240) -> Image:
    """A gradient: a bright and a dark background for captions."""
    ramp = np.linspace(255, 40, height).astype(np.uint8)[:, None]
    image = np.repeat(ramp, width, axis=1)
    return np.dstack([image, np.roll(image, height // 3, axis=0), image // 2])


def result(width: int, height: int, *captions: tuple[str, str, float]) -> FrameResult:
    boxes = {region.name: region for region in crop_regions(width, height, ("full", "left", "right"))}
    shown = tuple(Caption(boxes[region], label, p) for region, label, p in captions)
    top = (("bart_simpson", 0.9), ("homer_simpson", 0.08), ("abraham_grampa_simpson", 0.02))
    predictions = (Prediction(boxes["full"], "bart_simpson", 0.9, top),)
    return FrameResult(0, 0.0, False, predictions, shown)


CASES = {
    "one": (320, 240, 1, [("full", "bart_simpson", 0.97)]),
    "sides": (480, 270, 1, [("left", "homer_simpson", 0.62), ("right", "abraham_grampa_simpson", 1.0)]),
    "guesses": (320, 240, 3, [("full", "bart_simpson", 0.9)]),
    "tiny": (96, 64, 1, [("full", "abraham_grampa_simpson", 0.5)]),
}


def heads(*captions: tuple[Box, str, float]) -> FrameResult:
    shown = tuple(
        Caption(Region(f"head-{i}", box), label, p) for i, (box, label, p) in enumerate(captions, 1)
    )
    top = (("bart_simpson", 0.9), ("homer_simpson", 0.08))
    return FrameResult(0, 0.0, False, tuple(Prediction(c.region, c.label, 0.9, top) for c in shown), shown)


HEADS = heads(
    (Box(60, 70, 120, 150), "bart_simpson", 0.97),
    (Box(110, 60, 170, 160), "homer_simpson", 0.71),
    (Box(280, 0, 320, 70), "abraham_grampa_simpson", 0.8),
)


@pytest.mark.parametrize("top", [1, 2])
def test_names_at_heads_match_the_golden_image(top: int) -> None:
    compare_with_golden(Overlay(LABELS, top=top).draw(scene(), HEADS), f"heads_{top}")


@pytest.mark.parametrize("picture", [0, 128, 255])
@pytest.mark.parametrize("top", [1, 3])
def test_text_on_plates_is_legible_on_any_picture(picture: int, top: int) -> None:
    drawn = Overlay(LABELS, top=top).draw(np.full((240, 320, 3), picture, np.uint8), HEADS).reshape(-1, 3)
    plate = [round(0.78 * channel + 0.22 * picture) for channel in PLATE_BGR]
    distance = np.abs(drawn.astype(int) - plate).max(axis=1)
    assert (distance <= 2).sum() > 500, "plates, with the picture behind them"
    assert (drawn == 255).all(axis=1).sum() > 50, "text"
    assert contrast((255, 255, 255), plate) >= 4.5


def at(*boxes: Box) -> list[Region]:
    return [Region(f"head-{i}", box) for i, box in enumerate(boxes, 1)]


def test_plates_of_adjacent_heads_do_not_overlap() -> None:
    plates = Plates()
    regions = at(Box(60, 70, 120, 150), Box(70, 72, 130, 150), Box(80, 70, 140, 150))
    plates.start_frame(regions, cut=True)
    placed = [plates.place(SIZE, (90, 20), head) for head in regions]
    for i, one in enumerate(placed):
        assert not any(touch(one, other) for other in placed[i + 1 :])


def touch(one: Box, other: Box) -> bool:
    apart_x = one.x_max <= other.x_min or other.x_max <= one.x_min
    return not (apart_x or one.y_max <= other.y_min or other.y_max <= one.y_min)


def test_plate_does_not_cover_another_face() -> None:
    lower, upper = at(Box(100, 110, 150, 170), Box(90, 50, 160, 105))
    plates = Plates()
    plates.start_frame([lower, upper], cut=True)
    spot = plates.place(SIZE, (70, 20), lower)
    assert not touch(spot, upper.box) and not touch(spot, lower.box)


def test_plate_stays_on_its_side_within_a_shot() -> None:
    plates = Plates()
    spots = []
    for i in range(40):
        # In every other frame, there is no room for the plate above the head.
        heads = at(Box(100, 22 + 4 * (i % 2), 150, 90))
        plates.start_frame(heads, cut=i == 0)
        spots.append(plates.place(SIZE, (70, 22), heads[0]))
    assert max(abs(a.y_min - b.y_min) for a, b in itertools.pairwise(spots)) <= 4


@pytest.mark.parametrize("cut", [False, True])
def test_plate_may_change_sides_only_at_a_cut(cut: bool) -> None:
    """At first there is no room above the head; in the next frame there is."""
    plates, plate = Plates(), (70, 22)
    for face, begins in ((Box(100, 5, 150, 75), True), (Box(100, 30, 150, 100), cut)):
        plates.start_frame(at(face), cut=begins)
        spot = plates.place(SIZE, plate, at(face)[0])
    assert spot.y_max <= 30 if cut else spot.y_min >= 100


@given(st.data())
def test_plates_stay_inside_the_frame(data: st.DataObject) -> None:
    width, height = data.draw(st.integers(1, 60)), data.draw(st.integers(1, 60))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box(x, y, data.draw(st.integers(x + 1, width)), data.draw(st.integers(y + 1, height)))
    plate = data.draw(st.integers(1, 80)), data.draw(st.integers(1, 80))
    size = width, height
    draw_bracket(np.zeros((height, width, 3), np.uint8), box, (0, 255, 255))
    plates = Plates()
    plates.start_frame(at(box), cut=True)
    for spot in (plates.place_in_corner(size, plate), plates.place(size, plate, at(box)[0])):
        assert 0 <= spot.x_min < spot.x_max <= width and 0 <= spot.y_min < spot.y_max <= height


def test_list_avoids_faces_and_stays_in_its_corner() -> None:
    plates, plate = Plates(), (100, 60)
    corners = []
    for face in (Box(10, 10, 90, 120), Box(10, 10, 90, 120), Box(120, 70, 200, 170)):
        plates.start_frame(at(face), cut=False)
        corners.append(plates.place_in_corner(SIZE, plate))
    assert corners[0] == corners[1] == corners[2] and not touch(corners[0], Box(10, 10, 90, 120))
    plates.start_frame(at(corners[0]), cut=False)
    assert not touch(plates.place_in_corner(SIZE, plate), corners[0])


def test_plate_is_nearest_to_its_own_head() -> None:
    own, other = at(Box(150, 2, 200, 60), Box(90, 30, 140, 110))
    plates = Plates()
    plates.start_frame([own, other], cut=True)
    spot = plates.place(SIZE, (90, 20), own)
    assert not touch(spot, other.box) and spot.x_min >= 140


@pytest.mark.parametrize("name", CASES)
def test_captions_match_the_golden_image(name: str) -> None:
    width, height, top, captions = CASES[name]
    drawn = Overlay(LABELS, top=top).draw(scene(width, height), result(width, height, *captions))
    compare_with_golden(drawn, name)


def compare_with_golden(drawn: Image, name: str) -> None:
    path = GOLDENS / f"overlay_{name}.png"
    if os.environ.get("SIMPSONS_REMAKE_GOLDENS"):
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), drawn)
    golden = cv2.imread(str(path))
    assert golden is not None, f"{path} is missing; make it with SIMPSONS_REMAKE_GOLDENS=1"
    # Other builds of the font renderer may move edges by a fraction of a pixel.
    different = np.abs(drawn.astype(int) - golden).max(axis=2) > 25
    assert different.mean() < 0.001


def test_drawing_does_not_change_the_image() -> None:
    image = scene()
    before = image.copy()
    drawn = Overlay(LABELS).draw(image, result(320, 240, ("full", "bart_simpson", 0.9)))
    assert (image == before).all()
    assert drawn.shape == image.shape and drawn.dtype == np.uint8
    assert (drawn[:120] == image[:120]).all()
    assert (drawn[180:] != image[180:]).any()


def test_nothing_is_drawn_without_captions() -> None:
    image = scene()
    assert (Overlay(LABELS).draw(image, None) == image).all()
    assert (Overlay(LABELS).draw(image, result(320, 240)) == image).all()


def test_captions_stay_in_their_region() -> None:
    image = scene(640, 360)
    drawn = Overlay(LABELS).draw(image, result(640, 360, ("right", "abraham_grampa_simpson", 0.8)))
    changed = (drawn != image).any(axis=(0, 2))
    assert not changed[:320].any() and changed[320:].any()


def test_plates_at_heads_are_no_wider_than_the_frame() -> None:
    image = scene(160, 240)
    found = heads((Box(60, 100, 100, 150), "maximilian_mustermann_of_somewhere", 0.97))
    drawn = Overlay(("maximilian_mustermann_of_somewhere",)).draw(image, found)
    changed = np.flatnonzero((drawn != image).any(axis=(0, 2)))
    assert changed[0] > 0 and changed[-1] < 159 and len(changed) > 100


def test_bar_length_is_proportional_to_the_confidence() -> None:
    def coloured(probability: float) -> int:
        drawn = Overlay(LABELS).draw(scene(), result(320, 240, ("full", "bart_simpson", probability)))
        return int((drawn == (233, 180, 86)).all(axis=2).sum())

    assert coloured(0.5) == pytest.approx(coloured(1.0) / 2, rel=0.05)


@pytest.mark.parametrize(("width", "height"), [(2, 2), (16, 9), (33, 17), (64, 4)])
def test_tiny_frames_can_be_drawn_on(width: int, height: int) -> None:
    found = dataclasses.replace(result(width, height, ("full", "bart_simpson", 0.9)))
    assert Overlay(LABELS, top=3).draw(scene(width, height), found).shape == (height, width, 3)


@pytest.mark.parametrize("name", ["full", "head-1"])
def test_labels_of_0_percent_are_not_listed(name: str) -> None:
    region, sure = Region(name, Box(40, 40, 200, 200)), ("bart_simpson", 0.9)

    def drawn(*top: tuple[str, float]) -> Image:
        found = (Prediction(region, None, 0.9, top),)
        return Overlay(LABELS, top=3).draw(scene(), FrameResult(0, 0.0, False, found, ()))

    assert (drawn(sure, ("homer_simpson", 0.004)) == drawn(sure)).all()
    assert (drawn(("homer_simpson", 0.004)) == drawn()).all()
    assert (drawn(sure) != drawn()).any()


def test_improbable_captions_are_not_drawn() -> None:
    image = scene()
    shown = result(320, 240, ("left", "bart_simpson", 0.9), ("right", "homer_simpson", 0.7))
    sure = result(320, 240, ("left", "bart_simpson", 0.9))
    assert (
        Overlay(LABELS, min_probability=0.8).draw(image, shown) == Overlay(LABELS).draw(image, sure)
    ).all()
    assert (Overlay(LABELS, min_probability=0.95).draw(image, shown) == image).all()
    assert (
        Overlay(LABELS, min_probability=0.7).draw(image, shown) == Overlay(LABELS).draw(image, shown)
    ).all()


def test_plates_at_heads_avoid_captions_of_crops() -> None:
    head = Region("head-1", Box(180, 2, 300, 196))
    right = Region("right", Box(160, 0, 320, 240))
    both = FrameResult(
        0, 0.0, True, (), (Caption(head, "bart_simpson", 0.9), Caption(right, "homer_simpson", 0.9))
    )
    alone = FrameResult(0, 0.0, True, (), (both.captions[1],))
    canvas = scene(320, 240)
    with_head, without = Overlay(LABELS).draw(canvas, both), Overlay(LABELS).draw(canvas, alone)
    of_half = (without != canvas).any(axis=2)
    assert of_half.any() and (with_head[of_half] == without[of_half]).all()
