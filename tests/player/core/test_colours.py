"""The colours of characters: the same with every model, and distinguishable with every colour vision."""

from __future__ import annotations

import random

import numpy as np
import pytest

from simpsons_play.core.names import CHARACTERS_BGR, PALETTE_BGR, colour_of, use_colours
from simpsons_play.inference.loading import load_network
from tests.colour_vision import VISIONS, ciede2000, contrast, lab, least_distance, linear

SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5000 0 50 0 -2.5000 4.3065
50 2.5000 0 73 25 -18 27.1492
50 2.5000 0 61 -5 29 22.8977
50 2.5000 0 56 -27 -3 31.9030
50 2.5000 0 58 24 15 19.4535
50 2.5000 0 50 3.1736 0.5854 1.0000
50 2.5000 0 50 3.2972 0 1.0000
50 2.5000 0 50 1.8634 0.5757 1.0000
50 2.5000 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Table 1 of Sharma, Wu and Dalal 2005: L*a*b* of two colours, and their distance."""

LABELS = tuple(CHARACTERS_BGR)
OTHERS = tuple(f"extra_{i}" for i in range(40))


def test_ciede2000_matches_the_published_distances() -> None:
    rows = np.array([line.split() for line in SHARMA.split("\n") if line], float)
    assert rows.shape == (34, 7)
    for one, other in ((rows[:, :3], rows[:, 3:6]), (rows[:, 3:6], rows[:, :3])):
        np.testing.assert_allclose(ciede2000(one, other), rows[:, 6], atol=5.1e-5)


def test_simulated_visions_keep_greys() -> None:
    """The rows of the published matrices add up to one: a mistyped number would colour greys."""
    for matrix in VISIONS.values():
        np.testing.assert_allclose(np.sum(matrix, axis=1), 1, atol=2e-6)


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_distinguishable_with_every_colour_vision(vision: str) -> None:
    assert least_distance(list(CHARACTERS_BGR.values()), vision) >= 12.4
    assert least_distance(PALETTE_BGR[:24], vision) >= 7.8
    assert least_distance(PALETTE_BGR, vision) >= 5.8


@pytest.mark.parametrize("ground", [0x16, 0x2A])
def test_colours_contrast_with_a_dark_background(ground: int) -> None:
    assert min(contrast(colour, (ground,) * 3) for colour in PALETTE_BGR) >= 3


def test_no_colour_resembles_those_of_the_window() -> None:
    taken = lab(linear([(15, 217, 255), (255, 255, 255), (200, 200, 200)]))
    first = lab(linear(list(CHARACTERS_BGR.values())))
    assert ciede2000(first[:, None], taken[None]).min() >= 11.9


@pytest.mark.parametrize("regions", ["detect", "full"])
def test_every_character_of_the_included_models_has_a_colour(regions: str) -> None:
    labels = load_network(None, regions=regions, provider="cpu").card.labels
    assert set(labels) == set(CHARACTERS_BGR) and len(set(CHARACTERS_BGR.values())) == 18


@pytest.mark.parametrize("model", [LABELS, LABELS[::-1], LABELS[2:9], (*OTHERS, "bart_simpson")])
def test_a_character_has_the_same_colour_with_every_model(model: tuple[str, ...]) -> None:
    for label in set(model) & set(LABELS):
        assert colour_of(label, model) == CHARACTERS_BGR[label]


@pytest.mark.parametrize(
    "label", ["bart_simpson", "Bart Simpson", "BART-SIMPSON", "bartSimpson", " bart__simpson"]
)
def test_the_spelling_of_a_label_does_not_change_its_colour(label: str) -> None:
    assert colour_of(label, ("homer", label)) == CHARACTERS_BGR["bart_simpson"]


def test_another_character_gets_a_colour_of_no_character_of_the_model() -> None:
    for other in OTHERS:
        colours = {colour_of(label, (*LABELS, other)) for label in (*LABELS, other)}
        assert len(colours) == 19
        shuffled = [*LABELS, other]
        random.Random(other).shuffle(shuffled)
        alone = colour_of(other, (other,))
        assert colour_of(other, shuffled) == colour_of(other, ("bart_simpson", other)) == alone


@pytest.mark.parametrize("characters", [LABELS, LABELS[:7], ()])
def test_up_to_38_characters_have_different_colours(characters: tuple[str, ...]) -> None:
    labels = (*characters, *OTHERS[: 38 - len(characters)])
    assert len({colour_of(label, labels) for label in labels}) == 38
    assert {colour_of(label, OTHERS) for label in OTHERS} == set(PALETTE_BGR)


def test_another_character_has_the_same_colour_with_nearly_every_model() -> None:
    """Only if two characters of a model select the same colour does one of them get another."""
    chance, same = random.Random(0), 0
    for _ in range(500):
        one, *others = chance.sample(OTHERS, 7)
        first, second = (one, *others[:3], "bart_simpson"), (*others[3:], one)
        same += colour_of(one, first) == colour_of(one, second)
    assert same > 400


def test_other_characters_take_no_colour_of_the_eighteen() -> None:
    labels = OTHERS[:20]
    assert not {colour_of(label, labels) for label in labels} & set(CHARACTERS_BGR.values())


def test_what_the_model_does_not_know_is_grey() -> None:
    assert colour_of("somebody_else", LABELS) == (200, 200, 200) not in PALETTE_BGR


def test_colours_can_be_set_at_any_time() -> None:
    before = colour_of("otto_mann", (*LABELS, "otto_mann"))
    try:
        use_colours({"otto_mann": (1, 2, 3), "Bart Simpson": (0, 0, 0)})
        assert colour_of("otto_mann", LABELS) == (1, 2, 3), "in a model that does not know the label, too"
        assert colour_of("bart_simpson", LABELS) == (0, 0, 0)
        assert colour_of("lisa_simpson", LABELS) == CHARACTERS_BGR["lisa_simpson"]
    finally:
        use_colours({})
    assert colour_of("otto_mann", (*LABELS, "otto_mann")) == before
    assert colour_of("bart_simpson", LABELS) == CHARACTERS_BGR["bart_simpson"]
