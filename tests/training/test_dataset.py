import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import DataError
from simpsons_training.dataset import label_indices, load_images, read_picture, read_pictures
from simpsons_training.duplicates import difference_hash, fingerprint, group_near_duplicates
from simpsons_training.table import Picture, read_table


def scene(seed: int, *, jitter: int = 0) -> np.ndarray:
    """A random cloudy picture; another jitter of the same seed gives a near duplicate."""
    random = np.random.default_rng(seed)
    image = cv2.resize(random.integers(0, 256, (5, 6, 3), np.uint8), (96, 72), interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(1000 + jitter).integers(-6, 7, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two characters and one other person, with ten scenes of three near duplicates each."""
    for c, name in enumerate(("characters/bart", "characters/homer", "others/gil")):
        (tmp_path / name).mkdir(parents=True)
        for s in range(10):
            for jitter in range(3):
                cv2.imwrite(str(tmp_path / name / f"{s}_{jitter}.png"), scene(100 * c + s, jitter=jitter))
    return tmp_path


def test_a_random_split_without_validation_pictures_asks_for_a_larger_share(folder: Path) -> None:
    with pytest.raises(DataError, match=r"'val'; raise --val-share"):
        read_pictures(folder, split="random", val_share=0.001)


@pytest.mark.parametrize(
    "sampling", [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
)
def test_a_jpeg_that_ends_too_early_is_no_picture(tmp_path: Path, sampling: int) -> None:
    path = tmp_path / "bart.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (67, 90, 3), np.uint8)
    content = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling])[1].tobytes()
    for share in (0.3, 0.75, 0.95):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(DataError, match=r"bart\.jpg ends too early"):
            read_picture(path)
    for complete in (content, content[:-2], content + b"more"):
        path.write_bytes(complete)
        assert read_picture(path).shape == noise.shape
    path.write_bytes(cv2.imencode(".jpg", np.full_like(noise, 128))[1].tobytes())
    assert read_picture(path).shape == noise.shape, "a grey picture"


def test_only_near_duplicates_are_grouped() -> None:
    images = [scene(s, jitter=j) for s in range(6) for j in range(3)]
    groups = group_near_duplicates(fingerprint(image) for image in images)
    assert groups == [s for s in range(6) for _ in range(3)]
    assert difference_hash(images[0]) != difference_hash(images[3])


def test_folders_are_split_by_scene(folder: Path) -> None:
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


def test_the_split_depends_on_the_seed(folder: Path) -> None:
    def val(seed: int) -> set[Path]:
        return {p.path for p in read_pictures(folder, seed=seed).select("val", known=True)}

    assert val(1) == val(1)
    assert val(1) != val(2)


def test_character_folders_need_no_parent_folder(folder: Path) -> None:
    assert read_pictures(folder / "characters").labels == ("bart", "homer")


def load(path: Path) -> np.ndarray:
    """(32, 32, 3) uint8 BGR."""
    return load_images([Picture(path, "bart", True, "b", "train")], 32)[0]


def write_table(folder: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with (folder / "pictures.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "character", "scene", "split"), *rows])


def test_a_table_defines_characters_scenes_and_split(folder: Path) -> None:
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
        ([("characters/bart/0_0.png", "bart", "b", "train")], "1 character, but"),
        ([(f"characters/{n}/0_0.png", n, n, "train") for n in ("bart", "homer")], "split 'val'"),
        ([("a.png", "bart", "b", "train"), ("", "bart", "b", "train")], "line 3: file is empty"),
        ([("a.png", "", "b", "train")], "line 2: character is empty"),
        ([("a.png", "bart", "b")], "line 2: split must be train or val, not ''"),
        ([(".", "bart", "b", "train")], "1 character, but"),
    ],
)
def test_invalid_rows_are_reported_with_their_line(
    folder: Path, rows: list[tuple[str, str, str, str]], words: str
) -> None:
    write_table(folder, rows)
    with pytest.raises(DataError, match=words):
        read_pictures(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file,character\n", "line 1: missing columns scene, split"),
        (b"file;character;scene;split\n", "line 1: missing columns .* separated by commas"),
        (b"", "line 1: missing columns"),
        (b"file,character,scene,split\na.png,bart,b,train\nb.png,M\xfcll,b,train\n", "line 3: not UTF-8"),
        (b"\xef\xbb\xbffile,character,scene,split\r\nb.png,M\xfcll,b,train\r\n", "line 2: not UTF-8"),
        ("file,character\n".encode("utf-16"), "line 1: not UTF-8"),
        (b'file,character,scene,split\na.png,bart,"b,train\n', "line 2: unexpected end of data"),
    ],
)
def test_files_that_are_not_tables_are_reported_with_their_line(
    folder: Path, content: bytes, words: str
) -> None:
    (folder / "pictures.csv").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_pictures(folder)


def test_a_table_from_a_spreadsheet_is_read(folder: Path) -> None:
    rows = [
        "file,character,scene,split,note",
        "a.png,bart,b,train,",
        "b.png,homer,h,train,x",
        "c.png,bart,c,val",
    ]
    (folder / "pictures.csv").write_bytes("\r\n".join(rows).encode("utf-8-sig"))
    assert read_pictures(folder).labels == ("bart", "homer")


def test_missing_folders_and_pictures_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_pictures(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="contains no folders with pictures; put those of each"):
        read_pictures(tmp_path / "empty")
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    with pytest.raises(DataError, match=r"broken\.jpg is not a readable picture"):
        load(broken)
    with pytest.raises(DataError, match=r"absent\.png: no such file"):
        load(tmp_path / "absent.png")


def test_non_ascii_file_names_are_read(tmp_path: Path) -> None:
    path = tmp_path / "Bärt 漫画.png"
    path.write_bytes(cv2.imencode(".png", scene(1))[1].tobytes())
    assert np.ptp(load(path)) > 100


def test_pictures_are_read_as_in_the_player(tmp_path: Path) -> None:
    """Transparent areas are white, whatever colour they have."""
    path = tmp_path / "clear.png"
    cv2.imwrite(str(path), np.zeros((40, 40, 4), np.uint8))
    assert (load(path) == 255).all()


def test_a_folder_lists_pictures_of_every_format(folder: Path) -> None:
    extra = folder / "characters" / "bart"
    cv2.imwrite(str(extra / "more.tif"), scene(7))
    (extra / "album.png").mkdir()
    (extra / "notes.txt").touch()
    paths = {picture.path for picture in read_pictures(folder).pictures}
    assert len(paths) == 91 and extra / "more.tif" in paths


@pytest.mark.parametrize(
    "row",
    [
        "a.png,bart,1,train,1e400,0,2,2",
        "a.png,bart,1,train,0,0,1e300,2",
        "a.png,bart,1,train,0,0,nan,2",
        "a.png,bart,1,train,0,0,9e9,2",
    ],
)
def test_impossible_boxes_are_a_one_line_error(tmp_path: Path, row: str) -> None:
    table = tmp_path / "pictures.csv"
    table.write_text(f"file,character,scene,split,x_min,y_min,x_max,y_max\n{row}\n")
    with pytest.raises(DataError, match=r"line 2: .* is not a box"):
        read_table(table)


def test_the_size_of_a_table_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "pictures.csv"
    table.write_text("file,character,scene,split\n'=a.png,'@bart,s,train\n")
    (picture,) = read_table(table)
    assert (picture.path.name, picture.character) == ("=a.png", "@bart"), "as in our own tables"
    monkeypatch.setattr("simpsons_training.table.MAX_BYTES", 10)
    with pytest.raises(DataError, match="longer than 10 bytes"):
        read_table(table)


def write_folder(folder: Path, names: list[str], rows: list[str] | None = None) -> Path:
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((40, 40, 3), 40 * i + len(folder.name), np.uint8))
    if rows is not None:
        (folder / "pictures.csv").write_text("\n".join(["file,character,scene,split", *rows]))
    return folder


def test_several_folders_are_merged(tmp_path: Path) -> None:
    first = write_folder(
        tmp_path / "first",
        ["characters/bart/0.png", "characters/bart/1.png", "others/otto/0.png"],
        [
            "characters/bart/0.png,bart,one,train",
            "characters/bart/1.png,bart,two,val",
            "others/otto/0.png,otto,x,train",
        ],
    )
    second = write_folder(
        tmp_path / "second", ["characters/bart/0.png"], ["characters/bart/0.png,bart,one,val"]
    )
    flat = write_folder(tmp_path / "flat", ["otto/0.png", "otto/1.png", "others/nobody_we_know/0.png"])
    pictures = read_pictures(first, second, flat, first)
    assert pictures.labels == ("bart", "otto") and len(pictures.pictures) == 7
    assert pictures.how_split == "by the scenes of pictures.csv and near duplicates, seed 0"
    scenes = {p.path: p.scene for p in pictures.pictures}
    assert scenes[first / "characters/bart/0.png"] != scenes[second / "characters/bart/0.png"]
    split = {p.path: p.split for p in pictures.pictures}
    assert split[second / "characters/bart/0.png"] == "val"
    known = {p.path: p.known for p in pictures.pictures}
    assert known[first / "others/otto/0.png"], "whom one folder names is known"
    assert not known[flat / "others/nobody_we_know/0.png"]


def test_one_of_several_folders_may_hold_one_character(tmp_path: Path) -> None:
    bart = write_folder(tmp_path / "a", ["bart/0.png", "bart/1.png"])
    with pytest.raises(DataError, match="1 character, but at least two are needed; add a folder for another"):
        read_pictures(bart)
    homer = write_folder(tmp_path / "homer", ["homer/0.png", "homer/1.png"])
    assert read_pictures(bart, homer).labels == ("bart", "homer")


def test_empty_scenes_of_a_table_are_found(tmp_path: Path) -> None:
    names = ["bart/0.png", "bart/1.png", "homer/0.png"]
    folder = write_folder(
        tmp_path, names, ["bart/0.png,bart,,train", "bart/1.png,bart,,val", "homer/0.png,homer,s,train"]
    )
    pictures = read_pictures(folder).pictures
    assert [p.split for p in pictures] == ["train", "val", "train"]
    assert all(p.scene for p in pictures) and pictures[2].scene == "s"
