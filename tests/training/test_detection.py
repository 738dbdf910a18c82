"""Detection: targets and decoding, loss, mosaics, pseudo-labels, average precision, and a training."""

from __future__ import annotations

import csv
import json
import re
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
from simpsons_training.detection.classify import classify_pictures
from simpsons_training.detection.decode import decode
from simpsons_training.detection.head_detector import HeadDetector
from simpsons_training.detection.head_table import read_head_table, split_heads
from simpsons_training.detection.initial_weights import load_backbone_weights, load_detector_weights
from simpsons_training.detection.loss import detection_loss
from simpsons_training.detection.mosaics import mosaic, weighted_sampler
from simpsons_training.detection.network import build_detector
from simpsons_training.detection.predict import HeadDetections, detect_heads, letterbox
from simpsons_training.detection.pseudo_labels import pseudo_label
from simpsons_training.detection.scenes import OTHER, UNLABELLED, Head, Scene
from simpsons_training.detection.sources import drawn_scenes
from simpsons_training.detection.targets import encode_targets
from simpsons_training.detection.train import refuse_to_overwrite
from simpsons_training.detection.training_loop import freeze
from simpsons_training.evaluation.predictions import NO_LABEL
from simpsons_training.evaluation.predictor import read_card
from simpsons_training.storage import save_network
from simpsons_training.table import Picture
from tests.commands import HANGS_S, assert_one_error_line, simpsons

SIZE = (128, 96)
LABELS = ("bart", "homer", "marge")


def perfect_outputs(cells: np.ndarray) -> np.ndarray:
    """Network outputs that match the targets: (H, W, 7 + K) -> (1, H, W, 5 + K)."""
    rows, columns = cells.shape[:2]
    y, x = np.mgrid[0.5:rows, 0.5:columns].astype(np.float32)
    box = cells[..., 2:6]
    sides = np.stack([x - box[..., 0], y - box[..., 1], box[..., 2] - x, box[..., 3] - y], axis=-1)
    near = np.clip(cells[..., :1], 1e-4, 1 - 1e-4)
    near = np.where(cells[..., :1] >= 0.999, 0.999, near * 0.5)
    outputs = [np.log(near / (1 - near)), np.log(np.maximum(sides, 1e-3)), 12 * cells[..., 7:]]
    return np.concatenate(outputs, axis=-1)[None].astype(np.float32)


def test_decoding_inverts_encoding() -> None:
    heads = [Head(10, 20, 42, 60, 1), Head(70, 10, 90, 34, OTHER), Head(100, 60, 126, 95, 2)]
    boxes, scores, names = (
        np.asarray(a)[0] for a in decode(perfect_outputs(encode_targets(heads, labels=3, size_px=SIZE)))
    )
    assert (scores > 0.9).sum() == 3
    found = {int(row.argmax()): box for box, row in zip(boxes[:3], names[:3], strict=True)}
    assert sorted(found) == [1, 2, 3]  # the last label is any other person
    for head, label in zip(heads, (1, 3, 2), strict=True):
        np.testing.assert_allclose(found[label], [head.x_min, head.y_min, head.x_max, head.y_max], atol=0.05)


def test_duplicate_detections_are_suppressed() -> None:
    outputs = np.full((1, 12, 16, 9), -8, np.float32)
    for column, logit in ((4, 3.0), (6, 2.0), (12, 1.0)):
        outputs[0, 5, column, 0] = logit
        outputs[0, 5, column, 1:5] = np.log(4)
    boxes, scores, _ = (np.asarray(a)[0] for a in decode(outputs))
    kept = boxes[scores > 0.5]
    assert [round(float(b[0] + b[2]) / 16, 1) for b in kept] == [4.5, 12.5]


def test_unlabelled_heads_train_the_box_and_uncertain_heads_are_ignored() -> None:
    cells = encode_targets(
        [Head(20, 20, 60, 70, UNLABELLED), Head(80, 20, 120, 70, 0, certain=False)], labels=3, size_px=SIZE
    )
    assert cells[..., 0].max() == 1 and cells[..., 7:].sum() == 0 and cells[..., 6].sum() == pytest.approx(1)
    assert (cells[3:8, 10:15, 1] == 0).all() and (cells[:, :8, 1] == 1).all()


