"""Splits and folds: what must hold for any pictures, shares and seeds."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_training.splits import fold_of, split_at_random, split_by_scenes
from simpsons_training.table import Picture


def make(names: list[tuple[str, str]]) -> list[Picture]:
    return [Picture(Path(f"{i}.png"), name, True, scene, "train") for i, (name, scene) in enumerate(names)]


# Few scene names, so that characters share some of them.
PICTURES = st.lists(
    st.tuples(st.sampled_from(["bart", "homer", "lisa"]), st.sampled_from("abcdefghijklmnop")),
    min_size=1,
    max_size=80,
).map(make)
SHARES, SEEDS = st.floats(0.01, 0.9), st.integers(0, 2**32)


def splits_of_scenes(pictures: list[Picture]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for picture in pictures:
        found[picture.scene].add(picture.split)
    return found


@given(PICTURES, SHARES, SEEDS)
def test_scenes_never_straddle_and_everybody_keeps_training_pictures(
    pictures: list[Picture], share: float, seed: int
) -> None:
    split = split_by_scenes(pictures, share, seed)
    assert all(len(splits) == 1 for splits in splits_of_scenes(split).values())
    assert {p.character for p in split if p.split == "train"} == {p.character for p in pictures}
    of = Counter(p.character for p in split)
    val = Counter(p.character for p in split if p.split == "val")
    assert all(val[name] <= 2 * share * of[name] + 1 for name in of)


@given(PICTURES, SHARES, SEEDS)
def test_single_pictures_are_drawn_in_the_share_asked_for(
    pictures: list[Picture], share: float, seed: int
) -> None:
    split = split_at_random(pictures, share, seed)
    for name, count in Counter(p.character for p in pictures).items():
        val = sum(p.split == "val" for p in split if p.character == name)
        assert val == min(round(share * count), count - 1)


@pytest.mark.parametrize("draw", [split_by_scenes, split_at_random])
@given(pictures=PICTURES, share=SHARES, seed=SEEDS)
def test_the_same_seed_draws_the_same(draw, pictures: list[Picture], share: float, seed: int) -> None:
    split = draw(pictures, share, seed)
    assert split == draw(pictures, share, seed)
    assert [p.path for p in split] == [p.path for p in pictures]


def test_shares_are_about_right_where_scenes_are_many_and_seeds_matter() -> None:
    pictures = make([(name, f"{name}-{i // 4}") for name in ("bart", "homer") for i in range(400)])
    drawn = []
    for seed in range(3):
        split = split_by_scenes(pictures, 0.2, seed)
        val = Counter(p.character for p in split if p.split == "val")
        assert val == {"bart": 80, "homer": 80}
        drawn.append({p.scene for p in split if p.split == "val"})
    assert drawn[0] != drawn[1] != drawn[2]


def test_a_scene_of_two_characters_goes_to_one_side() -> None:
    pictures = make(
        [("bart", "both"), ("homer", "both"), *(("bart", f"b{i}") for i in range(3)), ("homer", "h")]
    )
    for seed in range(20):
        split = split_by_scenes(pictures, 0.5, seed)
        assert split[0].split == split[1].split


@given(PICTURES, st.integers(2, 6), SEEDS)
def test_folds_hold_whole_scenes(pictures: list[Picture], folds: int, seed: int) -> None:
    fold = fold_of(pictures, folds, seed)
    assert fold == fold_of(pictures, folds, seed)
    assert set(fold) <= set(range(folds))
    of_scene: dict[str, int] = {}
    assert all(of_scene.setdefault(p.scene, f) == f for p, f in zip(pictures, fold, strict=True))


def test_folds_are_about_equal() -> None:
    pictures = make([(name, f"{name}-{i // (3 + i % 2)}") for name in ("bart", "homer") for i in range(90)])
    held = Counter(zip((p.character for p in pictures), fold_of(pictures, 3, 0), strict=True))
    assert max(held.values()) - min(held.values()) <= 4, held
