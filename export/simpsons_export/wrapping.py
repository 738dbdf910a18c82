"""Wraps a plain network in the contract of the player: uint8 BGR pictures in, probabilities out."""

from __future__ import annotations

from typing import Any

from onnx import TensorProto, helper

from simpsons_export.conventions.convention import InputConvention
from simpsons_export.conventions.graph import convention_graph
from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.folding import STANDARD_DOMAINS, fold_preprocessing
from simpsons_export.outputs import Outputs, outputs_graph

INPUT_NAME = "pictures"
OUTPUT_NAME = "probabilities"


def wrap(
    plain: Any,
    shape: InputShape,
    convention: InputConvention,
    kind: Outputs,
    *,
    labels: int,
    temperature: float,
) -> Any:
    """Put colour order, scaling, resizing, temperature and softmax around a network.

    One wrapper serves every framework, so that what it adds is the same and is tested once. Whatever can be
    is then folded into the first convolution.

    Args:
        plain: An `onnx.ModelProto` from `Source.to_onnx`, which is changed; no name in it begins with
            `pictures` or `probabilities`.
        shape: Its input.
        convention: How pictures become its input.
        kind: What its outputs mean.
        labels: Number of labels (K).
        temperature: Divisor of the logits.

    Returns:
        The same `onnx.ModelProto`: input `pictures` uint8 (N, S, S, 3) BGR, output `probabilities` float32
        (N, K), without metadata.
    """
    graph = plain.graph
    opset = next(entry.version for entry in plain.opset_import if entry.domain in STANDARD_DOMAINS)
    (values,), (results,) = graph.input, graph.output
    before = convention_graph(convention, shape, name=INPUT_NAME, output=values.name, opset=opset)
    rank = len(results.type.tensor_type.shape.dim)
    width = 1 if kind.are_one_for_two else labels
    after = outputs_graph(
        kind, temperature, name=results.name, prefix=OUTPUT_NAME, width=None if rank == 2 else width
    )
    if after.nodes:
        after.end(OUTPUT_NAME)
    else:
        _rename(graph, results.name, OUTPUT_NAME)
    nodes = [*before.nodes, *graph.node, *after.nodes]
    del graph.node[:], graph.input[:], graph.output[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*before.constants, *after.constants])
    side = shape.size_px
    graph.input.append(helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", side, side, 3]))
    graph.output.append(helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["N", labels]))
    fold_preprocessing(plain)
    return plain


def _rename(graph: Any, old: str, new: str) -> None:
    """Rename a result wherever it is made or read."""
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new