def test_the_loss_is_minimal_for_correct_outputs() -> None:
    cells = encode_targets([Head(20, 20, 60, 70, 0), Head(80, 20, 120, 70, 1)], labels=3, size_px=SIZE)
    correct = perfect_outputs(cells)
    best = float(detection_loss(cells[None], correct))
    for channel, change in ((0, 3.0), (1, 0.5), (5, -30.0)):
        worse = correct.copy()
        worse[..., channel] += change
        assert float(detection_loss(cells[None], worse)) > best + 0.01
    unlabelled = encode_targets(
        [Head(20, 20, 60, 70, UNLABELLED), Head(80, 20, 120, 70, UNLABELLED)], labels=3, size_px=SIZE
    )
    other = correct.copy()
    other[..., 5:] = other[..., 5:][..., ::-1]
    assert float(detection_loss(unlabelled[None], correct)) == pytest.approx(
        float(detection_loss(unlabelled[None], other))
    )


def test_false_positives_are_trained_towards_other_person() -> None:
    cells = encode_targets([Head(20, 20, 60, 70, 0)], labels=3, size_px=SIZE)
    losses = []
    for score, label in ((2.0, 1), (2.0, 3), (-6.0, 1), (-6.0, 3)):
        outputs = perfect_outputs(cells)
        outputs[0, 9, 14, 0] = score  # far from the head
        outputs[0, 9, 14, 5:] = 12 * np.eye(4)[label]
        losses.append(float(detection_loss(cells[None], outputs)))
    assert losses[0] > losses[1] + 0.1
    assert losses[2] == pytest.approx(losses[3]) and losses[3] < losses[1]


@given(st.integers(0, 10_000))
def test_mosaics_have_the_given_size_and_heads_inside(seed: int) -> None:
    random = np.random.default_rng(seed)
    scenes = [
        Scene(np.full((90, 60, 3), 40 * i, np.uint8), (Head(10, 5, 40, 50, i), Head(30, 40, 58, 80, OTHER)))
        for i in range(3)
    ]
    result = mosaic(weighted_sampler(scenes, [1, 1, 1]), SIZE, random)
    assert result.image.shape == (SIZE[1], SIZE[0], 3) and result.image.dtype == np.uint8
    for head in result.heads:
        assert (
            0 <= head.x_min < head.x_max <= SIZE[0] + 1e-6 and 0 <= head.y_min < head.y_max <= SIZE[1] + 1e-6
        )
        assert head.label in (0, 1, 2, OTHER)


def test_scenes_are_sampled_by_weight() -> None:
    scenes = [Scene(np.full((2, 2, 3), i, np.uint8), ()) for i in range(3)]
    sample, random = weighted_sampler(scenes, [1, 0, 3]), np.random.default_rng(0)
    counts = np.bincount([sample(random).image[0, 0, 0] for _ in range(2000)], minlength=3)
    assert counts[1] == 0 and 2.5 < counts[2] / counts[0] < 3.6


def detections(*rows: tuple[float, int]) -> HeadDetections:
    """Heads side by side with these scores and labels (3 is any other person)."""
    probabilities = np.full((len(rows), 4), 0.05, np.float32)
    for row, (_, label) in zip(probabilities, rows, strict=True):
        row[label] = 0.85
    boxes = np.array([[40 * i, 0, 40 * i + 30, 30] for i in range(len(rows))], np.float32)
    return HeadDetections(boxes, np.array([score for score, _ in rows], np.float32), probabilities)


def test_pseudo_labels_of_the_own_head_and_of_others() -> None:
    found = detections((0.6, 3), (0.9, 0), (0.8, 1), (0.7, 1), (0.3, 3))
    probabilities = np.array(
        [[0.1, 0.1, 0.1], [0.9, 0.1, 0], [0.05, 0.95, 0], [0.2, 0.5, 0.3], [0.1] * 3], np.float32
    )
    heads = pseudo_label(found, probabilities, character=0)
    assert heads is not None
    assert [(h.x_min, h.label, h.certain) for h in heads] == [
        (40, 0, True),
        (0, OTHER, True),
        (80, 1, True),
        (120, UNLABELLED, True),
        (160, OTHER, False),
    ]
    assert pseudo_label(detections((0.3, 3), (0.3, 3)), np.zeros((2, 3), np.float32), character=0) is None
    assert pseudo_label(detections(), np.zeros((0, 3), np.float32), character=0) is None


def test_pseudo_labels_of_pictures_of_unknown_people() -> None:
    found = detections((0.9, 3), (0.9, 1))
    heads = pseudo_label(found, np.array([[0.4, 0.3, 0.3], [0.01, 0.97, 0.02]], np.float32), None)
    assert heads is not None and [h.label for h in heads] == [OTHER, UNLABELLED]


