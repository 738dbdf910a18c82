import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.errors import DataError
from simpsons_training.dataset import label_indices, load_images, read_image, read_pictures
from simpsons_training.duplicates import difference_hash, group_near_duplicates


def scene(seed: int, *, jitter: int = 0) -> np.ndarray:
    """A random cloudy picture; the same seed with another jitter is its near duplicate."""
    random = np.random.default_rng(seed)
    image = cv2.resize(random.integers(0, 256, (5, 6, 3), np.uint8), (96, 72), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1000 + jitter).integers(-6, 7, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two characters of ten scenes with three near duplicates each, and one other."""
    for c, name in enumerate(("characters/bart", "characters/homer", "others/gil")):
        (tmp_path / name).mkdir(parents=True)
        for s in range(10):
            for jitter in range(3):
                cv2.imwrite(str(tmp_path / name / f"{s}_{jitter}.png"), scene(100 * c + s, jitter=jitter))
    return tmp_path


def test_near_duplicates_group_and_others_do_not() -> None:
    images = [scene(s, jitter=j) for s in range(6) for j in range(3)]
    assert group_near_duplicates(images) == [s for s in range(6) for _ in range(3)]
    assert difference_hash(images[0]) != difference_hash(images[3])


def test_folders_are_split_so_that_no_scene_straddles(folder: Path) -> None:
    pictures = read_pictures(folder, val_share=0.2, seed=1)
    assert pictures.labels == ("bart", "homer")
    assert len(pictures.pictures) == 90
    split_of: dict[str, set[str]] = {}
    for picture in pictures.pictures:
        split_of.setdefault(picture.scene, set()).add(picture.split)
    assert all(len(splits) == 1 for splits in split_of.values())
    assert len(split_of) == 30
    for name in pictures.labels:
        val = [p for p in pictures.select("val", known=True) if p.character == name]
        assert 6 <= len(val) <= 9
    assert {p.character for p in pictures.select("train", known=False)} == {"gil"}


def test_the_split_follows_the_seed(folder: Path) -> None:
    def val(seed: int) -> set[Path]:
        return {p.path for p in read_pictures(folder, seed=seed).select("val", known=True)}

    assert val(1) == val(1)
    assert val(1) != val(2)


def test_plain_folders_of_characters_work_too(folder: Path) -> None:
    assert read_pictures(folder / "characters").labels == ("bart", "homer")


def write_table(folder: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with (folder / "pictures.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "character", "scene", "split"), *rows])


def test_a_table_is_taken_at_its_word(folder: Path) -> None:
    write_table(
        folder,
        [
            ("characters/bart/0_0.png", "bart", "b0", "train"),
            ("characters/homer/0_0.png", "homer", "h0", "train"),
            ("characters/bart/1_0.png", "bart", "b1", "val"),
            ("others/gil/0_0.png", "gil", "g0", "train"),
        ],
    )
    pictures = read_pictures(folder)
    assert [p.scene for p in pictures.pictures] == ["b0", "h0", "b1", "g0"]
    chosen = pictures.pictures
    assert label_indices(chosen, pictures.labels).tolist() == [0, 1, 0, -1]
    images = load_images(chosen, 32)
    assert images.shape == (4, 32, 32, 3) and images.dtype == np.uint8


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("characters/bart/0_0.png", "bart", "b", "test")], "line 2: split must be train or val"),
        ([("characters/bart/0_0.png", "bart", "b", "train")], "1 characters"),
        ([(f"characters/{n}/0_0.png", n, n, "train") for n in ("bart", "homer")], "split 'val'"),
    ],
)
def test_broken_tables_say_where(folder: Path, rows: list[tuple[str, str, str, str]], words: str) -> None:
    write_table(folder, rows)
    with pytest.raises(DataError, match=words):
        read_pictures(folder)


def test_missing_columns_folders_and_pictures_say_so(folder: Path, tmp_path: Path) -> None:
    (folder / "pictures.csv").write_text("file,character\n")
    with pytest.raises(DataError, match="scene, split"):
        read_pictures(folder)
    with pytest.raises(DataError, match="not a folder"):
        read_pictures(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="0 characters"):
        read_pictures(tmp_path / "empty")
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    with pytest.raises(DataError, match=r"broken\.jpg is not a picture"):
        read_image(broken)


def test_names_of_any_language_are_read(tmp_path: Path) -> None:
    path = tmp_path / "Bärt 漫画.png"
    path.write_bytes(cv2.imencode(".png", scene(1))[1].tobytes())
    assert read_image(path).shape == (72, 96, 3)
