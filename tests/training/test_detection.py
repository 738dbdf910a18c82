"""Heads: from marks to cells and back, collages, names for heads, average precision, and a training."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from simpsons_models import default_model
from simpsons_play.core.errors import DataError, ModelError
from simpsons_play.inference.model_card import ModelCard
from simpsons_samples.drawings import CHARACTERS, random_scene
from simpsons_training.commands.train_detector import train_detector
from simpsons_training.detection.average_precision import average_precision, recall_by_size
from simpsons_training.detection.collages import collage, of_scenes
from simpsons_training.detection.decode import decode
from simpsons_training.detection.finder import FoundHeads, find_heads, letterboxed
from simpsons_training.detection.fitting import freeze
from simpsons_training.detection.head_table import read_head_table, split_heads
from simpsons_training.detection.labelling import label_heads
from simpsons_training.detection.loss import detection_loss
from simpsons_training.detection.naming import name_pictures
from simpsons_training.detection.network import build_detector
from simpsons_training.detection.opening import HeadFinder
from simpsons_training.detection.scenes import SOMEBODY, UNKNOWN, Head, Scene
from simpsons_training.detection.sources import drawn_scenes
from simpsons_training.detection.targets import make_cells
from simpsons_training.detection.train import begin_with_classifier, begin_with_detector, refuse_to_replace
from simpsons_training.evaluation.predictions import NOBODY
from simpsons_training.storage import save_network
from simpsons_training.table import Picture
from tests.commands import HANGS_S, assert_one_error_line, simpsons

SIZE = (128, 96)
LABELS = ("bart", "homer", "marge")


def perfect_answer(cells: np.ndarray) -> np.ndarray:
    """What a network would say that knows the cells: (H, W, 7 + K) -> (1, H, W, 5 + K)."""
    rows, columns = cells.shape[:2]
    y, x = np.mgrid[0.5:rows, 0.5:columns].astype(np.float32)
    box = cells[..., 2:6]
    sides = np.stack([x - box[..., 0], y - box[..., 1], box[..., 2] - x, box[..., 3] - y], axis=-1)
    near = np.clip(cells[..., :1], 1e-4, 1 - 1e-4)
    near = np.where(cells[..., :1] >= 0.999, 0.999, near * 0.5)
    said = [np.log(near / (1 - near)), np.log(np.maximum(sides, 1e-3)), 12 * cells[..., 7:]]
    return np.concatenate(said, axis=-1)[None].astype(np.float32)


def test_what_is_marked_comes_back_from_the_cells() -> None:
    heads = [Head(10, 20, 42, 60, 1), Head(70, 10, 90, 34, SOMEBODY), Head(100, 60, 126, 95, 2)]
    boxes, scores, names = (
        np.asarray(a)[0] for a in decode(perfect_answer(make_cells(heads, labels=3, size_px=SIZE)))
    )
    assert (scores > 0.9).sum() == 3
    found = {int(row.argmax()): box for box, row in zip(boxes[:3], names[:3], strict=True)}
    assert sorted(found) == [1, 2, 3]  # the last label is somebody else
    for head, label in zip(heads, (1, 3, 2), strict=True):
        np.testing.assert_allclose(found[label], [head.x_min, head.y_min, head.x_max, head.y_max], atol=0.05)


def test_two_answers_for_one_head_are_one() -> None:
    said = np.full((1, 12, 16, 9), -8, np.float32)
    for column, logit in ((4, 3.0), (6, 2.0), (12, 1.0)):
        said[0, 5, column, 0] = logit
        said[0, 5, column, 1:5] = np.log(4)
    boxes, scores, _ = (np.asarray(a)[0] for a in decode(said))
    kept = boxes[scores > 0.5]
    assert [round(float(b[0] + b[2]) / 16, 1) for b in kept] == [4.5, 12.5]


def test_an_unknown_name_teaches_where_and_a_doubtful_head_nothing() -> None:
    cells = make_cells(
        [Head(20, 20, 60, 70, UNKNOWN), Head(80, 20, 120, 70, 0, sure=False)], labels=3, size_px=SIZE
    )
    assert cells[..., 0].max() == 1 and cells[..., 7:].sum() == 0 and cells[..., 6].sum() == pytest.approx(1)
    assert (cells[3:8, 10:15, 1] == 0).all() and (cells[:, :8, 1] == 1).all()


def test_the_loss_is_least_for_the_right_answer() -> None:
    cells = make_cells([Head(20, 20, 60, 70, 0), Head(80, 20, 120, 70, 1)], labels=3, size_px=SIZE)
    right = perfect_answer(cells)
    best = float(detection_loss(cells[None], right))
    for channel, change in ((0, 3.0), (1, 0.5), (5, -30.0)):
        worse = right.copy()
        worse[..., channel] += change
        assert float(detection_loss(cells[None], worse)) > best + 0.01
    unknown = make_cells(
        [Head(20, 20, 60, 70, UNKNOWN), Head(80, 20, 120, 70, UNKNOWN)], labels=3, size_px=SIZE
    )
    other = right.copy()
    other[..., 5:] = other[..., 5:][..., ::-1]
    assert float(detection_loss(unknown[None], right)) == pytest.approx(
        float(detection_loss(unknown[None], other))
    )


def test_what_is_taken_for_a_head_and_is_none_ought_to_have_nobody_s_name() -> None:
    cells = make_cells([Head(20, 20, 60, 70, 0)], labels=3, size_px=SIZE)
    costs = []
    for score, name in ((2.0, 1), (2.0, 3), (-6.0, 1), (-6.0, 3)):
        said = perfect_answer(cells)
        said[0, 9, 14, 0] = score  # far from the head
        said[0, 9, 14, 5:] = 12 * np.eye(4)[name]
        costs.append(float(detection_loss(cells[None], said)))
    assert costs[0] > costs[1] + 0.1
    assert costs[2] == pytest.approx(costs[3]) and costs[3] < costs[1]


@given(st.integers(0, 10_000))
def test_collages_have_their_size_and_their_heads_inside(seed: int) -> None:
    random = np.random.default_rng(seed)
    scenes = [
        Scene(
            np.full((90, 60, 3), 40 * i, np.uint8), (Head(10, 5, 40, 50, i), Head(30, 40, 58, 80, SOMEBODY))
        )
        for i in range(3)
    ]
    made = collage(of_scenes(scenes, [1, 1, 1]), SIZE, random)
    assert made.image.shape == (SIZE[1], SIZE[0], 3) and made.image.dtype == np.uint8
    for head in made.heads:
        assert (
            0 <= head.x_min < head.x_max <= SIZE[0] + 1e-6 and 0 <= head.y_min < head.y_max <= SIZE[1] + 1e-6
        )
        assert head.label in (0, 1, 2, SOMEBODY)


def test_scenes_come_up_as_often_as_their_weights_say() -> None:
    scenes = [Scene(np.full((2, 2, 3), i, np.uint8), ()) for i in range(3)]
    draw, random = of_scenes(scenes, [1, 0, 3]), np.random.default_rng(0)
    counts = np.bincount([draw(random).image[0, 0, 0] for _ in range(2000)], minlength=3)
    assert counts[1] == 0 and 2.5 < counts[2] / counts[0] < 3.6


def found_heads(*rows: tuple[float, int]) -> FoundHeads:
    """Heads side by side, each this sure and of this label (3 is somebody else)."""
    names = np.full((len(rows), 4), 0.05, np.float32)
    for row, (_, label) in zip(names, rows, strict=True):
        row[label] = 0.85
    boxes = np.array([[40 * i, 0, 40 * i + 30, 30] for i in range(len(rows))], np.float32)
    return FoundHeads(boxes, np.array([score for score, _ in rows], np.float32), names)


def test_the_picture_s_own_head_gets_its_name_and_others_only_where_it_is_plain() -> None:
    found = found_heads((0.6, 3), (0.9, 0), (0.8, 1), (0.7, 1), (0.3, 3))
    named = np.array(
        [[0.1, 0.1, 0.1], [0.9, 0.1, 0], [0.05, 0.95, 0], [0.2, 0.5, 0.3], [0.1] * 3], np.float32
    )
    heads = label_heads(found, named, character=0)
    assert heads is not None
    assert [(h.x_min, h.label, h.sure) for h in heads] == [
        (40, 0, True),
        (0, SOMEBODY, True),
        (80, 1, True),
        (120, UNKNOWN, True),
        (160, SOMEBODY, False),
    ]
    assert label_heads(found_heads((0.3, 3), (0.3, 3)), np.zeros((2, 3), np.float32), character=0) is None
    assert label_heads(found_heads(), np.zeros((0, 3), np.float32), character=0) is None


def test_heads_of_others_are_somebody_unless_the_classifier_is_sure_of_one() -> None:
    found = found_heads((0.9, 3), (0.9, 1))
    heads = label_heads(found, np.array([[0.4, 0.3, 0.3], [0.01, 0.97, 0.02]], np.float32), None)
    assert heads is not None and [h.label for h in heads] == [SOMEBODY, UNKNOWN]


def test_average_precision_by_hand() -> None:
    """Of two Barts one is found, and before it a wrong one: precision 1/2 up to recall 1/2, then 0."""
    image = np.zeros((100, 200, 3), np.uint8)
    scene = Scene(image, (Head(0, 0, 30, 30, 0), Head(100, 50, 130, 80, 0), Head(40, 0, 70, 30, 1)))
    wrong = FoundHeads(
        np.array([[100, 0, 130, 30], [0, 0, 30, 30], [40, 0, 70, 30]], np.float32),
        np.array([0.9, 0.8, 0.9], np.float32),
        np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32),
    )
    precision = average_precision([scene], [wrong], ("bart", "homer"))
    # COCO reads the curve at 101 recalls, 51 of which are at most one half.
    assert precision.per_character == pytest.approx({"bart": 0.5 * 51 / 101, "homer": 1.0})
    assert precision.at_50 == pytest.approx((0.5 * 51 / 101 + 1) / 2)
    assert precision.support == {"bart": 2, "homer": 1}
    assert recall_by_size([scene], [wrong], [0.15, 0.3], min_score=0.5) == [(0, 0), (3, 2), (0, 0)]


def test_average_precision_without_an_answer_is_nought() -> None:
    scene = Scene(np.zeros((100, 200, 3), np.uint8), (Head(0, 0, 30, 30, 0),))
    nothing = FoundHeads(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 3), np.float32))
    assert average_precision([scene], [nothing], ("bart", "homer")).at_50 == 0


def test_letterboxes_keep_sides_in_proportion() -> None:
    canvas, scale, shift = letterboxed(np.full((90, 160, 3), 255, np.uint8), (256, 192))
    assert scale.tolist() == pytest.approx([1.6] * 4) and shift.tolist() == [0, 24, 0, 24]
    assert (canvas[24:168] == 255).all() and canvas[:24].max() == canvas[168:].max() == 0


def test_the_detector_begins_with_the_classifier_s_backbone() -> None:
    model = build_detector(labels=4, size_px=(64, 32))
    begin_with_classifier(model, default_model().with_suffix(".keras"))
    source = keras.saving.load_model(default_model().with_suffix(".keras"), compile=False)
    for name in ("stem", "block7_project"):
        np.testing.assert_array_equal(
            model.get_layer(name).get_weights()[0], source.get_layer(name).get_weights()[0]
        )
    freeze(model, 3)
    assert not model.get_layer("block2_project").trainable and model.get_layer("block3_project").trainable
    said = list(find_heads(model, [np.zeros((50, 90, 3), np.uint8)] * 33, min_score=0.0))
    assert len(said) == 33 and said[0].names.shape[1] == 4
    with pytest.raises(DataError, match="cannot be begun with"):
        begin_with_classifier(model, Path("nowhere.keras"))
    with pytest.raises(ValueError, match="multiples of 32 px, not 100x64"):
        build_detector(labels=4, size_px=(100, 64))


def test_drawn_scenes_say_whose_heads_they_show() -> None:
    scenes = drawn_scenes(12, ("bart_simpson", "moe_szyslak"), seed=1)
    assert {h.label for s in scenes for h in s.heads} == {0, SOMEBODY}
    assert all(max(s.image.shape) <= 224 for s in scenes)


def write_heads(folder: Path, count: int) -> None:
    """Drawn pictures of all drawn characters, a table of them, and one of their heads."""
    random = np.random.default_rng(0)
    (folder / "characters").mkdir(parents=True)
    (folder / "heads").mkdir()
    with (folder / "pictures.csv").open("w") as pictures, (folder / "heads.csv").open("w") as heads:
        pictures.write("file,character,scene,split\n")
        heads.write("file,character,x_min,y_min,x_max,y_max\n")
        for i in range(count):
            name = CHARACTERS[i % len(CHARACTERS)]
            for table, file in ((pictures, f"characters/{i}.png"), (heads, f"heads/{i}.png")):
                image, (head,) = random_scene([name], random)
                cv2.imwrite(str(folder / file), image)
                if table is pictures:
                    table.write(f"{file},{name},{i},{'val' if i % 3 == 0 else 'train'}\n")
                else:
                    table.write(f"{file},{name},{head.x_min},{head.y_min},{head.x_max},{head.y_max}\n")


def test_marked_pictures_that_repeat_a_picture_stand_on_its_side(tmp_path: Path) -> None:
    write_heads(tmp_path, 12)
    marked = read_head_table(tmp_path / "heads.csv")
    assert [len(picture.heads) for picture in marked] == [1] * 12
    repeated = [
        Picture(marked[i].path, "bart_simpson", True, str(i), "val" if i < 3 else "train") for i in range(6)
    ]
    train, val = split_heads(marked, tuple(repeated), val_share=0.0)
    assert [p.path.name for p in val] == ["0.png", "1.png", "2.png"] and len(train) == 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,character\n", "line 1: lacks the columns x_max, x_min, y_max, y_min"),
        ("file,character,x_min,y_min,x_max,y_max\na.png,bart,5,5,5,9\n", "line 2: no box"),
        ("file,character,x_min,y_min,x_max,y_max\na.png,,1,1,5,9\n", "line 2: file or character is empty"),
    ],
)
def test_broken_tables_of_heads_are_told_by_their_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "heads.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_head_table(tmp_path / "heads.csv")


def test_without_marked_heads_nothing_is_begun(tmp_path: Path) -> None:
    write_heads(tmp_path / "data", 12)
    (tmp_path / "data" / "heads.csv").unlink()
    done = simpsons("train-detector", tmp_path / "data", "-o", tmp_path / "run")
    assert_one_error_line(done, "heads.csv is missing", "file, character, x_min")
    assert not (tmp_path / "run").exists()


def test_a_picture_is_named_by_the_surest_of_its_plain_heads(tmp_path: Path) -> None:
    names = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0]], np.float32)
    seen = FoundHeads(np.zeros((3, 4), np.float32), np.array([0.9, 0.4, 0.1], np.float32), names)
    none = FoundHeads(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 4), np.float32))
    card = ModelCard("heads", LABELS, 128, color_order="RGB", regions=("heads",))
    finder = HeadFinder(tmp_path / "heads.onnx", card, lambda images: iter([seen, none][: len(images)]))
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.zeros((8, 8, 3), np.uint8))
    pictures = [
        Picture(tmp_path / "0.png", "homer", True, "0", "val"),
        Picture(tmp_path / "1.png", "moe_szyslak", False, "1", "val"),
    ]
    said = name_pictures(finder, pictures)
    assert said.right.tolist() == [1, NOBODY]
    np.testing.assert_allclose(said.probabilities, [[0.7, 0.6, 0.2], [0, 0, 0]], rtol=1e-6)
    with pytest.raises(DataError, match="does not know ned_flanders"):
        name_pictures(finder, [Picture(tmp_path / "0.png", "ned_flanders", True, "0", "val")])


def test_a_teacher_must_be_a_detector_that_names_the_same_people(tmp_path: Path) -> None:
    model = build_detector(labels=4, size_px=SIZE)
    classifier = default_model().with_suffix(".keras")
    with pytest.raises(ModelError, match="finds no heads; give a detector"):
        begin_with_detector(model, classifier, LABELS)
    with pytest.raises(ModelError, match="No such file"):
        begin_with_detector(model, tmp_path / "none.keras", LABELS)
    card = ModelCard("heads", LABELS, 128, color_order="RGB", regions=("heads",))
    save_network(model, tmp_path / "teacher.keras", card)
    with pytest.raises(ModelError, match="names others than homer, marge"):
        begin_with_detector(model, tmp_path / "teacher.keras", ("homer", "marge"))
    other = build_detector(labels=4, size_px=(96, 64))
    begin_with_detector(other, tmp_path / "teacher.keras", LABELS)
    for mine, teachers in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, teachers)


@pytest.mark.slow
def test_a_training_leaves_a_detector_that_exports_and_names_what_it_learned(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    write_heads(data, 24)
    options = ("--epochs", 1, "--teacher-epochs", 1, "--scenes", 16, "--batch-size", 8)
    done = simpsons("train-detector", data, "-o", out, *options, timeout_s=3 * HANGS_S)
    assert done.returncode == 0, done.stderr
    stages = ("Reading marked heads", "Training", "Finding heads", "Training")
    assert tuple(line.split(" (")[0] for line in done.stderr.splitlines() if "(" in line) == stages
    with (out / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["loss"]) > 0 and 0 <= float(row["val_map_50"]) <= 1
    done = simpsons("export", out / "best.keras")
    assert done.returncode == 0, done.stderr
    assert "frames of any size, seen at 256x192 RGB" in done.stdout and " heads in " in done.stdout
    done = simpsons("evaluate", out / "best.onnx", data, "-o", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert 0 <= metrics["map_50"] <= 1 and metrics["pictures"]["pictures"] == 8
    assert sum(row["heads"] for row in metrics["recall_by_size"]) == metrics["marked_pictures"] > 0
    assert "Hits and misses" in (tmp_path / "report" / "report.html").read_text()
    again = (data, *options, "--teacher", out / "best.keras", "-o", tmp_path / "again")
    here = CliRunner().invoke(train_detector, [str(arg) for arg in again])  # TensorFlow is loaded already
    assert here.exit_code == 0, here.output
    assert sorted(p.name for p in (tmp_path / "again").iterdir()) == [
        "best.keras",
        "history.csv",
        "last.keras",
        "mean.keras",
    ]
    first, last, mean = (
        keras.saving.load_model(path, compile=False).get_weights()
        for path in (out / "best.keras", tmp_path / "again" / "last.keras", tmp_path / "again" / "mean.keras")
    )
    for a, b, c in zip(first, last, mean, strict=True):
        np.testing.assert_allclose((a + b) / 2, c, atol=1e-6)
    done = simpsons("play", data / "heads", "--model", out / "best.onnx", "--no-window")
    assert done.returncode == 0, done.stderr


def test_a_teacher_is_not_written_over(tmp_path: Path) -> None:
    teacher, link = tmp_path / "heads" / "best.keras", tmp_path / "link.keras"
    teacher.parent.mkdir()
    teacher.write_bytes(b"PK")
    link.symlink_to(teacher)
    for path in (teacher, link):
        with pytest.raises(DataError, match="is the teacher; it would be overwritten"):
            refuse_to_replace(path, tmp_path / "heads")
    refuse_to_replace(teacher, tmp_path / "heads-2")
