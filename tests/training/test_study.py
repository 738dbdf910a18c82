"""Data set studies: counts, extremes, unreadable files, suspect labels and contact sheets."""

import csv
import io
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import DataError
from simpsons_training.dataset import label_indices
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.files import write_csv
from simpsons_training.listing import list_pictures
from simpsons_training.study.config import StudyConfig
from simpsons_training.study.contact_sheet import Tile, contact_sheet, spread_over_scenes
from simpsons_training.study.inspection import Inspection, inspect
from simpsons_training.study.statistics import count_characters, find_extremes, measure_spreads
from simpsons_training.study.summary import summary_lines
from simpsons_training.study.suspects import find_suspects, join
from simpsons_training.study.tables import write_near_duplicates
from simpsons_training.table import Picture
from tests.training.test_dataset import scene, write_table


def inspect_folder(folder: Path, **settings: object) -> Inspection:
    return inspect(list_pictures(folder), StudyConfig(**settings))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Scenes of two characters and an unknown person, a frame with two labels, and broken files."""
    for c, (name, count) in enumerate((("characters/bart", 12), ("characters/homer", 8), ("others/gil", 3))):
        (tmp_path / name).mkdir(parents=True)
        for s in range(count):
            cv2.imwrite(str(tmp_path / name / f"{s:02d}.png"), scene(100 * c + s))
    homer = tmp_path / "characters" / "homer"
    cv2.imwrite(str(homer / "bart.png"), scene(3, jitter=1))
    cv2.imwrite(str(homer / "wide.png"), np.full((30, 200, 3), 250, np.uint8))
    cv2.imwrite(str(homer / "dark.png"), np.full((300, 40, 3), 2, np.uint8))
    (homer / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (homer / "empty.png").touch()
    return tmp_path


def test_counts_list_known_characters_first(folder: Path) -> None:
    counts = count_characters(inspect_folder(folder, split="random", val_share=0.25).pictures)
    assert [(c.character, c.known, c.train, c.val) for c in counts] == [
        ("bart", True, 9, 3),
        ("homer", True, 8, 3),
        ("gil", False, 2, 1),
    ]
    assert [c.scenes for c in counts] == [12, 11, 3] and not any(c.boxed for c in counts)


def test_unreadable_files_are_listed_and_skipped(folder: Path) -> None:
    seen = inspect_folder(folder)
    assert [u.path.name for u in seen.unreadable] == ["broken.jpg", "empty.png"]
    assert all(str(u.path) in u.reason for u in seen.unreadable)
    assert len(seen.pictures) == len(seen.measures) == 26
    assert "2 files cannot be read" in summary_lines(seen)


def test_the_split_of_a_table_is_kept_and_missing_files_are_listed(folder: Path) -> None:
    write_table(
        folder,
        [
            ("characters/bart/00.png", "bart", "b0", "train"),
            ("characters/bart/01.png", "bart", "b1", "val"),
            ("characters/bart/gone.png", "bart", "b1", "val"),
        ],
    )
    seen = inspect_folder(folder)
    assert [(p.scene, p.split) for p in seen.pictures] == [("b0", "train"), ("b1", "val")]
    assert [u.path.name for u in seen.unreadable] == ["gone.png"]


def test_extremes_are_found(folder: Path) -> None:
    seen = inspect_folder(folder)
    extremes = {e.kind: e.picture.path.name for e in find_extremes(seen)}
    assert (extremes["narrowest"], extremes["widest"], extremes["darkest"], extremes["brightest"]) == (
        "dark.png",
        "wide.png",
        "dark.png",
        "wide.png",
    )
    spreads = measure_spreads(seen.measures)
    assert (spreads["width"].minimum, spreads["width"].median, spreads["width"].maximum) == (40, 96, 200)
    assert spreads["brightness"].minimum == pytest.approx(2) and spreads[
        "brightness"
    ].maximum == pytest.approx(250)
    assert spreads["width / height"].maximum == pytest.approx(200 / 30)


def test_the_table_of_pairs_lists_what_they_cross(folder: Path, tmp_path: Path) -> None:
    seen = inspect_folder(folder)
    with write_near_duplicates(seen, tmp_path / "n.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {row["file_1"], row["file_2"]} == {"characters/bart/03.png", "characters/homer/bart.png"}
    assert (
        row["across"] in ("characters", "both")
        and int(row["bits"]) <= 16
        and 0 <= float(row["difference"]) < 0.4
    )


@pytest.mark.parametrize(
    ("made", "words"), [(False, "contains no pictures"), (True, "none of the 1 pictures in")]
)
def test_folders_without_pictures_are_errors(tmp_path: Path, made: bool, words: str) -> None:
    (tmp_path / "bart").mkdir()
    if made:
        (tmp_path / "bart" / "a.png").touch()
    with pytest.raises(DataError, match=words):
        inspect_folder(tmp_path)


def make_predictions(rows: list[tuple[str, list[float]]]) -> Predictions:
    labels = ("bart", "homer", "lisa")
    pictures = [Picture(Path(f"{i}.png"), name, True, f"s{i}", "val") for i, (name, _) in enumerate(rows)]
    probabilities = np.array([p for _, p in rows], np.float32)
    return Predictions(labels, tuple(pictures), label_indices(pictures, labels), probabilities)


def test_suspects_are_ranked_and_low_confidence_is_not_suspect() -> None:
    predictions = make_predictions(
        [
            ("bart", [0.9, 0.1, 0.0]),
            ("bart", [0.1, 0.9, 0.0]),  # clearly Homer
            ("homer", [0.1, 0.8, 0.1]),
            ("homer", [0.75, 0.15, 0.1]),  # probably Bart
            ("homer", [0.1, 0.4, 0.5]),  # Lisa, but below Lisa's mean of 0.7
            ("lisa", [0.2, 0.1, 0.7]),
        ]
    )
    suspects = find_suspects(predictions)
    assert [(s.picture.path.name, s.suggested) for s in suspects] == [("1.png", "homer"), ("3.png", "bart")]
    assert suspects[0].margin == pytest.approx(0.8) and suspects[1].given_probability == pytest.approx(0.15)


def test_folds_are_joined_and_labels_without_pictures_are_never_suggested() -> None:
    parts = [make_predictions([("bart", [0.3, 0.1, 0.6])]), make_predictions([("homer", [0.1, 0.2, 0.7])])]
    joined = join(parts)
    assert len(joined.pictures) == 2 and joined.probabilities.shape == (2, 3)
    assert find_suspects(joined) == []


def test_a_sheet_contains_its_tiles(tmp_path: Path) -> None:
    colours = [(0, 0, 255), (0, 255, 0), (255, 0, 0)]
    pictures = []
    for number, colour in enumerate(colours):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((20, 20 + 20 * number, 3), colour, np.uint8))
        pictures.append(Picture(tmp_path / f"{number}.png", "bart", True, "b", "train"))
    sheet = contact_sheet(
        [Tile((p,), ("a very long line of words " * 5,), "x") for p in pictures], columns=2, side_px=40
    )
    height = 2 * (40 + 2 * 17) + 3 * 6
    assert sheet.shape == (height, 2 * 40 + 3 * 6, 3) and sheet.dtype == np.uint8
    assert sheet[26, 26].tolist() == [0, 0, 255] and sheet[26, 72].tolist() == [0, 255, 0]
    assert (sheet[-10:, -40:] == 255).all()  # no fourth tile
    assert (sheet[48:60, 6:46] < 128).any()  # caption
    pair = contact_sheet([Tile((pictures[0], pictures[2]))], columns=4, side_px=40)
    assert pair.shape == (52, 92, 3)


def test_pictures_are_spread_over_scenes() -> None:
    pictures = [
        Picture(Path(f"{s}-{i}"), "bart", True, str(s), "train") for s in range(5) for i in range(1 + 4 * s)
    ]
    assert len({p.scene for p in spread_over_scenes(pictures, 5)}) == 5
    assert [p.scene for p in spread_over_scenes(pictures, 3)] == ["0", "2", "4"]
    twelve = spread_over_scenes(pictures, 12)
    assert len(set(twelve)) == 12 and sorted({p.scene for p in twelve}) == list("01234")
    assert set(spread_over_scenes(pictures, 1000)) == set(pictures)


def test_tables_are_written_atomically(tmp_path: Path) -> None:
    def rows():
        yield ("Bärt, the", 1, 0.5)
        raise KeyboardInterrupt

    path = tmp_path / "t.csv"
    with pytest.raises(KeyboardInterrupt):
        write_csv(path, ("a", "b", "c"), rows())
    assert list(tmp_path.iterdir()) == []
    write_csv(path, ("a", "b", "c"), [("Bärt, the", 1, 0.5)])
    (row,) = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    assert row == {"a": "Bärt, the", "b": "1", "c": "0.500000"}
