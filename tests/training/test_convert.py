"""Data sets of other tools, read and written."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

import simpsons_training.formats.convert
from simpsons_training.commands.dataset import dataset
from simpsons_training.dataset import read_pictures
from simpsons_training.detection.head_table import read_head_table
from simpsons_training.formats.config import ConvertConfig
from simpsons_training.formats.convert import convert
from simpsons_training.formats.items import Item
from simpsons_training.formats.read import detect, read
from simpsons_training.listing import list_pictures
from tests.training.drawn import write_drawings

WIDTH, HEIGHT = 121, 83
BOXED = ("coco", "yolo", "voc", "label-studio")


def picture(path: Path, seed: int = 0, *, width: int = WIDTH, height: int = HEIGHT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, noise)[1].tobytes())  # imwrite fails for some names on Windows
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """One of each: with and without a box, others, several heads, odd names."""
    folder = tmp_path / "ours"
    rows = [
        ("characters/bart_simpson/pic_0000.png", "bart_simpson", "a", "train", 3, 5, 118, 80),
        ("characters/bart_simpson/pic_0001.png", "bart_simpson", "b", "val", "", "", "", ""),
        ("characters/Señor Ding-Dong/pic 0000.png", "Señor Ding-Dong", "c", "train", 0, 0, 10, 9),
        ("others/nobody_we_know/pic_0000.png", "nobody_we_know", "d", "val", 1, 2, 33, 44),
    ]
    heads = [
        ("heads/two.png", "lisa_simpson", 1, 2, 30, 40),
        ("heads/two.png", "maggie_simpson", 60, 20, 121, 83),
    ]
    for seed, file in enumerate(dict.fromkeys(row[0] for row in [*rows, *heads])):
        picture(folder / file, seed)
    sides = ("x_min", "y_min", "x_max", "y_max")
    for name, header, table in (
        ("pictures.csv", ("file", "character", "scene", "split", *sides), rows),
        ("heads.csv", ("file", "character", *sides), heads),
    ):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *table])
    return folder


def pixels(path: Path) -> bytes:
    return path.read_bytes()


def content(items: list[Item]) -> dict[bytes, set[tuple[object, ...]]]:
    """Labels, with boxes to the pixel, by picture."""
    found: dict[bytes, set[tuple[object, ...]]] = {}
    for item in items:
        for label in item.labels:
            box = label.box and tuple(map(round, label.box))
            box = None if box == (0, 0, WIDTH, HEIGHT) else box
            found.setdefault(pixels(item.path), set()).add((label.character, label.known, box))
    return found


def run(*args: object) -> Result:
    return CliRunner().invoke(dataset, ["convert", *map(str, args)])


@pytest.mark.parametrize("to", BOXED)
def test_a_round_trip_keeps_labels_boxes_and_splits(ours: Path, tmp_path: Path, to: str) -> None:
    there, back = tmp_path / f"as {to}", tmp_path / "back"
    done = run(ours, "--to", to, "-o", there)
    assert done.exit_code == 0, done.output
    assert f"Wrote: {there} (5 pictures, 6 labels)" in done.stdout and not done.stderr
    assert detect(there) == to
    done = run(there, "--to", "folders", "-o", back)
    assert done.exit_code == 0, done.output
    assert content(read(back)) == content(read(ours))
    wanted = {pixels(item.path): item.split for item in read(ours) if item.split}
    splits = {pixels(item.path): item.split for item in read(back) if item.split}
    assert splits == wanted
    listed = {p.character: p.known for p in list_pictures(back).pictures}
    assert listed == {"bart_simpson": True, "Señor Ding-Dong": True, "nobody_we_know": False}
    assert not list(tmp_path.glob(".*")), "no temporary folder is left"


def test_the_result_can_be_trained_on(tmp_path: Path) -> None:
    drawings = write_drawings(tmp_path / "drawings", each=4)
    assert run(drawings, "--to", "yolo", "-o", tmp_path / "yolo").exit_code == 0
    assert run(tmp_path / "yolo", "--to", "folders", "-o", tmp_path / "back").exit_code == 0
    before, after = read_pictures(drawings), read_pictures(tmp_path / "back")
    assert after.labels == before.labels
    assert len(after.select("val", known=True)) == len(before.select("val", known=True))
    assert len(after.select("train", known=False)) == 2


def test_annotation_txt_has_two_clicks_in_any_order(tmp_path: Path) -> None:
    picture(tmp_path / "characters" / "bart_simpson" / "pic_0000.png")
    (tmp_path / "annotation.txt").write_text(
        "./characters/bart_simpson/pic_0000.png,57,72,52,12,bart_simpson\n"
        "./characters/bart_simpson/gone.png,1,2,3,4,bart_simpson\n"
    )
    assert detect(tmp_path) == "annotation-txt"
    items = read(tmp_path)
    assert items[0].labels[0].box == (52, 12, 57, 72)
    done = run(tmp_path / "annotation.txt", "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "Warning: 1 picture left out, missing, such as " in done.stderr and "gone.png" in done.stderr
    (found,) = list_pictures(tmp_path / "out").pictures
    assert (found.character, found.box.x_min, found.box.y_max) == ("bart_simpson", 52, 72)
    (tmp_path / "annotation.txt").write_text("a.png,1,2,three,4,bart\n")
    done = run(tmp_path / "annotation.txt", "--to", "coco", "-o", tmp_path / "out2")
    assert done.exit_code == 1 and "line 1: not path,x1,y1,x2,y2,character" in done.stderr


@pytest.mark.parametrize(
    "file",
    [
        "kaggle/simpsons_dataset/simpsons_dataset/bart_simpson/pic_0000.jpg",
        "kaggle/simpsons_dataset/kaggle_simpson_testset/kaggle_simpson_testset/bart_simpson_0.jpg",
        "kaggle/kaggle_simpson_testset/bart_simpson_12.jpg",
    ],
)
def test_kaggle_folders_are_read(tmp_path: Path, file: str) -> None:
    picture(tmp_path / file)
    source = tmp_path / file.split("/bart_simpson")[0]
    for name in (source, source.parent if source.parent.name == source.name else source):
        assert detect(name) == "folders"
        (item,) = read(name)
        assert item.labels[0].character == "bart_simpson"


def write_coco(folder: Path, images: list[dict], annotations: list[dict], categories: list[dict]) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "_annotations.coco.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def test_coco_of_other_tools(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    picture(folder / "é 1.png")
    picture(folder / "empty.png", 1)
    file = write_coco(
        folder,
        [
            {"id": 7, "file_name": "é 1.png", "width": WIDTH, "height": HEIGHT},
            {"id": 8, "file_name": "empty.png", "width": WIDTH, "height": HEIGHT},
            {"id": 9, "file_name": "missing.png", "width": WIDTH, "height": HEIGHT},
        ],
        [
            {"id": 1, "image_id": 7, "category_id": 5, "bbox": [-10, 4, 30, 300]},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [500, 500, 10, 10]},
            {"id": 3, "image_id": 9, "category_id": 1, "bbox": [0, 0, 10, 10]},
        ],
        [{"id": 1, "name": "marge"}, {"id": 5, "name": "../../Nelson: 'ha, ha'"}],
    )
    for source in (file, folder, tmp_path):
        assert detect(source) == "coco"
    done = run(file, "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (
        "1 picture left out, missing" in done.stderr and "1 picture left out, without a label" in done.stderr
    )
    (found,) = list_pictures(tmp_path / "out").pictures
    assert found.character == "../../Nelson: 'ha, ha'" and found.path.is_relative_to(tmp_path / "out")
    assert (found.box.x_min, found.box.y_min, found.box.x_max, found.box.y_max) == (0, 4, 20, HEIGHT)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "train"]


def test_coco_categories_and_paths_are_checked(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "1.png")
    elsewhere = picture(tmp_path / "elsewhere" / "2.png")
    box = {"id": 1, "image_id": 1, "bbox": [0, 0, 9, 9]}
    for image, category, words in (
        ("1.png", 2, "lack 2"),
        (str(elsewhere), 1, "2.png is outside of the folder train"),
    ):
        images, annotations = [{"id": 1, "file_name": image}], [{**box, "category_id": category}]
        file = write_coco(tmp_path / "train", images, annotations, [{"id": 1, "name": "bart"}])
        done = run(file, "--to", "yolo", "-o", tmp_path / "out")
        assert done.exit_code == 1 and words in done.stderr and len(done.stderr.splitlines()) == 1, (
            done.output
        )
    file = write_coco(
        tmp_path / "train",
        [{"id": 1, "file_name": "1.png"}],
        [{**box, "category_id": 1}],
        [{"id": 1, "name": "bart"}],
    )
    assert run(file, "--to", "yolo", "-o", tmp_path / "out").exit_code == 0, "a size is not needed"


def test_yolo_of_other_tools(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        picture(tmp_path / part / "images" / "1.png", len(part))
        (tmp_path / part / "labels").mkdir()
        (tmp_path / part / "labels" / "1.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("train: ../train/images\nnc: 2\nnames: ['Bart', 'Homer Simpson']\n")
    assert detect(tmp_path) == "yolo"
    items = read(tmp_path)
    assert sorted(item.split for item in items) == ["train", "val"]
    assert {item.labels[0].character for item in items} == {"Homer Simpson"}
    (tmp_path / "train" / "labels" / "1.txt").write_text("2 0.5 0.5 0.5 0.5\n")  # counted from 1
    done = run(tmp_path, "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 1 and "classes count from 0" in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "out").exists()


def test_label_studio_exports(tmp_path: Path) -> None:
    picture(tmp_path / "media" / "0a1b2c3d-1.png")
    picture(tmp_path / "media" / "2.png", 1)
    box = {"x": 50, "y": 0, "width": 50, "height": 100, "rotation": 0, "rectanglelabels": ["Otto Mann"]}
    result = {"type": "rectanglelabels", "from_name": "l", "to_name": "i", "value": box}
    tasks = [
        {
            "data": {"img": "/data/upload/3/0a1b2c3d-1.png"},
            "annotations": [{"was_cancelled": True, "result": []}, {"result": [result]}],
        },
        {"data": {"image": "2.png"}, "predictions": [{"score": 0.9, "result": [result]}]},
        {"data": {"image": "https://example.com/3.png"}, "annotations": []},
    ]
    file = tmp_path / "project-3.json"
    file.write_text(json.dumps(tasks))
    assert detect(file) == detect(tmp_path) == "label-studio"
    done = run(file, "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == 0 and "1 picture left out, missing" in done.stderr, done.output
    found = list_pictures(tmp_path / "out").pictures
    assert [(p.character, p.box.x_max, p.box.y_max) for p in found] == [("Otto Mann", WIDTH, HEIGHT)] * 2


def test_label_studio_predictions_are_for_checking(ours: Path, tmp_path: Path) -> None:
    done = run(ours, "--to", "label-studio", "--predictions", "-o", tmp_path / "studio")
    assert done.exit_code == 0, done.output
    tasks = json.loads((tmp_path / "studio" / "tasks.json").read_text(encoding="utf-8"))
    assert len(tasks) == 5 and not any("annotations" in task for task in tasks)
    first = next(task for task in tasks if len(task["predictions"][0]["result"]) == 2)
    values = [result["value"] for result in first["predictions"][0]["result"]]
    assert values[0]["x"] == pytest.approx(100 / WIDTH) and values[0]["rectanglelabels"] == ["lisa_simpson"]
    assert first["data"]["image"].startswith("/data/local-files/?d=studio/images/")
    config = (tmp_path / "studio" / "label_config.xml").read_text(encoding="utf-8")
    assert '<Label value="others/nobody_we_know"/>' in config and "Señor Ding-Dong" in config
    assert content(read(tmp_path / "studio")) == content(read(ours))


def test_boxes_of_heads_are_for_training_a_detector(ours: Path, tmp_path: Path) -> None:
    assert run(ours, "--to", "coco", "-o", tmp_path / "coco").exit_code == 0
    assert run(tmp_path / "coco", "--to", "folders", "--heads", "-o", tmp_path / "back").exit_code == 0
    annotated = read_head_table(tmp_path / "back" / "heads.csv")
    assert sorted(len(picture.heads) for picture in annotated) == [1, 1, 1, 2]
    assert all(picture.box is None for picture in list_pictures(tmp_path / "back").pictures)
    assert content(read(tmp_path / "back")) == content(read(ours))


def test_links_take_no_space(ours: Path, tmp_path: Path) -> None:
    assert run(ours, "--to", "coco", "--link", "-o", tmp_path / "coco").exit_code == 0
    linked = next((tmp_path / "coco" / "images").rglob("*.png"))
    assert linked.stat().st_nlink == 2
    assert content(read(tmp_path / "coco")) == content(read(ours))


def test_several_sources_with_the_same_names_are_merged(ours: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    picture(other / "bart_simpson" / "pic_0000.png", 9)
    done = run(ours, other, ours, "--to", "voc", "-o", tmp_path / "voc")
    assert done.exit_code == 0 and "(6 pictures, 7 labels)" in done.stdout, done.output
    assert len(list((tmp_path / "voc" / "JPEGImages").iterdir())) == 6


def test_what_exists_is_not_overwritten(ours: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    done = run(ours, "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 1 and "exists already; give the name of a new folder" in done.stderr
    (tmp_path / "out" / "mine").unlink()
    assert run(ours, "--to", "coco", "-o", tmp_path / "out").exit_code == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_conversion_leaves_nothing(
    ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(simpsons_training.formats.convert, "_write_folders", fail)
    before = sorted(tmp_path.rglob("*"))
    done = run(ours, "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == (130 if error is KeyboardInterrupt else 1)
    assert sorted(tmp_path.rglob("*")) == before
    assert error is KeyboardInterrupt or "no space left on device" in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.json", "{not json", "x.json cannot be read"),
        ("x.json", "[1, 2]", "not a readable Label Studio export"),
        ("x.json", '{"images": 3}', "not a readable COCO file"),
        ("data.yaml", "- 1", "contains no pictures in the format yolo"),
        ("a/1.xml", "<annotation>", "not a readable Pascal VOC data set"),
        ("notes.md", "", "no data set of a known format; give the folder that contains the folders of the"),
    ],
)
def test_broken_sources_are_one_line(tmp_path: Path, name: str, text: str, words: str) -> None:
    source = tmp_path / "source"
    (source / name).parent.mkdir(parents=True)
    (source / name).write_text(text)
    if name.endswith("xml"):
        picture(source / "a" / "1.png")
    done = run(source, "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == 1 and words in done.stderr and len(done.stderr.splitlines()) == 1, done.output
    assert not (tmp_path / "out").exists()


def test_a_missing_source_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 1 and "nowhere: no such file or folder; check the spelling" in done.stderr


@pytest.mark.parametrize("name", ["episode.avi", "pic_0000.jpg", "pictures.csv"])
def test_other_files_are_no_data_sets(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xff\xd8\xff")
    done = run(tmp_path / name, "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 1 and "is no data set of a known format; give a folder, an annot" in done.stderr


def test_a_wrong_format_is_told(ours: Path, tmp_path: Path) -> None:
    done = run(ours, "--from", "coco", "--to", "yolo", "-o", tmp_path / "out")
    assert done.exit_code == 1 and f"{ours} contains no pictures in the format coco" in done.stderr


@pytest.mark.parametrize(("option", "to"), [("--predictions", "folders"), ("--heads", "coco")])
def test_options_of_other_formats_are_refused(ours: Path, tmp_path: Path, option: str, to: str) -> None:
    done = run(ours, "--to", to, option, "-o", tmp_path / "out")
    assert done.exit_code == 2 and f"{option} is for --to " in done.stderr


def test_unreadable_pictures_are_left_out(ours: Path, tmp_path: Path) -> None:
    next(ours.rglob("pic_0001.png")).write_bytes(b"no picture")
    result = convert(read(ours), tmp_path / "out", config=ConvertConfig("yolo"))
    assert result.pictures == 4 and [*result.left_out] == ["not readable"]


def labelled_in(folder: Path, to: str, name: str) -> None:
    """Add a picture of `otto_mann` to a data set, with its label."""
    folder.mkdir(exist_ok=True)
    if to == "yolo":
        (folder / "data.yaml").write_text("names: [otto_mann]")
        path, label = folder / "images" / f"{name}.png", folder / "labels" / f"{name}.txt"
        text = "0 0.5 0.5 0.5 0.5"
    else:
        path, label = folder / "JPEGImages" / f"{name}.png", folder / "Annotations" / f"{name}.xml"
        text = (
            "<annotation><object><name>otto_mann</name><bndbox><xmin>1</xmin><ymin>1</ymin>"
            "<xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>"
        )
    picture(path, seed=len(name))
    label.parent.mkdir(parents=True, exist_ok=True)
    label.write_text(text)


@pytest.mark.parametrize("to", ["yolo", "voc"])
def test_one_unreadable_picture_does_not_stop_a_conversion(tmp_path: Path, to: str) -> None:
    folder = tmp_path / "in"
    for name in ("good", "damaged", "._hidden", "gone"):
        labelled_in(folder, to, name)
    images = folder / ("images" if to == "yolo" else "JPEGImages")
    (images / "damaged.png").write_bytes(bytes(99))
    (images / "._hidden.png").write_bytes(bytes(99))
    (images / "gone.png").unlink()
    for hidden in folder.rglob("._hidden.[tx]*"):
        hidden.write_bytes(bytes(99))
    done = run(folder, "--to", "folders", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "(1 picture, 1 label)" in done.stdout and "damaged.png" in done.stderr
    assert ("gone" in done.stderr) == (to == "voc"), "YOLO lists its pictures by their files"
    assert [path.name for path in (tmp_path / "out").rglob("*.png")] == ["good.png"]


def test_hidden_files_are_no_annotations(tmp_path: Path) -> None:
    write_coco(
        tmp_path / "in",
        [{"id": 1, "file_name": "images\\1.png"}],
        [{"image_id": 1, "category_id": 1, "id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0}],
        [{"id": 1, "name": 7}],
    )
    picture(tmp_path / "in" / "images" / "1.png")
    (tmp_path / "in" / "._a.json").write_bytes(bytes(99))
    (item,) = read(tmp_path / "in")
    assert item.path.is_file(), "also with the backslash of Windows"
    assert item.labels[0].character == "7"


def task(image: str, **data: object) -> dict[str, object]:
    results = [{"type": "choices", "value": {"choices": ["otto_mann"]}}]
    return {"data": {"image": image, **data}, "annotations": [{"result": results}]}


@pytest.mark.parametrize("to", BOXED)
def test_a_split_cannot_lead_out_of_the_folder(tmp_path: Path, to: str) -> None:
    picture(tmp_path / "in" / "1.png")
    (tmp_path / "in" / "tasks.json").write_text(json.dumps([task("1.png", split="../../../evil")]))
    done = run(tmp_path / "in", "--to", to, "-o", tmp_path / "out" / "new")
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"new"}


def test_the_test_split_of_an_export_is_for_validation(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "1.png")
    (tmp_path / "in" / "tasks.json").write_text(json.dumps([task("1.png", split="test")]))
    assert run(tmp_path / "in", "--to", "folders", "-o", tmp_path / "out").exit_code == 0
    assert [p.split for p in list_pictures(tmp_path / "out").pictures] == ["val"]


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 5000 + ".png", "C:\\pictures\\b.png", "\ud800.png"])
def test_names_that_no_file_can_have_are_missing_pictures(tmp_path: Path, name: str) -> None:
    for kind in ("label-studio", "coco", "annotation-txt"):
        folder = tmp_path / kind
        picture(folder / "1.png")
        picture(folder / "sub" / "2.png", 1)
        names = ["1.png", "sub\\2.png", name]
        if kind == "label-studio":
            (folder / "tasks.json").write_text(json.dumps([task(n) for n in names]))
        elif kind == "coco":
            write_coco(
                folder,
                [{"id": i, "file_name": n, "width": 121, "height": 83} for i, n in enumerate(names)],
                [
                    {"id": i, "image_id": i, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 1, "iscrowd": 0}
                    for i in range(len(names))
                ],
                [{"id": 1, "name": "otto_mann"}],
            )
        else:
            text = "".join(f"{n},1,1,9,9,otto_mann\n" for n in names)
            (folder / "annotation.txt").write_text(text, encoding="utf-8", errors="replace")
        done = run(folder, "--to", "folders", "-o", tmp_path / f"{kind}-out")
        assert done.exit_code == 0, done.output
        assert "(2 pictures, 2 labels)" in done.stdout and "1 picture left out, missing" in done.stderr


def test_a_name_in_two_encodings_is_one_character(tmp_path: Path) -> None:
    for seed, name in enumerate(("Jos\u00e9", "Jose\u0301")):
        picture(tmp_path / "in" / "characters" / name / f"{seed}.png", seed)
    picture(tmp_path / "in" / "characters" / ".trash" / "1.png")
    (tmp_path / "in" / "characters" / "Jos\u00e9" / "._1.png").write_bytes(bytes(99))
    pictures = list_pictures(tmp_path / "in").pictures
    assert [p.character for p in pictures] == ["Jos\u00e9"] * 2, "and hidden files are none of its pictures"


def test_a_character_without_a_name_is_no_label(tmp_path: Path) -> None:
    picture(tmp_path / "in" / "1.png")
    (tmp_path / "in" / "tasks.json").write_text(json.dumps([task("1.png")]).replace("otto_mann", " "))
    done = run(tmp_path / "in", "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 1 and "1 without a label" in done.stderr


def test_a_link_to_an_empty_folder_stays(ours: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("elsewhere")
    done = run(ours, "--to", "coco", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out").is_symlink() and (tmp_path / "elsewhere" / "annotations").is_dir()
