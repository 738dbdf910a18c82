"""Networks as other programs write them to ONNX, with fixed weights whose answers are known.

All tell colours apart: red, green and blue pictures are Homer, Marge and Bart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NAMES = ("bart_simpson", "homer_simpson", "marge_simpson")
COLOURS_BGR = {"bart_simpson": (220, 40, 30), "homer_simpson": (30, 40, 220), "marge_simpson": (40, 220, 30)}
SIZE_PX = 32

_OF_RGB = np.array([[-1, -1, 2], [2, -1, -1], [-1, 2, -1]], np.float32)
"""What each name is given for red, green and blue."""

_TYPES = {
    "float": TensorProto.FLOAT,
    "half": TensorProto.FLOAT16,
    "double": TensorProto.DOUBLE,
    "uint8": TensorProto.UINT8,
}


class Graph:
    """Collects nodes and constants, one after the other."""

    def __init__(self, name: str, dtype: Any = np.float32) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.last, self.dtype = name, dtype

    def add(self, op: str, *constants: Any, name: str | None = None, **attributes: Any) -> str:
        inputs = [self.last, *(c if isinstance(c, str) else self.constant(c) for c in constants)]
        self.last = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [self.last], **attributes))
        return self.last

    def constant(self, values: Any) -> str:
        values = np.asarray(values)
        name = f"weight_{len(self.constants)}"
        values = values.astype(self.dtype) if values.dtype == np.float32 else values
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def model(self, input_: Any, *outputs: Any, opset: int = 17, **metadata: str) -> Any:
        graph = helper.make_graph(self.nodes, "main_graph", [input_], outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version, model.producer_name = 8, "pytorch"
        helper.set_model_props(model, metadata)
        return model


def classifier(
    *,
    batch: int | None = 1,
    layout: str = "NCHW",
    kind: str = "float",
    opset: int = 17,
    head: str = "Flatten",
    activation: str | None = None,
    size_px: int | None = SIZE_PX,
    scale: float = 1.0,
    second_output: int | None = None,
    input_name: str = "input",
    output_name: str = "output",
    **metadata: str,
) -> Any:
    """A classifier of RGB pictures from 0 to 1 (from 0 to 255 with a scale of 1/255).

    Args:
        batch: What its input declares; None for any number.
        layout: Of its input.
        kind: Type of the input: `float`, `half`, `double` or `uint8` (then 0-255).
        opset: Version of the operators.
        head: How pooled features become results: `Flatten`, `Reshape` (by a constant with the batch of one),
            `none` (N, K, 1, 1), `token` (a constant joined to the features, as in a vision transformer) or
            `mixed` (over the pictures of the batch, which no constant can repair) or `quantised` (by the
            range of values in the batch).
        activation: A last `Softmax`, `LogSoftmax` or `Sigmoid`.
        size_px: Height and width; None for any.
        scale: Factor of a first multiplication.
        second_output: Width of another output.
        input_name: Name of the input.
        output_name: Name of the output.
        metadata: Metadata of the file.
    """
    graph = Graph(input_name, np.float16 if kind == "half" else np.float32)
    if kind in ("uint8", "double"):  # onnxruntime has no convolution for these
        graph.add("Cast", to=TensorProto.FLOAT)
    if kind == "uint8":
        scale = 1 / 255
    if scale != 1:
        graph.add("Mul", np.float32(scale))
    if layout == "NHWC":
        graph.add("Transpose", perm=[0, 3, 1, 2])
    # What is far from 0 to 1 is cut off, so that only the right scaling tells colours apart.
    if opset < 11:
        graph.add("Clip", min=0.0, max=1.0)
    else:
        graph.add("Clip", np.float32(0), np.float32(1))
    if head == "mixed":
        graph.add("CumSum", np.int64(0))
    if head == "quantised":
        values, scale_, zero = "bytes", "bytes_scale", "bytes_zero"
        graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [graph.last], [values, scale_, zero]))
        graph.last = values
        graph.add("DequantizeLinear", scale_, zero)
    graph.add("Conv", 4 * _OF_RGB[:, :, None, None])
    graph.add("GlobalAveragePool")
    if head in ("Flatten", "mixed", "quantised"):
        graph.add("Flatten")
    elif head == "Reshape":
        graph.add("Reshape", np.array([1, 3], np.int64))
    elif head == "token":
        graph.add("Reshape", np.array([1, 1, 3], np.int64))
        graph.last, features = graph.constant(np.ones((1, 1, 3), np.float32)), graph.last
        graph.add("Concat", features, axis=1)
        graph.add("Slice", *(np.array([v], np.int64) for v in (1, 2, 1)))
        graph.add("Reshape", np.array([1, 3], np.int64))
    if activation:
        graph.add(activation, axis=1) if activation != "Sigmoid" else graph.add("Sigmoid")
    graph.nodes[-1].output[0] = output_name
    type_ = _TYPES[kind]
    sides = [size_px or "height", size_px or "width"]
    dims = [batch or "batch", 3, *sides] if layout == "NCHW" else [batch or "batch", *sides, 3]
    input_ = helper.make_tensor_value_info(input_name, type_, dims)
    result_type = TensorProto.FLOAT16 if kind == "half" else TensorProto.FLOAT
    tail = [1, 1] if head == "none" else []
    outputs = [helper.make_tensor_value_info(output_name, result_type, [batch or "batch", 3, *tail])]
    if second_output is not None:
        graph.last = input_name
        graph.add("GlobalAveragePool")
        graph.add("Flatten")
        graph.add("Gather", np.zeros(second_output, np.int64), axis=1, name="aux")
        width = [batch or "batch", second_output]
        outputs.insert(0, helper.make_tensor_value_info("aux", result_type, width))
    return graph.model(input_, *outputs, opset=opset, **metadata)


STRIDE_PX, CANVAS_PX, BOX_PX = 8, 64, 25


def detector(layout: str, *, size_px: tuple[int, int] = (CANVAS_PX, CANVAS_PX), **metadata: str) -> Any:
    """A detector of RGB pictures from 0 to 1, which finds squares of pure colours on grey.

    Each cell of eight pixels has a box of 25 pixels around its middle.

    Args:
        layout: `columns`, `objectness`, `rows` or `end_to_end`: see `yolo.layout.Layout`.
        size_px: Height and width.
        metadata: Metadata of the file.
    """
    height, width = size_px
    rows, columns = height // STRIDE_PX, width // STRIDE_PX
    cells = rows * columns
    graph = Graph("images")
    graph.add("Clip", np.float32(0), np.float32(1))
    graph.add("AveragePool", kernel_shape=[STRIDE_PX] * 2, strides=[STRIDE_PX] * 2)
    graph.add("Conv", 8 * _OF_RGB[:, :, None, None], np.full(3, -8, np.float32))
    graph.add("Reshape", np.array([1, 3, cells], np.int64))
    scores = graph.add("Sigmoid")
    y, x = np.divmod(np.arange(cells), columns)
    boxes = np.stack(
        [x * STRIDE_PX + STRIDE_PX / 2, y * STRIDE_PX + STRIDE_PX / 2, *np.full((2, cells), BOX_PX)]
    ).astype(np.float32)
    if layout == "columns":
        graph.last = graph.constant(boxes[None])
        graph.add("Concat", scores, axis=1)
        dims = [7, cells]
    elif layout == "end_to_end":
        corners = np.concatenate([boxes[:2] - boxes[2:] / 2, boxes[:2] + boxes[2:] / 2])
        best = graph.add("ReduceMax", axes=[1], keepdims=1)
        graph.last = scores
        graph.add("ArgMax", axis=1, keepdims=1)
        label = graph.add("Cast", to=TensorProto.FLOAT)
        graph.last = graph.constant(corners[None])
        graph.add("Concat", best, label, axis=1)
        graph.add("Transpose", perm=[0, 2, 1])
        dims = [cells, 6]
    else:
        graph.last = scores
        graph.add("Transpose", perm=[0, 2, 1])
        classes = graph.last
        values = boxes.T / ([width, height] * 2 if layout == "rows" else [1])
        if layout == "objectness":
            values = np.concatenate([values, np.full((cells, 1), 0.9)], axis=1)
        graph.last = graph.constant(values[None].astype(np.float32))
        graph.add("Concat", classes, axis=2)
        dims = [cells, values.shape[1] + 3]
    graph.nodes[-1].output[0] = "output0"
    return graph.model(
        helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width]),
        helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, *dims]),
        **metadata,
    )


ULTRALYTICS = {"author": "Ultralytics", "task": "detect", "names": str(dict(enumerate(NAMES)))}
"""Metadata as Ultralytics writes them."""


def save(model: Any, path: Path) -> Path:
    onnx.save(model, path)
    return path


def picture(name: str | None, random: np.random.Generator, *, size_px: tuple[int, int] = (48, 48)) -> Any:
    """A grey picture (H, W, 3) uint8 BGR with a square of somebody's colour."""
    height, width = size_px
    image = np.full((height, width, 3), 110, np.uint8)
    if name is not None:
        side = min(height, width) // 2
        x, y = int(random.integers(0, width - side)), int(random.integers(0, height - side))
        colour = np.array(COLOURS_BGR[name]) + random.integers(-20, 21, 3)
        image[y : y + side, x : x + side] = colour
    return image


def labelled_pictures(folder: Path, *, count: int = 8) -> Path:
    """A folder of pictures for each name."""
    random = np.random.default_rng(0)
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        for i in range(count):
            cv2.imwrite(str(folder / name / f"{i}.png"), picture(name, random))
    return folder
