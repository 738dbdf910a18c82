import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from simpsons_training.augment import augment, mix_pairs
from simpsons_training.batches import TrainingBatches, make_targets, make_weights, to_color_order
from simpsons_training.config import ARTICLE, FOOTAGE, Augmentation
from tests.fakes import flat

PICTURE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


def test_an_empty_augmentation_is_the_identity() -> None:
    assert (augment(PICTURE, 64, Augmentation(), np.random.default_rng(0)) == PICTURE).all()


@pytest.mark.parametrize("change", [ARTICLE, FOOTAGE])
def test_augmentation_keeps_size_and_type_and_varies(change: Augmentation) -> None:
    random = np.random.default_rng(0)
    changed = [augment(PICTURE, 32, change, random) for _ in range(8)]
    assert {(c.shape, c.dtype) for c in changed} == {((32, 32, 3), np.dtype(np.uint8))}
    assert any((a != b).any() for a, b in pairwise(changed))


def test_flip_mirrors_half_of_the_pictures() -> None:
    halves = np.hstack([flat((0, 0, 0), width=32, height=64), flat((255, 255, 255), width=32, height=64)])
    random = np.random.default_rng(0)
    mirrored = [augment(halves, 64, Augmentation(flip=True), random)[0, 0, 0] == 255 for _ in range(200)]
    assert 70 < sum(mirrored) < 130


def test_shift_is_at_most_a_tenth() -> None:
    line = flat((0, 0, 0), width=100, height=100)
    line[:, 50] = 255
    random = np.random.default_rng(0)
    columns = [
        augment(line, 100, Augmentation(shift=0.1), random).max(axis=(0, 2)).argmax() for _ in range(100)
    ]
    assert 39 <= min(columns) < 45 and 55 < max(columns) <= 61


def test_mixed_targets_sum_to_one_and_follow_the_area() -> None:
    pictures = np.stack(
        [flat((0, 0, 0), width=32, height=32), flat((255, 255, 255), width=32, height=32)] * 20
    )
    targets = np.tile(np.eye(2, dtype=np.float32), (20, 1))
    mixed, mixed_targets = mix_pairs(pictures, targets, Augmentation(mix=1.0), np.random.default_rng(0))
    assert np.allclose(mixed_targets.sum(axis=1), 1, atol=1e-6)
    # The target share of the white picture is its share of the mix, whether blended or pasted.
    assert np.abs(mixed.mean(axis=(1, 2, 3)) / 255 - mixed_targets[:, 1]).max() < 0.01
    assert (pictures == np.stack([pictures[0], pictures[1]] * 20)).all()


def test_targets_are_smoothed_and_uniform_for_unknown_people() -> None:
    targets = make_targets(np.array([2, -1]), 4, smoothing=0.2)
    assert targets[0] == pytest.approx([0.05, 0.05, 0.85, 0.05])
    assert targets[1] == pytest.approx([0.25] * 4)


def test_weights_raise_rare_characters_and_leave_unknown_people_alone() -> None:
    indices = np.array([0] * 9 + [1] + [-1])
    assert make_weights(indices, 2, balance=0.0) == pytest.approx(np.ones(11))
    full = make_weights(indices, 2, balance=1.0)
    assert full[:9].sum() == pytest.approx(full[9])
    assert full[:10].mean() == pytest.approx(1) and full[10] == 1


def make_batches(**changes: object) -> TrainingBatches:
    values: dict[str, object] = {
        "size_px": 32,
        "batch_size": 4,
        "augmentation": FOOTAGE,
        "color_order": "BGR",
        "seed": 3,
    }
    images = np.random.default_rng(1).integers(0, 256, (10, 64, 64, 3), np.uint8)
    return TrainingBatches(
        images,
        make_targets(np.arange(10) % 3, 3, smoothing=0.1),
        np.ones(10, np.float32),
        **{**values, **changes},
    )


def test_batches_are_reproducible_within_an_epoch_and_new_in_the_next() -> None:
    first, again = make_batches(), make_batches()
    assert len(first) == 2
    assert (first[0][0] == again[0][0]).all()
    first.on_epoch_end()
    assert (first[0][0] != again[0][0]).any()
    second = make_batches()
    second.start_epoch(1)
    assert (first[0][0] == second[0][0]).all()


def test_batches_have_the_color_order_of_the_network() -> None:
    without_mix = dataclasses.replace(FOOTAGE, mix=0.0)
    bgr, rgb = (
        make_batches(augmentation=without_mix)[0][0],
        make_batches(augmentation=without_mix, color_order="RGB")[0][0],
    )
    assert (bgr[..., ::-1] == rgb).all()
    assert (to_color_order(bgr, "RGB") == rgb).all()
