"""What the outputs of a network mean: probabilities, logits, or a probability for each label alone."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from simpsons_export.chain import Chain
from simpsons_play.core.errors import ExportError

SMALLEST = float(np.finfo(np.float32).tiny)
"""Lower bound of probabilities before taking the logarithm: the smallest normal float32."""

_SUM_TOLERANCE = 1e-3

_KEEP_VALUES = ("Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""Operations that only move values."""

_LINEAR = (
    *("Add", "Sub", "Mul", "Div", "MatMul", "Gemm", "Conv", "BatchNormalization"),
    *("GlobalAveragePool", "ReduceMean", "LogSoftmax", "QLinearMatMul", "DequantizeLinear"),
    *(
        "AveragePool",
        "Concat",
        "Einsum",
        "FusedGemm",
        "FusedMatMul",
        "Gather",
        "Log",
        "ReduceSum",
        "Slice",
        "Sum",
    ),
)
"""Last operations of networks that return logits. The softmax of a log-softmax is the softmax."""


class Outputs(Enum):
    """What (N, K) outputs mean."""

    PROBABILITIES = "probabilities that sum to 1"
    LOGITS = "logits, to which a softmax is added"
    INDEPENDENT = "a probability for each label alone"
    SECOND_OF_TWO = "the probability of the second of two labels"
    SECOND_LOGIT = "the logit of the second of two labels, to which a sigmoid is added"

    @property
    def are_one_for_two(self) -> bool:
        """Whether a single output tells two labels apart."""
        return self in (Outputs.SECOND_OF_TWO, Outputs.SECOND_LOGIT)


_LOGITS = (Outputs.LOGITS, Outputs.SECOND_LOGIT)


def outputs_of(values: npt.NDArray[np.float32], last_op: str) -> Outputs:
    """Find out what outputs mean.

    Args:
        values: (N, K) raw outputs for some pictures.
        last_op: The last ONNX operation of the network that changes values, see `last_operation`.

    Raises:
        ExportError: They are neither probabilities nor logits; the message has no file name.
    """
    if not np.isfinite(values).all():
        raise ExportError("returns values that are not finite; its weights are broken")
    within = values.min() >= 0 and values.max() <= 1 + _SUM_TOLERANCE
    if values.shape[1] == 1:
        if last_op == "Sigmoid" and within:
            return Outputs.SECOND_OF_TWO
        if last_op in _LINEAR:
            return Outputs.SECOND_LOGIT
        raise ExportError(
            f"has one output, which ends in {last_op} and is neither a probability nor a logit: replace the "
            "last activation by a sigmoid"
        )
    if within and np.allclose(values.sum(axis=1), 1, atol=_SUM_TOLERANCE):
        return Outputs.PROBABILITIES
    if last_op == "Sigmoid" and within:
        return Outputs.INDEPENDENT
    if last_op in _LINEAR:
        return Outputs.LOGITS
    raise ExportError(
        f"ends in {last_op}; its outputs are neither probabilities that sum to 1 nor logits: replace the "
        "last activation by a softmax"
    )


def last_operation(graph: Any) -> str:
    """The last operation of an ONNX graph with one output that does more than move values."""
    makers = {output: node for node in graph.node for output in node.output}
    name = graph.output[0].name
    while name in makers and makers[name].op_type in _KEEP_VALUES:
        name = makers[name].input[0]
    if name not in makers:
        return "nothing"
    if makers[name].op_type == "Scan":  # one picture after the other, see `batching`
        return last_operation(next(a.g for a in makers[name].attribute if a.name == "body"))
    return str(makers[name].op_type)


def probabilities_of(
    outputs: npt.NDArray[np.float32], kind: Outputs, temperature: float
) -> npt.NDArray[np.float64]:
    """(N, K) raw outputs -> (N, K) float64 probabilities, in NumPy; `outputs_graph` does so in ONNX.

    For a network that ends in a softmax, `softmax(logits / T)` equals the normalised `p**(1 / T)`, since the
    denominator of the softmax cancels (temperature scaling: Guo et al. 2017, arXiv:1706.04599).
    """
    values = outputs.astype(np.float64)
    if kind is Outputs.SECOND_OF_TWO:
        values = np.concatenate([1 - values, values], axis=1)
    elif kind is Outputs.SECOND_LOGIT:  # the softmax of 0 and a logit is its sigmoid
        values = np.concatenate([np.zeros_like(values), values], axis=1)
    if kind not in _LOGITS:
        if temperature == 1 or kind is Outputs.INDEPENDENT:
            return values
        values = np.log(np.maximum(values, SMALLEST))
    powers = np.exp((values - values.max(axis=1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def outputs_graph(
    kind: Outputs, temperature: float, *, name: str, prefix: str, width: int | None = None
) -> Chain:
    """The nodes between a network's outputs and the probabilities.

    Args:
        kind: What the outputs mean.
        temperature: Divisor of the logits.
        name: Name of the network's outputs.
        prefix: What the names of new results begin with.
        width: Number of outputs, if they are not (N, K) but (N, K, 1, 1) or the like.

    Returns:
        Nodes that end in float32 (N, K); none if the outputs are just that.
    """
    chain = Chain(name, prefix=prefix)
    if width is not None:
        chain.add("Reshape", np.array([0, width], np.int64))
    if kind is Outputs.SECOND_OF_TWO:
        second = chain.last
        first = chain.join("Sub", chain.constant(np.float32(1)), second)
        chain.join("Concat", first, second, axis=1)
    elif kind is Outputs.SECOND_LOGIT:
        second = chain.last
        chain.join("Concat", chain.join("Sub", second, second), second, axis=1)
    if temperature != 1 and kind in (Outputs.PROBABILITIES, Outputs.SECOND_OF_TWO):
        # softmax(log p / T) equals softmax(logits / T).
        chain.add("Max", np.float32(SMALLEST))
        chain.add("Log")
    if temperature != 1 and kind is not Outputs.INDEPENDENT:
        chain.add("Div", np.float32(temperature))
    if kind in _LOGITS or (temperature != 1 and kind is not Outputs.INDEPENDENT):
        chain.add("Softmax", axis=1)
    return chain
