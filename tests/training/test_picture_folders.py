"""Pictures are found in folders as they were downloaded: the data set on Kaggle, and others."""

import os
import shutil
import unicodedata
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import DataError
from simpsons_samples.drawings import random_picture
from simpsons_training.dataset import load_images, read_pictures, without_unreadable
from simpsons_training.listing import list_pictures
from simpsons_training.table import Picture

CHARACTERS = ("bart_simpson", "homer_simpson")
_random = np.random.default_rng(0)


def draw(path: Path, name: str | None = "bart_simpson") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = ".jpg" if path.suffix == ".jfif" else path.suffix
    encoded = cv2.imencode(ending, random_picture(name, _random, 48))[1]
    path.write_bytes(encoded.tobytes())
    return path


def draw_folders(root: Path, *, each: int = 6, names: tuple[str, ...] = CHARACTERS) -> Path:
    for name in names:
        for number in range(each):
            draw(root / name / f"pic_{number:04d}.jpg", "bart_simpson")
    return root


def count_of(*folders: Path) -> Counter[str]:
    return Counter(p.character for p in list_pictures(*folders).pictures)


@pytest.fixture
def kaggle(tmp_path: Path) -> Path:
    """The downloads as they unpack: the data set with a copy in itself, and the flat test set."""
    root = tmp_path / "kaggle"
    copy = draw_folders(root / "simpsons_dataset" / "simpsons_dataset")
    shutil.copytree(copy / "bart_simpson", copy.parent / "bart_simpson")
    (copy.parent / "homer_simpson").mkdir()
    shutil.copy(copy / "homer_simpson" / "pic_0001.jpg", copy.parent / "homer_simpson")
    draw(copy.parent / "lionel_hutz" / "pic_0000.jpg", None)
    for number in range(3):
        for name in CHARACTERS:
            draw(root / "kaggle_simpson_testset" / "kaggle_simpson_testset" / f"{name}_{number}.jpg")
    draw(root / "characters_illustration.png")
    for name in ("annotation.txt", "number_pic_char.csv", ".DS_Store"):
        (root / name).write_text("x")
    (root / "__MACOSX").mkdir()
    return root


def test_a_copy_inside_is_listed_once(kaggle: Path) -> None:
    outer, inner = kaggle / "simpsons_dataset", kaggle / "simpsons_dataset" / "simpsons_dataset"
    everyone = {"bart_simpson": 6, "homer_simpson": 6, "lionel_hutz": 1}
    assert count_of(outer) == everyone
    assert count_of(inner) == {"bart_simpson": 6, "homer_simpson": 6}
    assert count_of(outer, inner) == count_of(inner, outer) == count_of(outer, outer) == everyone
    assert list_pictures(outer).notes == ()
    assert list_pictures(outer, inner).notes == ("12 pictures are in several folders and counted once",)
    draw(outer / "bart_simpson" / "pic_0000.jpg")
    assert count_of(outer)["bart_simpson"] == 7, "another picture with the same name"


def test_of_several_folders_one_with_characters_is_suggested(kaggle: Path) -> None:
    with pytest.raises(DataError, match="several folders") as caught:
        list_pictures(kaggle)
    assert str(caught.value).endswith(f"such as {kaggle / 'simpsons_dataset'}")


def test_the_test_set_names_characters_in_its_files(kaggle: Path) -> None:
    testset = kaggle / "kaggle_simpson_testset"
    assert count_of(testset) == count_of(testset / testset.name) == dict.fromkeys(CHARACTERS, 3)
    assert count_of(kaggle / "simpsons_dataset", testset)["bart_simpson"] == 9


def test_character_folders_may_have_such_files_too(tmp_path: Path) -> None:
    for name in CHARACTERS:
        draw(tmp_path / name / f"{name}_12.jpg")
    assert count_of(tmp_path) == dict.fromkeys(CHARACTERS, 1)


def test_a_folder_too_high_or_too_low_is_told(kaggle: Path) -> None:
    with pytest.raises(
        DataError, match=r"folders with pictures: kaggle_simpson_testset, simpsons_dataset; give"
    ):
        list_pictures(kaggle)
    bart = kaggle / "simpsons_dataset" / "bart_simpson"
    with pytest.raises(DataError, match=f"no folders of characters; give {bart.parent}"):
        list_pictures(bart)
    shutil.rmtree(kaggle / "kaggle_simpson_testset")
    listing = list_pictures(kaggle)
    assert len(listing.pictures) == 13
    assert listing.notes == (f"{kaggle}: using the pictures in {kaggle / 'simpsons_dataset'}",)


def test_a_picture_beside_data_sets_is_no_data_set(kaggle: Path) -> None:
    draw(kaggle / "characters_illustration" / "simpsons.png")
    with pytest.raises(
        DataError, match="several folders with pictures: characters_illustration, kaggle"
    ) as caught:
        list_pictures(kaggle)
    assert str(caught.value).endswith(f"such as {kaggle / 'simpsons_dataset'}")


