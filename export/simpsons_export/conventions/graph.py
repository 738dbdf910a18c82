"""Input conventions as part of an ONNX graph: uint8 pictures in, the input of the network out."""

from __future__ import annotations

import math

import numpy as np
from onnx import TensorProto

from simpsons_export.chain import Chain
from simpsons_export.conventions.convention import InputConvention
from simpsons_export.conventions.input_shape import InputShape

_GREY_WEIGHTS = (3735, 19235, 9798)
"""Of blue, green and red, in parts of 2**15: `cv2.cvtColor(..., COLOR_BGR2GRAY)`, see its color_yuv source.

In float32 all sums of their products with bytes are exact, so the graph rounds as OpenCV does.
"""
_GREY_BITS = 15


def convention_graph(
    convention: InputConvention,
    shape: InputShape,
    *,
    name: str,
    output: str,
    opset: int,
    square: bool = True,
) -> Chain:
    """The nodes between the pictures and a network, and their constants.

    Args:
        convention: What the network was trained with.
        shape: Input of the network.
        name: Name of the pictures, uint8 (N, S, S, 3) BGR, with S = `shape.size_px`.
        output: Name of the network's input, float32 (N, *shape.tensor).
        opset: Version of the operator set.
        square: Whether the pictures are square; otherwise, they have the height and width of the input.
    """
    chain = Chain(name, prefix=name)
    if convention.color_order == "grey":
        _grey(chain, channels=shape.channels)
    elif convention.color_order == "RGB":
        chain.add("Gather", np.array([2, 1, 0], np.int64), axis=3)
        chain.add("Cast", to=TensorProto.FLOAT)
    else:
        chain.add("Cast", to=TensorProto.FLOAT)
    _scale(chain, convention)
    resizes = square and shape.height != shape.width
    planes = shape.layout == "NCHW" or resizes
    if planes:
        chain.add("Transpose", perm=[0, 3, 1, 2])
    if resizes:
        sides = (_factor(shape.size_px, side) for side in (shape.height, shape.width))
        chain.add("Resize", None, np.array([1, 1, *sides], np.float32), mode="linear")
    if convention.scaling.standardized:
        _standardize(chain, count=math.prod(shape.tensor), opset=opset)
    if planes and shape.layout != "NCHW":
        chain.add("Transpose", perm=[0, 2, 3, 1])
    if shape.layout in ("flat", "NHW"):
        chain.add("Reshape", np.array([0, *shape.tensor], np.int64))
    chain.end(output)
    return chain


def _grey(chain: Chain, *, channels: int) -> None:
    chain.add("Cast", to=TensorProto.FLOAT)
    chain.add("Mul", np.array(_GREY_WEIGHTS, np.float32))
    chain.add("ReduceSum", np.array([3], np.int64), keepdims=1)
    chain.add("Add", np.float32(1 << (_GREY_BITS - 1)))
    chain.add("Mul", np.float32(1 / (1 << _GREY_BITS)))
    chain.add("Floor")
    if channels > 1:
        chain.add("Gather", np.zeros(channels, np.int64), axis=3)


def _scale(chain: Chain, convention: InputConvention) -> None:
    scale, offset = (
        np.array(values, np.float32) for values in (convention.scaling.scale, convention.scaling.offset)
    )
    if (scale != 1).any():
        chain.add("Mul", scale)
    if offset.any():
        chain.add("Add", offset)


def _factor(side: int, wanted: int) -> np.float32:
    """The factor by which Resize, which rounds down, makes one side the other."""
    factor = np.float32(wanted / side)
    return factor if float(factor) * side >= wanted else np.nextafter(factor, np.float32(2))


def _standardize(chain: Chain, *, count: int, opset: int) -> None:
    """Mean 0 and deviation 1 for each picture of `count` values; axes 1 to 3 hold it in any layout."""
    values = chain.last
    axes = np.array([1, 2, 3], np.int64)

    def mean() -> str:
        if opset >= 18:  # axes became an input
            return chain.add("ReduceMean", axes, keepdims=1)
        return chain.add("ReduceMean", axes=axes.tolist(), keepdims=1)

    centred = chain.join("Sub", values, mean())
    chain.join("Mul", centred, centred)
    mean()
    chain.add("Max", np.float32(1 / count))
    chain.join("Div", centred, chain.add("Sqrt"))
