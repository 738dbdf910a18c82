"""TensorFlow functions in the functional networks of tf.keras, such as `x / 127.5` or `tf.nn.relu(x)`.

tf.keras 2.4 to 2.15 saved each call as a layer `TFOpLambda` (or `SlicingOpLambda`, for `x[...]`) whose config
has the name of the function below `tf`; the arguments are in the inbound node: `[layer, node, tensor, keyword
arguments]` of the first argument, a list of these if it is a list of tensors, and `["_CONSTANT_VALUE", -1,
value]` for a constant. The keyword arguments refer to tensors as `[layer, node, tensor]`. Written down from
`keras/src/engine/node.py` of Keras 2.15.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, cast

import keras
import tensorflow as tf

OP_CLASSES = ("TFOpLambda", "SlicingOpLambda")

_CONSTANT = "_CONSTANT_VALUE"
_PURE = re.compile(
    r"""(compat\.v1\.)?(
    (math|nn|linalg|image|__operators__)\..+
    |abs|acos|add|add_n|argmax|argmin|broadcast_to|cast|ceil|clip_by_value|concat|constant|convert_to_tensor|cos
    |cumsum|divide|einsum|ensure_shape|equal|exp|expand_dims|eye|fill|floor|floordiv|gather|gather_nd|greater
    |greater_equal|identity|less|less_equal|logical_and|logical_not|matmul|maximum|meshgrid|minimum|multiply
    |negative|norm|not_equal|one_hot|ones|ones_like|pad|pow|range|rank|realdiv|reduce_all|reduce_any
    |reduce_logsumexp|reduce_max|reduce_mean|reduce_min|reduce_prod|reduce_sum|repeat|reshape|reverse|roll|round
    |rsqrt|saturate_cast|shape|sigmoid|sign|sin|size|slice|space_to_depth|split|sqrt|square|squeeze|stack
    |stop_gradient|strided_slice|subtract|tanh|tensordot|tile|transpose|truediv|unstack|where|zeros|zeros_like
    )""",
    re.VERBOSE,
)
"""Functions that compute with tensors only: a file must not name one that reads or writes files."""


_ARITHMETIC = ("truediv", "divide", "realdiv", "multiply", "mul", "subtract", "sub", "add", "bias_add")


class UnknownFunctionError(ValueError):
    """A function that is not known to compute with tensors only."""


@keras.saving.register_keras_serializable("simpsons_export")
class TensorFlowOp(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A TensorFlow function with fixed arguments.

    Args:
        function: Name below `tf`, such as `math.truediv`.
        first: First argument; `{"input": i}` stands for input i of the layer, here and in `arguments`.
        arguments: Keyword arguments.

    Raises:
        UnknownFunctionError: The function is not known to be free of side effects.

    Example:
        >>> halve = TensorFlowOp("math.truediv", {"input": 0}, {"y": 2.0})
        >>> float(halve(tf.constant(3.0)))
        1.5
    """

    def __init__(self, function: str, first: Any, arguments: dict[str, Any], **options: Any) -> None:
        super().__init__(autocast=False, **options)
        self.function = function
        self.first = first
        self.arguments = arguments
        self._call = _function(function)

    @property
    def scales(self) -> bool:
        """Whether it is arithmetic with constants, as in `x / 127.5 - 1`."""
        values = (self.first, *self.arguments.values())
        return self.function.split(".")[-1] in _ARITHMETIC and any(map(_is_constant, values))

    def call(self, inputs: Any) -> Any:
        """Call the function with one tensor, or a list of them."""
        tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
        arguments = {name: _decode(value, tensors) for name, value in self.arguments.items()}
        return self._call(_decode(self.first, tensors), **arguments)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        config = super().get_config()
        config.pop("autocast", None)
        return {**config, "function": self.function, "first": self.first, "arguments": self.arguments}


def translate_op(entry: dict[str, Any], layer_names: Collection[str]) -> dict[str, Any]:
    """Translate a `TFOpLambda` or `SlicingOpLambda` of a functional network to a `TensorFlowOp`.

    Args:
        entry: The layer's configuration.
        layer_names: Names of the network's layers, which tell references to tensors from other lists.

    Raises:
        UnknownFunctionError: The function is not known to be free of side effects.
        ValueError: The layer is called several times, which tf.keras never saved.
    """
    (node,) = entry["inbound_nodes"]
    tensors: list[list[Any]] = []

    def encode(value: Any) -> Any:
        if isinstance(value, list):
            if len(value) >= 3 and value[0] == _CONSTANT:
                return value[2]
            if len(value) >= 3 and isinstance(value[0], str) and value[0] in layer_names:
                tensors.append([*value[:3], {}])
                return {"input": len(tensors) - 1}
            return [encode(item) for item in value]
        if isinstance(value, dict):
            return {key: encode(item) for key, item in value.items()}
        return value

    config = entry["config"]
    function = str(config["function"])
    _function(function)
    first, leaf = encode(node), node
    while leaf and isinstance(leaf[0], list):
        leaf = leaf[0]
    keywords = leaf[3] if len(leaf) > 3 else {}
    arguments = {name: encode(value) for name, value in keywords.items() if name != "name"}
    return {
        "module": TensorFlowOp.__module__,
        "class_name": TensorFlowOp.__name__,
        "registered_name": "simpsons_export>TensorFlowOp",
        "config": {"name": config["name"], "function": function, "first": first, "arguments": arguments},
        "name": entry.get("name", config["name"]),
        "inbound_nodes": [tensors],
    }


def _function(name: str) -> Callable[..., Any]:
    function: Any = tf
    for part in name.split("."):
        function = getattr(function, part, None)
    if not _PURE.fullmatch(name) or not callable(function):
        raise UnknownFunctionError(f"tf.{name}")
    return cast(Callable[..., Any], function)


def _is_constant(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, list) and all(map(_is_constant, value)))


def _decode(value: Any, tensors: list[Any]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"input"}:
            return tensors[value["input"]]
        if set(value) == {"start", "stop", "step"}:
            return slice(*(_decode(value[key], tensors) for key in ("start", "stop", "step")))
        if value.get("class_name") == "__ellipsis__":
            return Ellipsis
        return {key: _decode(item, tensors) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_decode(item, tensors) for item in value]
    return value
