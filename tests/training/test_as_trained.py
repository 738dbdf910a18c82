"""Pictures are split for an evaluation as they were for the training."""

import dataclasses
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from simpsons_play.core.errors import DataError
from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard, SplitRecord
from simpsons_training.dataset import PictureSet, read_pictures
from simpsons_training.evaluation.as_trained import read_as_trained
from simpsons_training.picture_record import PictureRecord, append_record
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


def test_all_of_other_pictures_are_used(card: ModelCard, trained_on: PictureSet, tmp_path: Path) -> None:
    (tmp_path / "testset").mkdir()
    other = write_pictures(tmp_path / "testset", each=5, seed=9)
    judged = read_as_trained(MODEL, card, [other])
    assert (judged.part, judged.how_split) == ("all", "")
    assert (
        judged.warning
        == "best.keras does not say which pictures it was trained on, and some of these may be "
        f"among them: all pictures of {other} are used"
    )
    assert read_as_trained(MODEL, card, [other], part="val").part == "val"
    judged = read_as_trained(recorded(tmp_path, card, trained_on), card, [other])
    assert (judged.part, judged.how_split, judged.warning) == ("all", "", None)
    assert judged.note == f"no picture is from the training: all pictures of {other} are used"


def recorded(folder: Path, card: ModelCard, pictures: PictureSet, *, complete: bool = True) -> Path:
    """A network file with the record of its pictures, but without a network."""
    path = folder / "last.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(KERAS_ENTRY, card.to_json())
    append_record(path, dataclasses.replace(PictureRecord.of(pictures.pictures), complete=complete))
    return path


def test_pictures_of_the_training_are_recognised_in_any_folder(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    model = recorded(tmp_path, card, trained_on)
    side = {p.path.read_bytes(): p.split for p in trained_on.pictures}
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    for number, path in enumerate(sorted((copy / "bart_simpson").iterdir())):
        path.rename(path.with_name(f"renamed{number}.png"))
    judged = read_as_trained(model, card, [copy])
    assert judged.part == "val" and judged.note is judged.warning is None, "these are all, and no others"
    assert [p.split for p in judged.found.pictures] == [
        side[p.path.read_bytes()] for p in judged.found.pictures
    ]

    (copy / "bart_simpson" / "renamed0.png").unlink()
    judged = read_as_trained(model, card, [copy])
    assert judged.how_split == "as in the training"
    assert judged.note == (
        "39 of 39 pictures are from the training: its validation pictures among them are used"
    )
    (tmp_path / "new").mkdir()
    new = write_pictures(tmp_path / "new", each=5, seed=9)
    judged = read_as_trained(model, card, [new, copy])
    assert judged.part == "val" and judged.warning is None
    assert judged.note == (
        "39 of 49 pictures are from the training: its validation pictures among them are used, and the 10 "
        "others"
    )
    used = judged.found.select("val", known=True)
    assert sum(p.path.is_relative_to(new) for p in used) == 10
    assert all(side[p.path.read_bytes()] == "val" for p in used if p.path.is_relative_to(copy))
    train = read_as_trained(model, card, [new, copy], part="train")
    assert train.note == "39 of 49 pictures are from the training"
    assert all(side[p.path.read_bytes()] == "train" for p in train.found.select("train", known=True))


def test_an_export_next_to_its_network_knows_the_pictures_too(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    recorded(tmp_path, card, trained_on)
    (folder / "bart_simpson" / "0.png").unlink()
    (tmp_path / "mine.keras").write_bytes(b"broken")
    judged = read_as_trained(tmp_path / "mine.onnx", card, [folder])
    assert judged.how_split == "as in the training" and judged.warning is None
    other = dataclasses.replace(card, split=dataclasses.replace(trained_on.record, checksum="0" * 16))
    judged = read_as_trained(tmp_path / "mine.int8.onnx", other, [folder])
    assert judged.how_split != "as in the training" and "has changed" in str(judged.warning)


def test_options_may_split_other_pictures_but_not_those_of_the_training(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    model = recorded(tmp_path, card, trained_on)
    (tmp_path / "new").mkdir()
    new = write_pictures(tmp_path / "new", each=9, seed=9)
    assert read_as_trained(model, card, [new], seed=4).warning is None
    judged = read_as_trained(model, card, [new, folder], seed=4)
    assert judged.warning is not None and "--seed 3, not --seed 4" in judged.warning
    judged = read_as_trained(model, card, [new, folder], seed=3)
    assert judged.how_split == "as in the training, with 18 other pictures"


def test_a_network_that_was_fine_tuned_may_have_seen_more(
    folder: Path, card: ModelCard, trained_on: PictureSet, tmp_path: Path
) -> None:
    model = recorded(tmp_path, card, trained_on, complete=False)
    (tmp_path / "new").mkdir()
    new = write_pictures(tmp_path / "new", each=5, seed=9)
    judged = read_as_trained(model, card, [new, folder])
    assert (
        judged.warning is not None and "does not say which pictures it was first trained on" in judged.warning
    )
    assert "does not say" in str(read_as_trained(model, card, [new]).warning)
    first = PictureRecord({"a": "train", "b": "val", "c": "val"})
    second = PictureRecord({"a": "val", "b": "train"})
    assert second.join(first) == PictureRecord({"a": "train", "b": "train", "c": "val"})
    assert not second.join(None).complete


def test_characters_without_a_label_count_as_unknown_people(
    folder: Path, card: ModelCard, trained_on: PictureSet
) -> None:
    for name in ("gil", "otto"):
        shutil.copytree(folder / "bart_simpson", folder / name)
    judged = read_as_trained(MODEL, card, [folder], part="all")
    note = judged.found.notes[-1]
    assert note == "best.keras has no labels for gil, otto: 40 pictures count as unknown people"
    assert judged.found.labels == card.labels
    assert {p.character for p in judged.found.pictures if not p.known} == {"gil", "otto"}


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
    assert judged.part == "all" and "does not say which pictures" in str(judged.warning)
    config = {"split": "random", "val_share": 0.3, "seed": 3, "precision": "float32"}
    settings = tmp_path / "run.json"
    settings.write_text(json.dumps({"config": config, "labels": sorted(TINTS)}))
    judged = read_as_trained(model, card, [folder])
    assert val_files(judged.found) == val_files(trained_on) and judged.warning is judged.note is None
    assert read_as_trained(model, card, [folder], seed=3).warning is None
    assert "--seed 3, not --seed 4" in str(read_as_trained(model, card, [folder], seed=4).warning)
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
