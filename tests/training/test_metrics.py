"""Metrics, calibration, open set and saliency, against numbers made by hand."""

from pathlib import Path

import numpy as np
import pytest

from simpsons_training.evaluation.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability,
)
from simpsons_training.evaluation.confusion import confused_pairs
from simpsons_training.evaluation.metrics import measure
from simpsons_training.evaluation.open_set import measure_open_set
from simpsons_training.evaluation.predictions import NOBODY, Predictions
from simpsons_training.evaluation.predictor import at_temperature
from simpsons_training.evaluation.saliency import occlusion_map
from simpsons_training.table import Picture

LABELS = ("bart", "homer", "lisa")


def predictions(rows: list[list[float]], right: list[int]) -> Predictions:
    pictures = tuple(
        Picture(Path(f"{i}.png"), "x" if r == NOBODY else LABELS[r], r != NOBODY, str(i), "val")
        for i, r in enumerate(right)
    )
    return Predictions(LABELS, pictures, np.array(right), np.array(rows, np.float32))


BART, HOMER = [0.8, 0.1, 0.1], [0.2, 0.7, 0.1]


def test_metrics_of_a_case_counted_by_hand() -> None:
    # Three Barts, one of them taken for Homer; one Homer, right.
    metrics = measure(predictions([BART, BART, HOMER, HOMER], [0, 0, 0, 1]))
    assert metrics.accuracy == pytest.approx(3 / 4)
    # Bart: precision 1, recall 2/3, F1 0.8; Homer: precision 1/2, recall 1, F1 2/3; Lisa is not there.
    assert metrics.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert metrics.weighted_f1 == pytest.approx((3 * 0.8 + 2 / 3) / 4)


def test_the_most_confused_pair_comes_first() -> None:
    pairs = confused_pairs(predictions([HOMER, HOMER, BART, BART], [0, 0, 1, 0]))
    assert [(p.actual, p.guess, p.count) for p in pairs] == [(0, 1, 2), (1, 0, 1)]
    assert pairs[0].support == 3


def test_calibration_error_of_a_case_counted_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False])
    assert expected_calibration_error(confidence, correct, bins=10) == pytest.approx(0.05)
    bins = reliability(confidence, correct, bins=10)
    assert [b.count for b in bins] == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert bins[5].accuracy == 0.5 and bins[0].accuracy is None
    with pytest.raises(ValueError, match="no pictures"):
        expected_calibration_error(confidence[:0], correct[:0])


def test_the_temperature_undoes_too_much_certainty() -> None:
    random = np.random.default_rng(0)
    true = random.dirichlet([0.5] * 5, 4000).astype(np.float32).clip(1e-4)
    true /= true.sum(axis=1, keepdims=True)
    right = np.array([random.choice(5, p=row / row.sum()) for row in true.astype(np.float64)])
    too_sure = at_temperature(true, 0.5)
    assert fit_temperature(too_sure, right) == pytest.approx(2, rel=0.05)
    assert fit_temperature(true, right) == pytest.approx(1, rel=0.05)
    assert (too_sure.argmax(axis=1) == true.argmax(axis=1)).all()


def test_the_open_set_of_a_case_counted_by_hand() -> None:
    sure, unsure = [0.9, 0.05, 0.05], [0.4, 0.3, 0.3]
    found = measure_open_set(predictions([sure, HOMER, sure, unsure], [0, 0, NOBODY, NOBODY]), 0.5)
    assert (found.named_right, found.named_wrong, found.unnamed) == (0.5, 0.5, 0.5)
    # Best of known 0.9 and 0.7, of strangers 0.9 and 0.4: of four pairs two and a half are in order.
    assert found.auroc == pytest.approx(2.5 / 4)
    assert found.backgrounds is None and found.others is not None and found.others.pictures == 2


def test_saliency_finds_the_place_that_matters() -> None:
    def corner(pictures: np.ndarray) -> np.ndarray:
        """Sees Bart where the upper left corner is bright."""
        p = pictures[:, :8, :8].mean(axis=(1, 2, 3)) / 255
        return np.stack([p, 1 - p], axis=1).astype(np.float32)

    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:8, :8] = 255
    heat = occlusion_map(corner, picture, 0)
    assert heat.shape == (32, 32)
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    assert y < 12 and x < 12
    assert heat[:8, :8].mean() > 4 * abs(heat[16:, 16:].mean())


def test_saliency_shows_what_counts_where_nothing_shakes_the_probability() -> None:
    def certain(pictures: np.ndarray) -> np.ndarray:
        other = 1e-12 * (2 - pictures[:, :8, :8].mean(axis=(1, 2, 3)) / 255)
        return np.stack([1 - other, other], axis=1).astype(np.float32)

    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:8, :8] = 255
    heat = occlusion_map(certain, picture)
    assert max(np.unravel_index(heat.argmax(), heat.shape)) < 12
    assert 0.4 < heat.max() <= np.log(2), "the odds fall to no less than the half"