def test_average_precision_matches_a_case_computed_by_hand() -> None:
    """One of two Barts is found, after a false positive: precision 1/2 up to recall 1/2, then 0."""
    image = np.zeros((100, 200, 3), np.uint8)
    scene = Scene(image, (Head(0, 0, 30, 30, 0), Head(100, 50, 130, 80, 0), Head(40, 0, 70, 30, 1)))
    wrong = HeadDetections(
        np.array([[100, 0, 130, 30], [0, 0, 30, 30], [40, 0, 70, 30]], np.float32),
        np.array([0.9, 0.8, 0.9], np.float32),
        np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32),
    )
    precision = average_precision([scene], [wrong], ("bart", "homer"))
    # COCO samples the curve at 101 recalls, 51 of which are at most 1/2.
    assert precision.per_character == pytest.approx({"bart": 0.5 * 51 / 101, "homer": 1.0})
    assert precision.at_50 == pytest.approx((0.5 * 51 / 101 + 1) / 2)
    assert precision.support == {"bart": 2, "homer": 1}
    assert recall_by_size([scene], [wrong], [0.15, 0.3], min_score=0.5) == [(0, 0), (3, 2), (0, 0)]


def test_average_precision_without_detections_is_zero() -> None:
    scene = Scene(np.zeros((100, 200, 3), np.uint8), (Head(0, 0, 30, 30, 0),))
    empty = HeadDetections(
        np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 3), np.float32)
    )
    assert average_precision([scene], [empty], ("bart", "homer")).at_50 == 0


def test_letterbox_keeps_the_aspect_ratio() -> None:
    canvas, scale, shift = letterbox(np.full((90, 160, 3), 255, np.uint8), (256, 192))
    assert scale.tolist() == pytest.approx([1.6] * 4) and shift.tolist() == [0, 24, 0, 24]
    assert (canvas[24:168] == 255).all() and canvas[:24].max() == canvas[168:].max() == 0


def test_the_backbone_starts_from_the_classifier() -> None:
    model = build_detector(labels=4, size_px=(64, 32))
    load_backbone_weights(model, default_model().with_suffix(".keras"))
    source = keras.saving.load_model(default_model().with_suffix(".keras"), compile=False)
    for name in ("stem", "block7_project"):
        np.testing.assert_array_equal(
            model.get_layer(name).get_weights()[0], source.get_layer(name).get_weights()[0]
        )
    freeze(model, 3)
    assert not model.get_layer("block2_project").trainable and model.get_layer("block3_project").trainable
    found = list(detect_heads(model, [np.zeros((50, 90, 3), np.uint8)] * 33, min_score=0.0))
    assert len(found) == 33 and found[0].probabilities.shape[1] == 4
    with pytest.raises(DataError, match="cannot initialise the backbone"):
        load_backbone_weights(model, Path("nowhere.keras"))
    with pytest.raises(ValueError, match="multiples of 32 px, not 100x64"):
        build_detector(labels=4, size_px=(100, 64))


def test_drawn_scenes_are_labelled() -> None:
    scenes = drawn_scenes(12, ("bart_simpson", "moe_szyslak"), seed=1)
    assert {h.label for s in scenes for h in s.heads} == {0, OTHER}
    assert all(max(s.image.shape) <= 224 for s in scenes)


def write_heads(folder: Path, count: int) -> None:
    """Draw pictures of all characters and write `pictures.csv` and `heads.csv`."""
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


def test_near_duplicates_follow_the_split_of_the_other_table(tmp_path: Path) -> None:
    write_heads(tmp_path, 12)
    annotated = read_head_table(tmp_path / "heads.csv")
    assert [len(picture.heads) for picture in annotated] == [1] * 12
    repeated = [
        Picture(annotated[i].path, "bart_simpson", True, str(i), "val" if i < 3 else "train")
        for i in range(6)
    ]
    train, val = split_heads(annotated, tuple(repeated), val_share=0.0)
    assert [p.path.name for p in val] == ["0.png", "1.png", "2.png"] and len(train) == 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,character\n", "line 1: missing columns x_max, x_min, y_max, y_min"),
        ("file,character,x_min,y_min,x_max,y_max\na.png,bart,5,5,5,9\n", "line 2: invalid box"),
        ("file,character,x_min,y_min,x_max,y_max\na.png,,1,1,5,9\n", "line 2: file or character is empty"),
    ],
)
def test_invalid_head_tables_are_reported_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "heads.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_head_table(tmp_path / "heads.csv")


