"""Samples between two others that agree."""

from __future__ import annotations

import numpy as np
import pytest

from simpsons_play.analysis.agreement import detections_between
from simpsons_play.core.results import Detections, Probabilities
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
LEFT, RIGHT = (10.0, 10.0, 50.0, 50.0), (110.0, 10.0, 150.0, 50.0)
WIDTH = 200


def crops(*names: str | None) -> Probabilities:
    return heads_of(*((LEFT, name) for name in names)).probabilities


def with_crops(sample: Detections, *names: str | None) -> Detections:
    return Detections(sample.boxes, sample.scores, sample.probabilities, crops(*names))


def test_heads_move_from_one_sample_to_the_other() -> None:
    before = heads_of((LEFT, BART), (RIGHT, HOMER))
    after = heads_of(((114, 12, 154, 52), HOMER), ((12, 10, 52, 50), BART))
    filled = detections_between(before, after, [0.25, 0.5], width=WIDTH)
    assert filled is not None
    assert [sample.boxes.tolist() for sample in filled] == [
        [[10.5, 10, 50.5, 50], [111, 10.5, 151, 50.5]],
        [[11, 10, 51, 50], [112, 11, 152, 51]],
    ]
    assert filled[0].probabilities.argmax(axis=1).tolist() == [LABELS.index(BART), LABELS.index(HOMER)]
    assert filled[0].boxes.dtype == filled[0].scores.dtype == filled[0].probabilities.dtype == np.float32


@pytest.mark.parametrize(
    "after",
    [
        heads_of((LEFT, HOMER)),
        heads_of((LEFT, None)),
        heads_of((RIGHT, BART)),
        heads_of(((25, 10, 65, 50), BART)),
        heads_of(),
        heads_of((LEFT, BART), (RIGHT, HOMER)),
    ],
    ids=["another name", "no name", "another place", "moved", "no head", "one head more"],
)
def test_samples_that_differ_are_not_filled(after: Detections) -> None:
    before = heads_of((LEFT, BART))
    assert detections_between(before, after, [0.5], width=WIDTH) is None
    assert detections_between(after, before, [0.5], width=WIDTH) is None


def test_two_heads_must_not_become_one() -> None:
    before = heads_of((LEFT, BART), ((14, 10, 54, 50), BART))
    after = heads_of(((12, 10, 52, 50), BART), (RIGHT, BART))
    assert detections_between(before, after, [0.5], width=WIDTH) is None


def test_faint_heads_do_not_count_and_are_left_out() -> None:
    strong, faint = heads_of((LEFT, BART)), heads_of((RIGHT, HOMER), score=0.35)
    both = Detections(*(np.concatenate(pair) for pair in zip(_parts(strong), _parts(faint), strict=True)))
    filled = detections_between(both, strong, [0.5], width=WIDTH)
    assert filled is not None and filled[0].boxes.tolist() == [list(LEFT)]


def test_frames_without_heads_agree() -> None:
    filled = detections_between(heads_of(), heads_of(), [0.5], width=WIDTH)
    assert filled is not None and filled[0].boxes.shape == (0, 4)
    assert filled[0].probabilities.shape == (0, len(LABELS))


def test_crops_must_have_the_same_names_where_they_may_be_labelled() -> None:
    before = with_crops(heads_of(), BART, None, None)
    same, other = (with_crops(heads_of(), name, None, None) for name in (BART, MARGE))
    filled = detections_between(before, same, [0.5], width=WIDTH)
    assert filled is not None and filled[0].crop_probabilities is not None
    np.testing.assert_allclose(filled[0].crop_probabilities, crops(BART, None, None))
    assert detections_between(before, other, [0.5], width=WIDTH) is None
    assert detections_between(before, heads_of(), [0.5], width=WIDTH) is None, "not known at the end"


def test_crops_do_not_matter_beside_clear_heads() -> None:
    clear = heads_of(((80.0, 10.0, 120.0, 50.0), BART))
    filled = detections_between(with_crops(clear, BART, None, None), clear, [0.5], width=WIDTH)
    assert filled is not None and filled[0].crop_probabilities is None


def _parts(sample: Detections) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return sample.boxes, sample.scores, sample.probabilities
