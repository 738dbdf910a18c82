"""What outputs mean is told by values and the last operation, and is the same in NumPy and in the graph."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, checker, helper

from simpsons_export.outputs import Outputs, last_operation, outputs_graph, outputs_of, probabilities_of
from simpsons_play.core.errors import ExportError

LOGITS = np.random.default_rng(3).normal(0, 3, (5, 4)).astype(np.float32)
SOFTMAX = (np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)).astype(np.float32)
SIGMOID = (1 / (1 + np.exp(-LOGITS))).astype(np.float32)
VALUES = {
    Outputs.LOGITS: LOGITS,
    Outputs.PROBABILITIES: SOFTMAX,
    Outputs.INDEPENDENT: SIGMOID,
    Outputs.SECOND_OF_TWO: SIGMOID[:, :1],
    Outputs.SECOND_LOGIT: LOGITS[:, :1],
}


@pytest.mark.parametrize(
    ("values", "last", "kind"),
    [
        (SOFTMAX, "Softmax", Outputs.PROBABILITIES),
        (SOFTMAX, "Mul", Outputs.PROBABILITIES),
        (LOGITS, "Gemm", Outputs.LOGITS),
        (LOGITS, "Add", Outputs.LOGITS),
        (np.log(SOFTMAX), "LogSoftmax", Outputs.LOGITS),
        (SIGMOID, "Sigmoid", Outputs.INDEPENDENT),
        (SIGMOID[:, :1], "Sigmoid", Outputs.SECOND_OF_TWO),
        (LOGITS[:, :1], "Gemm", Outputs.SECOND_LOGIT),
    ],
)
def test_the_meaning_is_told(values, last, kind):
    assert outputs_of(values, last) is kind


@pytest.mark.parametrize(
    ("values", "last", "message"),
    [
        (LOGITS * np.nan, "Gemm", "not finite; its weights are broken"),
        (
            np.maximum(LOGITS, 0),
            "Relu",
            "ends in Relu; its outputs are neither .*: replace the last",
        ),
        (np.maximum(LOGITS[:, :1], 0), "Relu", "has one output, which ends in Relu and is neither"),
    ],
)
def test_other_outputs_are_rejected(values, last, message):
    with pytest.raises(ExportError, match=message):
        outputs_of(values, last)


def test_a_logit_alone_is_that_of_the_second_label():
    both = probabilities_of(LOGITS[:, :1], Outputs.SECOND_LOGIT, 1.0)
    np.testing.assert_allclose(both[:, 1], SIGMOID[:, 0], rtol=1e-6)


@pytest.mark.parametrize("kind", list(Outputs), ids=lambda kind: kind.name.lower())
@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("more_axes", [False, True])
def test_the_graph_gives_the_same_probabilities(kind, temperature, more_axes):
    values = VALUES[kind]
    shape = [*values.shape, 1, 1] if more_axes else list(values.shape)
    width = values.shape[1] if more_axes else None
    chain = outputs_graph(kind, temperature, name="results", prefix="probabilities", width=width)
    expected = probabilities_of(values, kind, temperature)
    np.testing.assert_allclose(expected.argmax(axis=1), probabilities_of(values, kind, 1.0).argmax(axis=1))
    if kind is not Outputs.INDEPENDENT:
        np.testing.assert_allclose(expected.sum(axis=1), 1)
    if not chain.nodes:
        np.testing.assert_array_equal(values, expected.astype(np.float32))
        return
    chain.end("probabilities")
    graph = helper.make_graph(
        chain.nodes,
        "outputs",
        [helper.make_tensor_value_info("results", TensorProto.FLOAT, ["N", *shape[1:]])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", expected.shape[1]])],
        chain.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"results": values.reshape(shape)})[0], expected, atol=2e-6)


def test_the_last_operation_is_found_behind_what_moves_values():
    nodes = [
        helper.make_node("Sigmoid", ["x"], ["a"]),
        helper.make_node("Reshape", ["a", "shape"], ["b"]),
        helper.make_node("Identity", ["b"], ["y"]),
    ]
    value = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    assert last_operation(helper.make_graph(nodes, "g", [], [value])) == "Sigmoid"
    assert last_operation(helper.make_graph([], "g", [], [value])) == "nothing"
