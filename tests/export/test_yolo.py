"""Detectors in the layouts of YOLO that other programs wrote to ONNX."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from tests.export.onnx_networks import (
    BOX_PX,
    CANVAS_PX,
    COLOURS_BGR,
    NAMES,
    ULTRALYTICS,
    detector,
    labelled_pictures,
    picture,
    save,
)

from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.convert import export, to_onnx
from simpsons_export.head_parity import prove_detector_equal
from simpsons_export.networks import load_network
from simpsons_export.options import SourceOptions
from simpsons_export.pictures import ProofFrames
from simpsons_export.yolo.layout import NMS_IOU, Layout, YoloLayout, decode, find_layout, suppress
from simpsons_play import analyze
from simpsons_play.core.errors import ExportError
from simpsons_play.core.geometry import iou
from simpsons_play.inference.loading import load_detector

LAYOUTS = ("columns", "objectness", "rows", "end_to_end")


def scene(*squares, size_px=(128, 128)):
    """A grey frame (H, W, 3) uint8 BGR with squares: name, x, y, side."""
    image = np.full((*size_px, 3), 110, np.uint8)
    for name, x, y, side in squares:
        image[y : y + side, x : x + side] = COLOURS_BGR[name]
    return image


FRAMES = ProofFrames(
    (
        scene(("bart_simpson", 8, 8, 48), ("homer_simpson", 72, 64, 48)),
        scene(("marge_simpson", 100, 20, 40), size_px=(90, 160)),
        np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8),
        scene(("bart_simpson", 8, 8, 48), size_px=(63, 95)),
    ),
    "of a test",
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_squares_are_found_where_they_are_and_named_by_their_colours(tmp_path, layout):
    path = save(detector(layout, **ULTRALYTICS), tmp_path / "yolo.onnx")
    result = export(path)
    found = load_detector(result.path, provider="cpu")
    assert (found.card.labels, found.card.threshold, found.canvas_px) == (NAMES, 0.25, (64, 64))
    # Twice as large as the network's canvas: boxes are twice as large.
    heads = found.detect(scene(("bart_simpson", 0, 0, 48), ("homer_simpson", 64, 64, 48)), min_score=0.3)
    names = [NAMES[i] for i in heads.probabilities.argmax(axis=1)]
    assert set(names) == {"bart_simpson", "homer_simpson"}
    for box, name in zip(heads.boxes, names, strict=True):
        x, y = (box[:2] + box[2:]) / 2
        assert (0 <= x < 48 and 0 <= y < 48) if name == "bart_simpson" else (64 <= x < 112 and 64 <= y < 112)
        assert (box[2:] - box[:2]).max() <= 2 * BOX_PX
    overlaps = iou(heads.boxes, heads.boxes)
    np.fill_diagonal(overlaps, 0)
    assert overlaps.max() <= NMS_IOU + 1e-3, "boxes that overlap more are one character"


def test_one_class_is_enough(tmp_path):
    model = detector("columns", **{**ULTRALYTICS, "names": "{0: 'bart_simpson'}"})
    graph = model.graph
    graph.node[-1].output[0] = "all"
    ends = [onnx.numpy_helper.from_array(np.array([i]), name) for name, i in (("a", 0), ("b", 5), ("c", 1))]
    graph.initializer.extend(ends)
    graph.node.append(onnx.helper.make_node("Slice", ["all", "a", "b", "c"], ["output0"]))
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = 5
    result = export(save(model, tmp_path / "yolo.onnx"))
    assert load_detector(result.path, provider="cpu").card.labels == ("bart_simpson",)
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for i in range(12):
        film.write(scene(("bart_simpson", 8 + 3 * i, 30, 48), size_px=(120, 160)))
    film.release()
    frames = list(analyze(tmp_path / "film.avi", model=result.path, provider="cpu", cache=False))
    assert {caption.label for frame in frames for caption in frame.captions} == {"bart_simpson"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size_px", [(64, 64), (40, 72)])
def test_graph_decodes_as_numpy_does(tmp_path, layout, size_px):
    network = load_network(
        save(detector(layout, size_px=size_px, **ULTRALYTICS), tmp_path / "yolo.onnx"), SourceOptions()
    )
    onnx.save(to_onnx(network), tmp_path / "wrapped.onnx")
    parity = prove_detector_equal(network, tmp_path / "wrapped.onnx", FRAMES)
    assert parity.heads > 4 and parity.max_shift_px < 1e-3 and parity.max_difference < 1e-5


def test_a_batch_gives_what_its_pictures_give_alone(tmp_path):
    result = export(save(detector("columns", **ULTRALYTICS), tmp_path / "yolo.onnx"))
    session = onnxruntime.InferenceSession(str(result.path), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    canvases = np.stack([picture(name, random, size_px=(64, 64)) for name in (*NAMES, None)])
    together = session.run(None, {"pictures": canvases})
    for i in range(len(canvases)):
        alone = session.run(None, {"pictures": canvases[i : i + 1]})
        for one, all_ in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], all_[i], atol=1e-6)


def test_confidences_are_probabilities_and_the_rest_is_somebody_else(tmp_path):
    result = export(save(detector("objectness", **ULTRALYTICS), tmp_path / "yolo.onnx"))
    heads = load_detector(result.path, provider="cpu").detect(
        scene(("marge_simpson", 0, 0, 128)), min_score=0.3
    )
    expected = 0.9 / (1 + np.exp(-(8 * (2 * 220 - 40 - 30) / 255 - 8)))  # objectness times the sigmoid
    assert heads.scores[0] == pytest.approx(expected, abs=1e-5)
    assert heads.probabilities[0].max() == pytest.approx(expected, abs=1e-5)
    assert heads.probabilities.sum(axis=1).max() <= 1 + 1e-6


def test_labelled_pictures_tell_the_colour_order(tmp_path):
    model = detector("columns", names=str(list(NAMES)))
    conv = next(node for node in model.graph.node if node.op_type == "Conv")
    kernel = next(tensor for tensor in model.graph.initializer if tensor.name == conv.input[1])
    of_bgr = onnx.numpy_helper.to_array(kernel)[:, ::-1]
    kernel.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(of_bgr), kernel.name))
    read = []
    result = export(
        save(model, tmp_path / "yolo.onnx"),
        pictures=labelled_pictures(tmp_path / "data"),
        on_read=read.append,
    )
    assert str(read[0].convention) == "BGR, 0 to 1"
    assert (result.accuracy.source, result.accuracy.exported) == (1.0, 1.0)


def test_what_a_file_of_ultralytics_says_is_assumed(tmp_path):
    result = export(save(detector("columns", **ULTRALYTICS), tmp_path / "yolo.onnx"))
    assert result.assumed[0].startswith(
        "it was trained on pictures in RGB, 0 to 1, as yolo.onnx (Ultralytics) says"
    )
    assert "confidence of 0.25" in result.assumed[1]


@pytest.mark.parametrize(
    ("metadata", "options", "words"),
    [
        ({**ULTRALYTICS, "task": "segment"}, {}, "for 'segment'; only those for 'classify' and 'detect'"),
        ({}, {}, "is a detector without labels for its 3 classes; give them with --labels"),
        (ULTRALYTICS, {"labels": ("abe", "ned")}, "returns output0 .1, 7, 64., which is no known layout"),
        (ULTRALYTICS, {"temperature": 2.0}, "a detector, to which --temperature does not apply"),
        (ULTRALYTICS, {"size_px": 128}, "takes 64x64 pictures, not 128x128"),
    ],
    ids=["task", "no labels", "labels", "temperature", "size"],
)
def test_what_cannot_be_exported_is_told(tmp_path, metadata, options, words):
    path = save(detector("columns", **metadata), tmp_path / "yolo.onnx")
    with pytest.raises(ExportError, match=words):
        export(path, options=SourceOptions(**options))


@pytest.mark.parametrize(
    ("dims", "labels", "kind", "classes"),
    [
        ((84, 8400), None, Layout.COLUMNS, 80),
        ((84, 8400), 80, Layout.COLUMNS, 80),
        ((22, 84), 18, Layout.COLUMNS, 18),
        ((25200, 85), None, Layout.OBJECTNESS, 80),
        ((25200, 85), 80, Layout.OBJECTNESS, 80),
        ((300, 84), None, Layout.ROWS, 80),
        ((300, 22), 18, Layout.ROWS, 18),
        ((300, 6), 18, Layout.END_TO_END, 18),
        ((6, 8400), 2, Layout.COLUMNS, 2),
        ((25200, 7), 2, Layout.OBJECTNESS, 2),
    ],
)
def test_layouts_are_told_by_their_shapes(dims, labels, kind, classes):
    layout = find_layout(np.zeros((1, *dims)), InputShape(640, 640, 3, "NCHW"), labels=labels)
    assert (layout.kind, layout.classes) == (kind, classes)


def test_end_to_end_rows_in_shares_of_the_picture_have_centres():
    """As RT-DETR of Ultralytics 8.4 returns them."""
    values = np.float32([[[0.5, 0.25, 0.5, 0.5, 0.8, 1], [0.5, 0.5, 0.1, 0.1, 0.1, 0]]])
    shape = InputShape(100, 200, 3, "NCHW")
    layout = find_layout(values, shape, labels=2)
    assert layout == YoloLayout(Layout.END_TO_END, 2, 2, normalised=True)
    (boxes,), (confidences,) = decode(values, layout, shape)
    np.testing.assert_allclose(boxes[0], [50, 0, 150, 50])
    np.testing.assert_allclose(confidences, [[0, 0.8], [0.1, 0]], atol=1e-6)


def test_of_two_boxes_of_one_character_the_surer_stays():
    boxes = np.float32([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]])
    confidences = np.float32([[0.5, 0.1], [0.1, 0.8], [0.3, 0]])
    assert suppress(boxes, confidences).tolist() == [1, 2]


@pytest.mark.slow
def test_the_command_wraps_and_the_player_names_squares(tmp_path, command):
    from tests.commands import simpsons

    path = save(detector("columns", **ULTRALYTICS), tmp_path / "best.onnx")
    result = command(path, "--pictures", labelled_pictures(tmp_path / "data"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "returns (N, 4 + K, A): YOLOv8, v9, YOLO11, labels from names in best.onnx" in result.stdout
    assert f"seen at {CANVAS_PX}x{CANVAS_PX} (RGB, 0 to 1), 3 labels" in result.stdout
    assert "accuracy: 100.0% in onnxruntime, 100.0% through the export, 24 pictures" in result.stdout

    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for i in range(12):
        film.write(scene(("homer_simpson", 8 + 3 * i, 30, 48), size_px=(120, 160)))
    film.release()
    model, table = tmp_path / "best.play.onnx", tmp_path / "out.csv"
    played = simpsons("play", tmp_path / "film.avi", "--model", model, "--predictions", table)
    assert played.returncode == 0, played.stderr
    rows = table.read_text().splitlines()
    assert len(rows) > 6 and all("homer_simpson" in row for row in rows[1:])
