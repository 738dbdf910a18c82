"""Pre- and postprocessing of a YOLO-style detector in its graph: fitted pictures in, boxes out."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper

from simpsons_export.chain import Chain
from simpsons_export.conventions.convention import InputConvention
from simpsons_export.conventions.graph import convention_graph
from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.folding import fold_preprocessing
from simpsons_export.onnx_files.reader import opset_of
from simpsons_export.wrapping import INPUT_NAME
from simpsons_export.yolo.layout import MAX_BOXES, NMS_IOU, Layout, YoloLayout

_BOXES, _SCORES, _PROBABILITIES = "boxes", "heads", "probabilities"


def wrap_detector(
    plain: Any, shape: InputShape, convention: InputConvention, layout: YoloLayout, *, labels: int
) -> Any:
    """Put colour order, scaling, decoding and non-maximum suppression around a detector.

    A suppressed box stays in the output with a score of 0, so that a batch has equally many for each picture.

    Args:
        plain: An `onnx.ModelProto` from `OnnxNetwork.plain`, which is changed.
        shape: Its input.
        convention: How pictures become its input.
        layout: What its output holds.
        labels: Number of labels (K).

    Returns:
        The same `onnx.ModelProto`: input `pictures` uint8 (N, H, W, 3) BGR; outputs `boxes` (N, M, 4) in
        pixels of the input, `heads` (N, M) scores and `probabilities` (N, M, K), without metadata.
    """
    graph = plain.graph
    opset = opset_of(plain)
    (values,), (results,) = graph.input, graph.output
    before = convention_graph(
        convention, shape, name=INPUT_NAME, output=values.name, opset=opset, square=False
    )
    after = _decoding(results.name, layout, shape, labels=labels, opset=opset)
    nodes = [*before.nodes, *graph.node, *after.nodes]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*before.constants, *after.constants])
    graph.input.append(
        helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", shape.height, shape.width, 3])
    )
    boxes = min(MAX_BOXES, layout.boxes)
    for name, dims in ((_BOXES, [4]), (_SCORES, []), (_PROBABILITIES, [labels])):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", boxes, *dims]))
    fold_preprocessing(plain)
    return plain


def _decoding(name: str, layout: YoloLayout, shape: InputShape, *, labels: int, opset: int) -> Chain:
    chain = Chain(name, prefix="detections")
    if layout.kind is Layout.COLUMNS:
        chain.add("Transpose", perm=[0, 2, 1])
    rows = chain.last
    confidences = _confidences(chain, rows, layout, labels=labels)
    all_boxes = _corners(chain, rows, layout, shape)
    chain.last = confidences
    if opset >= 18:  # axes became an input
        best = chain.add("ReduceMax", np.array([2], np.int64), keepdims=0)
    else:
        best = chain.add("ReduceMax", axes=[2], keepdims=0)
    scores, indices = f"{best}/sorted", f"{best}/indices"
    count = chain.constant(np.array([min(MAX_BOXES, layout.boxes)], np.int64))
    chain.nodes.append(helper.make_node("TopK", [best, count], [scores, indices], name=scores, axis=1))
    chain.last = indices
    rows_of = chain.add("Unsqueeze", np.array([2], np.int64))
    boxes = chain.join("GatherND", all_boxes, rows_of, batch_dims=1)
    _suppression(chain, boxes, scores)
    chain.end(_SCORES)
    chain.last = boxes
    chain.add("Max", np.float32(0))
    chain.add("Min", np.array([shape.width, shape.height] * 2, np.float32))
    chain.end(_BOXES)
    confidences = chain.join("GatherND", confidences, rows_of, batch_dims=1)
    chain.add("ReduceSum", np.array([2], np.int64), keepdims=1)
    total = chain.add("Max", np.float32(1))
    chain.join("Div", confidences, total)
    chain.end(_PROBABILITIES)
    return chain


def _confidences(chain: Chain, rows: str, layout: YoloLayout, *, labels: int) -> str:
    """(N, A, K) of all boxes; see `yolo.layout.decode`."""
    if layout.kind is Layout.END_TO_END:
        _columns(chain, rows, 5, 6)
        chain.add("Round")
        chain.add("Equal", np.arange(labels, dtype=np.float32))
        is_class = chain.add("Cast", to=TensorProto.FLOAT)
        return chain.join("Mul", is_class, _columns(chain, rows, 4, 5))
    if layout.kind is Layout.OBJECTNESS:
        classes = _columns(chain, rows, 5, 5 + labels)
        return chain.join("Mul", classes, _columns(chain, rows, 4, 5))
    return _columns(chain, rows, 4, 4 + labels)


def _corners(chain: Chain, rows: str, layout: YoloLayout, shape: InputShape) -> str:
    """(N, A, 4) x_min, y_min, x_max, y_max in pixels of all boxes."""
    boxes = _columns(chain, rows, 0, 4)
    if not layout.has_centres:
        return boxes
    # From x, y, width, height: one product of matrices.
    eye, half = np.eye(2), np.eye(2) / 2
    matrix = np.block([[eye, eye], [-half, half]])
    if layout.normalised:
        matrix = matrix * np.array([shape.width, shape.height] * 2)
    return chain.add("MatMul", matrix.astype(np.float32))


def _columns(chain: Chain, rows: str, first: int, end: int) -> str:
    chain.last = rows
    first_end_axis = (np.array([value], np.int64) for value in (first, end, 2))
    return chain.add("Slice", *first_end_axis)


def _suppression(chain: Chain, boxes: str, scores: str) -> str:
    """Set the scores of suppressed boxes to 0."""
    chain.last = scores
    per_class = chain.add("Unsqueeze", np.array([1], np.int64))
    most = chain.constant(np.array([MAX_BOXES], np.int64))
    overlap = chain.constant(np.array([NMS_IOU], np.float32))
    kept = chain.join("NonMaxSuppression", boxes, per_class, most, overlap)
    picture_and_box = chain.join("Gather", kept, chain.constant(np.array([0, 2], np.int64)), axis=1)
    kept_scores = chain.join("GatherND", scores, picture_and_box)
    nothing = chain.join("Mul", scores, chain.constant(np.float32(0)))
    return chain.join("ScatterND", nothing, picture_and_box, kept_scores)