def test_a_missing_head_table_is_an_error(tmp_path: Path) -> None:
    write_heads(tmp_path / "data", 12)
    (tmp_path / "data" / "heads.csv").unlink()
    done = simpsons("train-detector", tmp_path / "data", "-o", tmp_path / "run")
    assert_one_error_line(done, "heads.csv is missing", "file, character, x_min")
    assert not (tmp_path / "run").exists()


def test_a_picture_is_classified_by_its_highest_label_probability(tmp_path: Path) -> None:
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0]], np.float32)
    found = HeadDetections(np.zeros((3, 4), np.float32), np.array([0.9, 0.4, 0.1], np.float32), probabilities)
    none = HeadDetections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 4), np.float32))
    card = ModelCard("heads", LABELS, 128, color_order="RGB", regions=("heads",))
    detector = HeadDetector(tmp_path / "heads.onnx", card, lambda images: iter([found, none][: len(images)]))
    for i in range(2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.zeros((8, 8, 3), np.uint8))
    pictures = [
        Picture(tmp_path / "0.png", "homer", True, "0", "val"),
        Picture(tmp_path / "1.png", "moe_szyslak", False, "1", "val"),
    ]
    predictions = classify_pictures(detector, pictures)
    assert predictions.targets.tolist() == [1, NO_LABEL]
    np.testing.assert_allclose(predictions.probabilities, [[0.7, 0.6, 0.2], [0, 0, 0]], rtol=1e-6)
    with pytest.raises(DataError, match="has no labels for ned_flanders"):
        classify_pictures(detector, [Picture(tmp_path / "0.png", "ned_flanders", True, "0", "val")])


def test_a_teacher_must_be_a_detector_with_the_same_labels(tmp_path: Path) -> None:
    model = build_detector(labels=4, size_px=SIZE)
    classifier = default_model().with_suffix(".keras")
    with pytest.raises(ModelError, match="is a classifier; give a detector"):
        load_detector_weights(model, classifier, LABELS)
    with pytest.raises(ModelError, match="no such file"):
        load_detector_weights(model, tmp_path / "none.keras", LABELS)
    card = ModelCard("heads", LABELS, 128, color_order="RGB", regions=("heads",))
    save_network(model, tmp_path / "teacher.keras", card)
    with pytest.raises(ModelError, match="has other labels than homer, marge"):
        load_detector_weights(model, tmp_path / "teacher.keras", ("homer", "marge"))
    other = build_detector(labels=4, size_px=(96, 64))
    load_detector_weights(other, tmp_path / "teacher.keras", LABELS)
    for mine, teachers in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, teachers)


@pytest.mark.slow
def test_a_trained_detector_can_be_exported_evaluated_and_played(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    write_heads(data, 24)
    options = ("--epochs", 1, "--teacher-epochs", 1, "--scenes", 16, "--batch-size", 8)
    done = simpsons("train-detector", data, "-o", out, *options, timeout_s=3 * HANGS_S)
    assert done.returncode == 0, done.stderr
    stages = ("Reading annotated heads", "Training", "Finding heads", "Training")
    assert tuple(line.split(" (")[0] for line in done.stderr.splitlines() if "(" in line) == stages
    with (out / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["loss"]) > 0 and 0 <= float(row["val_map_50"]) <= 1
    split = read_card(out / "best.keras").split
    assert split is not None and (split.split, split.folders) == ("given", ("data",))
    done = simpsons("export", out / "best.keras")
    assert done.returncode == 0, done.stderr
    assert "frames of any size, seen at 256x192 RGB" in done.stdout
    assert re.search(r" heads( \(\d without a match\))? in ", done.stdout)
    done = simpsons("evaluate", out / "best.onnx", data, "-o", tmp_path / "report")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert 0 <= metrics["map_50"] <= 1 and metrics["pictures"]["pictures"] == 8
    assert sum(row["heads"] for row in metrics["recall_by_size"]) == metrics["marked_pictures"] > 0
    assert "Hits and misses" in (tmp_path / "report" / "report.html").read_text()
    second = (data, *options, "--teacher", out / "best.keras", "-o", tmp_path / "again")
    here = CliRunner().invoke(train_detector, [str(arg) for arg in second])  # TensorFlow is already loaded
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


def test_a_teacher_is_not_overwritten(tmp_path: Path) -> None:
    teacher, link = tmp_path / "heads" / "best.keras", tmp_path / "link.keras"
    teacher.parent.mkdir()
    teacher.write_bytes(b"PK")
    link.symlink_to(teacher)
    for path in (teacher, link):
        with pytest.raises(DataError, match="is the teacher and would be overwritten"):
            refuse_to_overwrite(path, tmp_path / "heads")
    refuse_to_overwrite(teacher, tmp_path / "heads-2")
