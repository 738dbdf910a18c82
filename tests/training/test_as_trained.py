"""Pictures are split for an evaluation as they were for the training."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from simpsons_play.core.errors import DataError
from simpsons_play.inference.model_card import ModelCard, SplitRecord
from simpsons_training.dataset import PictureSet, read_pictures
from simpsons_training.evaluation.as_trained import read_as_trained
from tests.training.drawn import write_drawings
from tests.training.pictures import TINTS, write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    return write_pictures(tmp_path / "pictures", each=20)


@pytest.fixture
def trained_on(folder: Path) -> PictureSet:
    return read_pictures(folder, split="random", seed=3, val_share=0.3)


@pytest.fixture
def card(trained_on: PictureSet) -> ModelCard:
    return ModelCard("tiny", tuple(sorted(TINTS)), 32, split=trained_on.record)


MODEL = Path("runs") / "mine" / "best.keras"


def val_files(pictures: PictureSet) -> set[str]:
    return {f"{p.character}/{p.path.name}" for p in pictures.select("val", known=True)}


def test_the_split_is_that_of_the_training(folder: Path, card: ModelCard, trained_on: PictureSet) -> None:
    judged = read_as_trained(MODEL, card, [folder])
    assert val_files(judged.found) == val_files(trained_on) != val_files(read_pictures(folder))
    assert (judged.part, judged.seed, judged.how_split) == ("val", 3, "at random, seed 3")
    assert judged.warning is None and judged.note is None


def test_a_moved_folder_is_recognized(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    judged = read_as_trained(MODEL, card, [Path(shutil.move(folder, tmp_path / "elsewhere"))])
    assert val_files(judged.found) == val_files(trained_on) and judged.warning is judged.note is None


def test_several_folders_are_taken_in_the_order_of_the_training(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    more = write_pictures(tmp_path / "more", each=9)
    trained_on = read_pictures(folder, more, seed=3)
    card = ModelCard("tiny", tuple(sorted(TINTS)), 32, split=trained_on.record)
    judged = read_as_trained(MODEL, card, [more, folder])
    assert {p.path for p in judged.found.select("val", known=True)} == {
        p.path for p in trained_on.select("val", known=True)
    }
    assert judged.warning is judged.note is None


def test_other_options_are_used_with_a_warning(folder: Path, card: ModelCard) -> None:
    judged = read_as_trained(MODEL, card, [folder], seed=4)
    other = read_pictures(folder, split="random", seed=4, val_share=0.3)
    assert val_files(judged.found) == val_files(other) and judged.part == "val"
    assert judged.warning is not None
    assert "best.keras was trained with --seed 3, not --seed 4" in judged.warning
    assert read_as_trained(MODEL, card, [folder], split="random", seed=3).warning is None


def test_all_of_other_pictures_are_used(folder: Path, card: ModelCard, tmp_path: Path) -> None:
    (tmp_path / "testset").mkdir()
    other = write_pictures(tmp_path / "testset", each=5)
    judged = read_as_trained(MODEL, card, [other])
    assert (judged.part, judged.how_split) == ("all", "")
    assert (
        judged.note
        == f"best.keras was trained on other pictures (pictures): all pictures of {other} are used"
    )
    assert read_as_trained(MODEL, card, [other], part="val").part == "val"
    assert judged.warning is None


def test_pictures_that_were_added_cause_a_warning(folder: Path, card: ModelCard) -> None:
    shutil.copy(folder / "bart_simpson" / "0.png", folder / "bart_simpson" / "more.png")
    judged = read_as_trained(MODEL, card, [folder])
    assert judged.part == "val" and judged.warning is not None
    assert "has changed since best.keras was trained (41 pictures, 40 then)" in judged.warning


def test_a_table_splits_other_pictures_too(card: ModelCard, tmp_path: Path) -> None:
    record = SplitRecord("given", 0.15, 0, ("elsewhere",), 7, "0123456789abcdef")
    judged = read_as_trained(
        MODEL, dataclasses.replace(card, split=record), [write_drawings(tmp_path, each=4)]
    )
    assert judged.part == "val" and judged.how_split == "by the scenes of pictures.csv"
    assert judged.warning is judged.note is None
    record = dataclasses.replace(record, split="random")
    judged = read_as_trained(MODEL, dataclasses.replace(card, split=record), [tmp_path])
    assert judged.part == "val" and judged.how_split == "by the scenes of pictures.csv"


def test_runs_of_earlier_versions_have_only_a_run_json(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    card = dataclasses.replace(card, split=None)
    model = tmp_path / "best.keras"
    judged = read_as_trained(model, card, [folder])
    assert judged.part == "all" and judged.note is not None and "does not say which pictures" in judged.note
    config = {"split": "random", "val_share": 0.3, "seed": 3, "precision": "float32"}
    settings = tmp_path / "run.json"
    settings.write_text(json.dumps({"config": config, "labels": sorted(TINTS)}))
    judged = read_as_trained(model, card, [folder])
    assert val_files(judged.found) == val_files(trained_on) and judged.warning is judged.note is None
    settings.write_text(json.dumps({"config": config, "labels": ["gil", "otto"]}))
    assert read_as_trained(model, card, [folder]).part == "all", "the run of another network"
    settings.write_text(json.dumps({"labels": sorted(TINTS)}))
    with pytest.raises(DataError, match=r"run\.json: invalid settings"):
        read_as_trained(model, card, [folder])


def test_unreadable_pictures_are_left_out(folder: Path, card: ModelCard, tmp_path: Path) -> None:
    (folder / "bart_simpson" / "broken.png").write_bytes(b"broken")
    judged = read_as_trained(MODEL, card, [folder])
    assert len(judged.found.left_out) == 1 and judged.warning is None, "the others are those of the training"


def test_labels_of_other_spelling_are_those_of_the_network(folder: Path, card: ModelCard) -> None:
    (folder / "bart_simpson").rename(folder / "Bart Simpson")
    assert read_as_trained(MODEL, card, [folder]).found.labels == card.labels
