"""Properties of splits and folds for any pictures, shares and seeds."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_training.splits import assign_folds, split_at_random, split_by_scenes
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
def test_scenes_stay_together_and_every_character_keeps_training_pictures(
    pictures: list[Picture], share: float, seed: int
) -> None:
    split = split_by_scenes(pictures, share, seed)
    assert all(len(splits) == 1 for splits in splits_of_scenes(split).values())
    assert {p.character for p in split if p.split == "train"} == {p.character for p in pictures}
    total = Counter(p.character for p in split)
    val = Counter(p.character for p in split if p.split == "val")
    assert all(val[name] <= 2 * share * total[name] + 1 for name in total)


@given(PICTURES, SHARES, SEEDS)
def test_single_pictures_are_drawn_in_the_given_share(
    pictures: list[Picture], share: float, seed: int
) -> None:
    split = split_at_random(pictures, share, seed)
    for name, count in Counter(p.character for p in pictures).items():
        val = sum(p.split == "val" for p in split if p.character == name)
        assert val == min(round(share * count), count - 1)


@pytest.mark.parametrize("draw", [split_by_scenes, split_at_random])
@given(pictures=PICTURES, share=SHARES, seed=SEEDS)
def test_splits_are_reproducible(draw, pictures: list[Picture], share: float, seed: int) -> None:
    split = draw(pictures, share, seed)
    assert split == draw(pictures, share, seed)
    assert [p.path for p in split] == [p.path for p in pictures]


def test_with_many_scenes_shares_are_met_and_seeds_matter() -> None:
    pictures = make([(name, f"{name}-{i // 4}") for name in ("bart", "homer") for i in range(400)])
    drawn = []
    for seed in range(3):
        split = split_by_scenes(pictures, 0.2, seed)
        val = Counter(p.character for p in split if p.split == "val")
        assert val == {"bart": 80, "homer": 80}
        drawn.append({p.scene for p in split if p.split == "val"})
    assert drawn[0] != drawn[1] != drawn[2]


def test_a_scene_of_two_characters_stays_on_one_side() -> None:
    pictures = make(
        [("bart", "both"), ("homer", "both"), *(("bart", f"b{i}") for i in range(3)), ("homer", "h")]
    )
    for seed in range(20):
        split = split_by_scenes(pictures, 0.5, seed)
        assert split[0].split == split[1].split


@given(PICTURES, st.integers(2, 6), SEEDS)
def test_folds_contain_whole_scenes(pictures: list[Picture], folds: int, seed: int) -> None:
    fold = assign_folds(pictures, folds, seed)
    assert fold == assign_folds(pictures, folds, seed)
    assert set(fold) <= set(range(folds))
    of_scene: dict[str, int] = {}
    assert all(of_scene.setdefault(p.scene, f) == f for p, f in zip(pictures, fold, strict=True))


def test_folds_have_similar_sizes() -> None:
    pictures = make([(name, f"{name}-{i // (3 + i % 2)}") for name in ("bart", "homer") for i in range(90)])
    counts = Counter(zip((p.character for p in pictures), assign_folds(pictures, 3, 0), strict=True))
    assert max(counts.values()) - min(counts.values()) <= 4, counts
