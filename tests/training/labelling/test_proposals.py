"""What both networks see of a frame, combined."""

from __future__ import annotations

import numpy as np
import pytest

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import NO_DETECTIONS, Detections
from simpsons_training.labelling.proposals import Proposal, Proposer, proposals_from
from tests.fakes import LABELS, FakeClassifier, FakeDetector, colour_card, heads_of
from tests.training.labelling.kit import drawn, make_proposer

BART, HOMER, MARGE = LABELS
SIZE = (640, 480)
LEFT, RIGHT = (60, 40, 200, 220), (420, 60, 560, 240)
NOTHING = np.zeros((3, 3), np.float32)


def crops(**probabilities: tuple[str, float]) -> np.ndarray:
    """The classifier's probabilities: crop -> the label it names there, and how surely."""
    rows = NOTHING.copy()
    for crop, (label, probability) in probabilities.items():
        rows[("full", "left", "right").index(crop), LABELS.index(label)] = probability
    return rows


def proposed(rows: np.ndarray, heads: Detections, **options: float) -> list[Proposal]:
    return proposals_from(rows, heads, LABELS, size_px=SIZE, **options)


def test_an_only_head_keeps_the_whole_frame() -> None:
    (proposal,) = proposed(NOTHING, heads_of((LEFT, HOMER)))
    assert (proposal.character, proposal.crop, proposal.box) == (HOMER, "full", Box(0, 0, *SIZE))
    assert proposal.head == Box(*LEFT) and proposal.probability == pytest.approx(0.95)


def test_several_heads_keep_their_halves() -> None:
    found = {p.character: p for p in proposed(NOTHING, heads_of((LEFT, HOMER), (RIGHT, MARGE)))}
    assert found[HOMER].crop == "left" and found[HOMER].box == Box(0, 0, 320, 480)
    assert found[MARGE].crop == "right" and found[MARGE].box == Box(320, 0, 640, 480)
    assert found[MARGE].head == Box(100, 60, 240, 240), "in pixels of the half"


def test_a_head_across_the_middle_is_not_cut() -> None:
    middle = (250, 40, 380, 200)
    found = {p.character: p for p in proposed(NOTHING, heads_of((middle, HOMER), (RIGHT, MARGE)))}
    assert found[HOMER].box == Box(0, 0, 380, 480) and found[HOMER].head == Box(*middle)


def test_a_character_is_proposed_once_for_a_frame() -> None:
    heads = heads_of((LEFT, HOMER), (RIGHT, HOMER))
    heads.probabilities[1, LABELS.index(HOMER)] = 0.99
    (proposal,) = proposed(NOTHING, heads)
    assert proposal.crop == "right", "the surest one"


def test_the_detector_has_the_last_word_on_its_heads() -> None:
    assert not proposed(crops(full=(BART, 0.9)), heads_of((LEFT, None)))
    (proposal,) = proposed(crops(full=(BART, 0.99)), heads_of((LEFT, HOMER)))
    assert proposal.character == HOMER
    assert proposal.doubt > 0.9, "classifier and detector disagree"
    (sure,) = proposed(crops(full=(HOMER, 0.99)), heads_of((LEFT, HOMER)))
    assert sure.doubt == pytest.approx(0.05)


def test_the_classifier_helps_out_where_a_head_is_doubtful() -> None:
    heads = heads_of((LEFT, None), (RIGHT, MARGE))
    heads.probabilities[0, LABELS.index(BART)] = 0.45
    found = {p.character: p for p in proposed(crops(left=(BART, 0.98)), heads)}
    assert found[BART].probability == pytest.approx((0.98 * 0.45) ** 0.5)
    assert found[BART].crop == "left" and found[BART].head == Box(*LEFT)
    assert BART not in {p.character for p in proposed(crops(left=(BART, 0.7)), heads)}


def test_without_heads_the_classifier_must_be_very_sure() -> None:
    assert not proposed(crops(full=(BART, 0.95)), heads_of())
    (proposal,) = proposed(crops(full=(BART, 0.99)), heads_of())
    assert proposal.probability == pytest.approx(0.9) and proposal.head is None
    assert not proposed(crops(left=(BART, 0.999)), heads_of()), "a half without its frame says nothing"


def test_the_threshold_drops_the_rest_and_the_surest_come_first() -> None:
    heads = heads_of((LEFT, HOMER), (RIGHT, MARGE))
    heads.probabilities[0, LABELS.index(HOMER)] = 0.7
    assert [p.character for p in proposed(NOTHING, heads)] == [MARGE, HOMER]
    assert [p.character for p in proposed(NOTHING, heads, min_probability=0.8)] == [MARGE]


def test_boxes_are_cut_off_at_the_frame() -> None:
    outside = (-300.0, -300.0, -200.0, -200.0)
    (proposal,) = proposed(NOTHING, heads_of(((-20.4, -5, 200, 600), HOMER), (outside, MARGE)))
    assert proposal.head == Box(0, 0, 200, 480) and proposal.crop == "full"


def test_the_networks_look_at_the_same_frame() -> None:
    found = make_proposer().proposals(drawn(1, {"left": HOMER, "right": MARGE}))
    assert {(p.character, p.crop) for p in found} == {(HOMER, "left"), (MARGE, "right")}


def test_hostile_frames_and_models() -> None:
    assert make_proposer().proposals(np.zeros((100, 1, 3), np.uint8)) == []
    assert make_proposer().proposals(np.zeros((1, 2, 3), np.uint8)) == []
    assert not proposed(NOTHING, NO_DETECTIONS)
    other = FakeClassifier(lambda picture: (1.0,), colour_card(labels=("otto_mann", "lenny")))
    with pytest.raises(ValueError, match="different labels"):
        Proposer(other, FakeDetector(lambda image: heads_of()))
