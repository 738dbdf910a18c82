"""Metrics, calibration, open set and saliency, against numbers computed by hand."""

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
from simpsons_training.evaluation.predictions import NO_LABEL, Predictions
from simpsons_training.evaluation.predictor import apply_temperature
from simpsons_training.evaluation.saliency import occlusion_map
from simpsons_training.table import Picture

LABELS = ("bart", "homer", "lisa")


def predictions(rows: list[list[float]], targets: list[int]) -> Predictions:
    pictures = tuple(
        Picture(Path(f"{i}.png"), "x" if r == NO_LABEL else LABELS[r], r != NO_LABEL, str(i), "val")
        for i, r in enumerate(targets)
    )
    return Predictions(LABELS, pictures, np.array(targets), np.array(rows, np.float32))


BART, HOMER = [0.8, 0.1, 0.1], [0.2, 0.7, 0.1]


def test_metrics_match_a_case_counted_by_hand() -> None:
    # Three pictures of Bart, one mistaken for Homer, and a correct Homer.
    metrics = measure(predictions([BART, BART, HOMER, HOMER], [0, 0, 0, 1]))
    assert metrics.accuracy == pytest.approx(3 / 4)
    # Bart: precision 1, recall 2/3, F1 0.8; Homer: precision 1/2, recall 1, F1 2/3; Lisa has no pictures.
    assert metrics.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert metrics.weighted_f1 == pytest.approx((3 * 0.8 + 2 / 3) / 4)


def test_confused_pairs_are_sorted_by_count() -> None:
    pairs = confused_pairs(predictions([HOMER, HOMER, BART, BART], [0, 0, 1, 0]))
    assert [(p.actual, p.predicted, p.count) for p in pairs] == [(0, 1, 2), (1, 0, 1)]
    assert pairs[0].support == 3


def test_calibration_error_matches_a_case_counted_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False])
    assert expected_calibration_error(confidence, correct, bins=10) == pytest.approx(0.05)
    bins = reliability(confidence, correct, bins=10)
    assert [b.count for b in bins] == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert bins[5].accuracy == 0.5 and bins[0].accuracy is None
    with pytest.raises(ValueError, match="zero pictures"):
        expected_calibration_error(confidence[:0], correct[:0])


def test_temperature_corrects_overconfidence() -> None:
    random = np.random.default_rng(0)
    true = random.dirichlet([0.5] * 5, 4000).astype(np.float32).clip(1e-4)
    true /= true.sum(axis=1, keepdims=True)
    targets = np.array([random.choice(5, p=row / row.sum()) for row in true.astype(np.float64)])
    overconfident = apply_temperature(true, 0.5)
    assert fit_temperature(overconfident, targets) == pytest.approx(2, rel=0.05)
    assert fit_temperature(true, targets) == pytest.approx(1, rel=0.05)
    assert (overconfident.argmax(axis=1) == true.argmax(axis=1)).all()


def test_open_set_metrics_match_a_case_counted_by_hand() -> None:
    confident, unsure = [0.9, 0.05, 0.05], [0.4, 0.3, 0.3]
    found = measure_open_set(
        predictions([confident, HOMER, confident, unsure], [0, 0, NO_LABEL, NO_LABEL]), 0.5
    )
    assert (found.named_right, found.named_wrong, found.unnamed) == (0.5, 0.5, 0.5)
    # Confidence of known 0.9 and 0.7, of unknown 0.9 and 0.4: two and a half of four pairs are in order.
    assert found.auroc == pytest.approx(2.5 / 4)
    assert found.backgrounds is None and found.others is not None and found.others.pictures == 2


def test_saliency_finds_the_relevant_area() -> None:
    def corner(pictures: np.ndarray) -> np.ndarray:
        """A network that recognises Bart by a bright upper left corner."""
        p = pictures[:, :8, :8].mean(axis=(1, 2, 3)) / 255
        return np.stack([p, 1 - p], axis=1).astype(np.float32)

    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:8, :8] = 255
    heat = occlusion_map(corner, picture, 0)
    assert heat.shape == (32, 32)
    y, x = np.unravel_index(heat.argmax(), heat.shape)
    assert y < 12 and x < 12
    assert heat[:8, :8].mean() > 4 * abs(heat[16:, 16:].mean())


def test_saliency_works_for_a_saturated_probability() -> None:
    def saturated(pictures: np.ndarray) -> np.ndarray:
        other = 1e-12 * (2 - pictures[:, :8, :8].mean(axis=(1, 2, 3)) / 255)
        return np.stack([1 - other, other], axis=1).astype(np.float32)

    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:8, :8] = 255
    heat = occlusion_map(saturated, picture)
    assert max(np.unravel_index(heat.argmax(), heat.shape)) < 12
    assert 0.4 < heat.max() <= np.log(2), "the odds at most halve"