def test_pictures_in_folders_inside_that_of_a_character_are_the_characters(tmp_path: Path) -> None:
    """As Keras and torchvision read them."""
    draw_folders(tmp_path / "flat")
    bart, homer = (tmp_path / "flat" / name for name in CHARACTERS)
    draw(homer / "season2" / "1.jpg")
    draw(homer / "season2" / "episode1" / "2.jpg")
    assert count_of(tmp_path / "flat") == {CHARACTERS[0]: 6, CHARACTERS[1]: 8}
    assert list_pictures(tmp_path / "flat").notes == ()
    for folder in (bart, homer):
        draw(tmp_path / "seasons" / folder.name / "season1" / "1.jpg")
    assert count_of(tmp_path / "seasons") == dict.fromkeys(CHARACTERS, 1)


def test_pictures_of_nobody_are_told(tmp_path: Path) -> None:
    """A folder with folders of pictures may be a character or, for example, another data set."""
    draw_folders(tmp_path)
    draw(tmp_path / "somebody" / "season1" / "1.jpg")
    (note,) = list_pictures(tmp_path).notes
    assert note == (
        f"pictures in {tmp_path / 'somebody'} are not used; put those of a character directly into its folder"
    )


@pytest.mark.parametrize(
    "names",
    [
        ("train", "test"),
        ("Training_Set", "Test Set"),
        ("train", "valid"),
        ("simpsons_train", "simpsons_testset"),
        ("Training Images", "holdout"),
    ],
)
def test_folders_split_the_pictures(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, size in zip(names, (4, 2), strict=True):
        for character in CHARACTERS:
            for i in range(size):
                draw(tmp_path / name / character / f"{i}.jpg")
    pictures = read_pictures(tmp_path)
    assert pictures.summary == (
        "8 pictures to train on, 4 to validate on, 2 characters, split by the folders " + " and ".join(names)
    )
    assert not pictures.is_drawn and pictures.notes == ()
    assert {p.path.parts[-3] for p in pictures.select("val", known=True)} == {names[1]}
    drawn = read_pictures(tmp_path, split="scenes")
    assert drawn.how_split == "by near duplicates, seed 0"


def test_other_people_may_be_beside_folders_that_split(tmp_path: Path) -> None:
    for name in ("train", "test"):
        draw_folders(tmp_path / name)
    draw(tmp_path / "others" / "otto_mann" / "1.jpg")
    listing = list_pictures(tmp_path)
    assert {p.character: p.split for p in listing.pictures if not p.known} == {"otto_mann": ""}
    assert {p.split for p in listing.pictures if p.known} == {"train", "val"}
    assert listing.split_by == ("the folders train and test",)


def test_test_pictures_are_kept_where_others_are_to_validate_on(tmp_path: Path) -> None:
    for name in ("train", "val", "test"):
        draw_folders(tmp_path / name)
    listing = list_pictures(tmp_path)
    assert {p.path.parts[-3] for p in listing.pictures} == {"train", "val"}
    assert listing.notes == (
        f"pictures in {tmp_path / 'test'} are kept for an evaluation after the training",
    )


def test_test_pictures_without_labels_are_not_used(tmp_path: Path) -> None:
    """As in competitions."""
    draw_folders(tmp_path / "train")
    draw(tmp_path / "test" / "1.jpg")
    listing = list_pictures(tmp_path)
    assert len(listing.pictures) == 12 and {p.split for p in listing.pictures} == {""}
    assert listing.notes[0].startswith(f"pictures in {tmp_path / 'test'} are not used")


def test_pictures_beside_the_folder_of_characters_are_told(tmp_path: Path) -> None:
    draw_folders(tmp_path / "characters")
    for name in ("other/otto_mann", "others/otto_mann", "heads", "proposed/characters/otto_mann"):
        draw(tmp_path / name / "1.jpg")
    (note,) = list_pictures(tmp_path).notes
    assert note.startswith(f"pictures in {tmp_path / 'other'} are not used")


@pytest.mark.parametrize(
    "name", ["@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found", "__MACOSX"]
)
def test_folders_of_the_system_are_no_characters(tmp_path: Path, name: str) -> None:
    draw_folders(tmp_path)
    draw(tmp_path / name / "1.jpg")
    assert (set(count_of(tmp_path)), list_pictures(tmp_path).notes) == (set(CHARACTERS), ())


def test_archives_and_missing_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "archive.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"archive\.zip is not a folder; unpack it"):
        list_pictures(tmp_path / "archive.zip")
    with pytest.raises(DataError, match="nowhere does not exist; give the folder"):
        list_pictures(tmp_path / "nowhere")


def test_proposals_are_not_taken_for_a_data_set(tmp_path: Path) -> None:
    draw_folders(tmp_path / "proposed")
    assert not list_pictures(tmp_path).pictures


def test_files_that_are_no_pictures_are_counted(tmp_path: Path) -> None:
    draw_folders(tmp_path)
    for name in ("README.txt", "bart_simpson/raw.dng", "bart_simpson/1.txt", "bart_simpson/none"):
        (tmp_path / name).write_text("x")
    for name in ("._pic_0000.jpg", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "bart_simpson" / name).write_text("x")
    (tmp_path / "__MACOSX" / "bart_simpson").mkdir(parents=True)
    (tmp_path / "otto_mann").mkdir()
    listing = list_pictures(tmp_path)
    assert len(listing.pictures) == 12
    assert listing.notes == (
        f"no pictures in {tmp_path / 'otto_mann'}",
        "4 files passed over: 1 .dng, 2 .txt, 1 without suffix",
    )


@pytest.mark.parametrize("suffix", [".jfif", ".gif", ".tif", ".webp", ".bmp", ".avif", ".JPG"])
def test_pictures_of_every_format_are_read(tmp_path: Path, suffix: str) -> None:
    path = draw(tmp_path / "bart_simpson" / f"0{suffix}")
    (found,) = list_pictures(tmp_path).pictures
    assert found.path == path
    assert load_images([found], 48).std() > 20


def test_of_an_animation_the_first_frame_is_read(tmp_path: Path) -> None:
    frames = [np.full((32, 32, 3), value, np.uint8) for value in (200, 20, 20)]
    animation = cv2.Animation()
    animation.frames, animation.durations = frames, [100] * 3
    assert cv2.imwriteanimation(str(tmp_path / "a.gif"), animation)
    image = load_images([Picture(tmp_path / "a.gif", "bart", True, "", "")], 32)
    assert abs(float(image.mean()) - 200) < 10


def test_unreadable_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    draw_folders(tmp_path)
    for number in range(6):
        (tmp_path / "bart_simpson" / f"bad{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(number))
    (tmp_path / "homer_simpson" / "empty.heic").touch()
    os.symlink(tmp_path / "gone.png", tmp_path / "homer_simpson" / "link.png")
    found = read_pictures(tmp_path)
    assert len(found.pictures) == 12 and len(found.unreadable) == 8
    (warning,) = found.left_out
    assert warning.startswith("8 of 20 pictures cannot be read and are left out: ")
    assert "bad0.jpg" in warning and warning.endswith("bad4.jpg and 3 more")
    for path in tmp_path.rglob("pic_*"):
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"none of the 20 pictures in .* can be read"):
        read_pictures(tmp_path)


def test_pictures_of_a_table_are_left_out_when_they_are_read(tmp_path: Path) -> None:
    files = [draw(tmp_path / f"{i}.png").name for i in range(4)]
    rows = [f"{file},{CHARACTERS[i % 2]},s{i},{'train' if i < 2 else 'val'}" for i, file in enumerate(files)]
    rows += ["gone.png,bart_simpson,s9,train"]
    (tmp_path / "pictures.csv").write_text("\n".join(["file,character,scene,split", *rows]))
    read: list[int] = []
    found = without_unreadable(read_pictures(tmp_path), on_picture=lambda: read.append(1))
    assert (
        len(found.pictures) == 4
        and len(read) == 5
        and set(found.fingerprints) == {p.path for p in found.pictures}
    )
    assert found.left_out == [f"1 of 5 pictures cannot be read and is left out: {tmp_path / 'gone.png'}"]


def test_characters_with_too_few_pictures_are_named(tmp_path: Path) -> None:
    draw_folders(tmp_path)
    draw(tmp_path / "otto_mann" / "0.png", None)
    assert read_pictures(tmp_path).too_few == ["too few pictures to validate: otto_mann (1)"]
    draw_folders(tmp_path / "others", names=("gil",), each=1)
    assert len(read_pictures(tmp_path).too_few) == 1, "others need none"


def test_single_pictures_are_too_few_to_validate(tmp_path: Path) -> None:
    draw_folders(tmp_path, each=1)
    with pytest.raises(DataError, match=r"split 'val'; add pictures of other scenes"):
        read_pictures(tmp_path)


def test_one_character_may_have_several_spellings(tmp_path: Path) -> None:
    names = ("Bart Simpson", "bart_simpson", "Jose\u0301", "jos\u00e9", "José")
    for number, name in enumerate(names):
        draw(tmp_path / f"{number}" / name / "0.png")
    folders = [tmp_path / f"{number}" for number in range(len(names))]
    listing = list_pictures(*folders)
    assert Counter(p.character for p in listing.pictures) == {"bart_simpson": 2, "Jos\u00e9": 3}
    assert listing.notes[0] == "Bart Simpson and bart_simpson are one character, bart_simpson"
    assert unicodedata.is_normalized("NFC", listing.notes[1])


def test_names_may_be_odd(tmp_path: Path) -> None:
    names = ("1", "22", "Fat Tony", "Itchy & Scratchy", "Müller")
    draw_folders(tmp_path / "real", names=names)
    (tmp_path / "set").mkdir()
    for name in names:
        os.symlink(tmp_path / "real" / name, tmp_path / "set" / name)
    assert count_of(tmp_path / "set") == dict.fromkeys(names, 6)
    assert read_pictures(tmp_path / "set").labels == tuple(sorted(names))
    os.symlink(tmp_path / "set", tmp_path / "set" / "set")
    assert count_of(tmp_path / "set") == dict.fromkeys(names, 6), "a link to the folder itself"
