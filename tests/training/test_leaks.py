"""Near duplicates, without false positives among flat pictures, and leaks across the split."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import DataError
from simpsons_training.dataset import read_pictures
from simpsons_training.duplicates import MAX_HASH_BITS, difference_hash, fingerprint, near_pairs
from simpsons_training.leaks import leak_of
from simpsons_training.study.near_duplicates import across_characters
from simpsons_training.table import Picture
from tests.data import DATA, PICTURES
from tests.training.test_dataset import scene


def figure_on_white(colour: tuple[int, int, int], height: int) -> np.ndarray:
    """A small upright figure on a white background, which dominates the hash."""
    image = np.full((120, 120, 3), 255, np.uint8)
    cv2.ellipse(image, (60, 60), (8, height), 0, 0, 360, colour, -1)
    return image


def pairs_of(images: list[np.ndarray]) -> set[tuple[int, int]]:
    found = near_pairs([fingerprint(image) for image in images])
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def test_pairs_equal_those_of_a_simple_loop() -> None:
    images = [scene(s, jitter=j) for s in range(100) for j in range(3)]  # more than one block of rows
    same = {(i, j) for i in range(300) for j in range(i + 1, min(300, i - i % 3 + 3))}
    assert pairs_of(images) == same


def test_different_small_figures_on_white_are_not_near_duplicates() -> None:
    one, other = figure_on_white((40, 60, 220), 30), figure_on_white((200, 80, 0), 34)
    bits = (difference_hash(one) ^ difference_hash(other)).bit_count()
    assert bits <= MAX_HASH_BITS, "the hashes alone must not separate them"
    assert pairs_of([one, other]) == set()
    assert pairs_of([one, other, one]) == {(0, 2)}


def test_uniform_pictures_match_only_the_same_colour() -> None:
    black, white = np.zeros((20, 20, 3), np.uint8), np.full((20, 20, 3), 255, np.uint8)
    assert pairs_of([black, white, black]) == {(0, 2)}
    assert pairs_of([black]) == pairs_of([]) == set()


def pictures_of(folder: Path, rows: list[tuple[str, bool, str, str, np.ndarray]]) -> list[Picture]:
    """Write pictures (character, known, scene, split, image) and list them."""
    pictures = []
    for number, (character, known, of_scene, split, image) in enumerate(rows):
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), image)
        pictures.append(Picture(path, character, known, of_scene, split))
    return pictures


def test_a_leak_is_counted_and_described(tmp_path: Path) -> None:
    pictures = pictures_of(
        tmp_path,
        [
            ("bart", True, "b0", "train", scene(0)),
            ("bart", True, "b1", "val", scene(0, jitter=1)),  # leaks
            ("homer", True, "h0", "val", scene(0, jitter=2)),  # leaks, with another label
            ("homer", True, "h1", "val", scene(1)),  # its near duplicate is also in val
            ("homer", True, "h2", "val", scene(1, jitter=1)),
            ("homer", True, "h3", "train", scene(2)),
            ("gil", False, "g0", "train", scene(3)),
            (
                "homer",
                True,
                "h4",
                "val",
                scene(3, jitter=1),
            ),  # leaks: unknown people are training pictures, too
            ("gil", False, "g1", "val", scene(2, jitter=1)),  # unknown people are not counted
        ],
    )
    read = []
    leak = leak_of(pictures, on_picture=lambda: read.append(1))
    assert (leak.val, leak.leaked, leak.of_shared_scenes, len(read)) == (5, 3, 0, 9)
    assert leak.share == 0.6 and leak.pictures == {pictures[1], pictures[2], pictures[7]}
    assert {tuple(sorted(p)) for p in zip(leak.pairs.first, leak.pairs.second, strict=True)} == {
        (0, 1),
        (0, 2),
        (6, 7),
    }
    assert leak.warning is not None and "3 of 5 validation pictures (60.0%)" in leak.warning
    near = near_pairs([fingerprint(cv2.imread(str(p.path))) for p in pictures])
    assert leak_of(pictures, near).leaked == 3
    names = across_characters(pictures, near)
    assert len(names) == 4 and (np.diff(names.difference) >= 0).all()


def test_shared_scenes_are_a_leak_even_if_frames_differ(tmp_path: Path) -> None:
    rows = [("bart", True, "b0", split, scene(s)) for s, split in enumerate(("train", "val"))]
    leak = leak_of(pictures_of(tmp_path, rows))
    assert (leak.leaked, leak.of_shared_scenes) == (0, 1) and "1 (100.0%) are from scenes" in (
        leak.warning or ""
    )


def test_a_clean_split_has_no_warning(tmp_path: Path) -> None:
    rows = [("bart", True, f"b{s}", split, scene(s)) for s, split in enumerate(("train", "val"))]
    assert leak_of(pictures_of(tmp_path, rows)).warning is None
    nothing = leak_of([])
    assert nothing.share == 0 and nothing.warning is None


def test_unreadable_pictures_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.png: no such file"):
        leak_of([Picture(tmp_path / "gone.png", "bart", True, "b", "val")])


@pytest.mark.slow
@pytest.mark.skipif(not PICTURES.exists(), reason="the pictures of the show are not here")
def test_a_random_split_of_the_show_leaks_more_than_a_split_by_scenes() -> None:
    chosen = {"krusty_the_clown", "nelson_muntz"}
    share = {}
    for split in ("random", "scenes"):
        found = read_pictures(DATA, split=split)
        share[split] = leak_of([p for p in found.pictures if p.character in chosen]).share
    assert share["random"] > 1.5 * share["scenes"] > 0
