"""Load a SavedModel of TensorFlow: a graph with weights, which needs no Python code of its author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from simpsons_export.files import SAVED_MODEL_FILE
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import format_size, guarded, read_bounded
from simpsons_training.hdf5 import MAX_BYTES

_SIGNATURES = ("serving_default", "serve", "predict")
"""Names of the signature to export, the best first; that of Keras is `serving_default`."""
_OUTPUTS = ("probabilities", "predictions", "softmax", "output_0", "logits")
"""Names of the output to export, the best first; those of tf.estimator are the first and the last."""
_REMEDY = "save it with a signature that takes float pictures and returns one float for each label"
_FORBIDDEN = re.compile(
    "(Read|Write)File|MatchingFiles|LoadAndRemapMatrix|.*(PyFunc|Dataset|Reader|Summary).*"
)
"""Operations on files and with Python, apart from those that restore weights."""


def load_saved_model(path: Path, *, unsafe: bool = False) -> tuple[Any, str]:
    """Load a SavedModel with one picture input and one output.

    Args:
        path: Folder with `saved_model.pb`, as written by TensorFlow 1 and 2, and by `export` in Keras 3.
        unsafe: Also load graphs that read or write files.

    Returns:
        A `keras.Model`, and one phrase on the signature and output.

    Raises:
        ExportError: It cannot be loaded, its graph accesses files, or it has no such input and output.
    """
    with guarded(ExportError, f"{path} is not a readable SavedModel", "save it again"):
        if sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) > MAX_BYTES:
            raise ExportError(f"{path} is larger than {format_size(MAX_BYTES)}")
        proto = saved_model_pb2.SavedModel.FromString(
            read_bounded(path / SAVED_MODEL_FILE, max_bytes=MAX_BYTES)
        )
        operations = sorted({node.op for node in _nodes(proto) if _FORBIDDEN.fullmatch(node.op)})
        if operations and not unsafe:
            raise ExportError(
                f"{path} accesses files or Python ({', '.join(operations)}); if you trust it, give --unsafe"
            )
        loaded = tf.saved_model.load(str(path))
        name, function = _choose_signature(path, dict(loaded.signatures))
        output = _choose_output(path, name, function.structured_outputs)
        (picture,) = function.structured_input_signature[1].values()
        pictures = keras.Input(picture.shape[1:], dtype="float32", name="pictures")
        result = SignatureLayer(function, output)(pictures)
        model = keras.Model(pictures, result, name=_model_name(path))
    return model, f"SavedModel, output {output} of the signature {name}"


class SignatureLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A signature of a SavedModel, with its weights as constants: pictures -> one of its outputs.

    Args:
        function: The signature, a function of one tensor.
        output: Name of the output.
    """

    def __init__(self, function: Any, output: str) -> None:
        super().__init__(autocast=False)
        self._index = sorted(function.structured_outputs).index(output)
        # tf2onnx takes constants that a signature captures for further inputs.
        self._function = convert_variables_to_constants_v2(function, lower_control_flow=False)

    def call(self, pictures: Any) -> Any:
        """(N, ...) pictures -> outputs in float32."""
        (picture,) = self._function.inputs
        return tf.cast(self._function(tf.cast(pictures, picture.dtype))[self._index], tf.float32)


def _nodes(proto: Any) -> Iterator[Any]:
    for graph in proto.meta_graphs:
        yield from graph.graph_def.node
        for function in graph.graph_def.library.function:
            yield from function.node_def


def _choose_signature(path: Path, signatures: dict[str, Any]) -> tuple[str, Any]:
    found, fitting = [], {}
    for name, function in signatures.items():
        inputs = function.structured_input_signature[1]
        found.append(f"{name} takes {', '.join(_format(spec) for spec in inputs.values()) or 'nothing'}")
        if len(inputs) == 1 and all(map(_is_picture, inputs.values())):
            fitting[name] = (name, function)
    for name in (*_SIGNATURES, *(fitting if len(fitting) == 1 else ())):
        if name in fitting:
            return fitting[name]
    listed = "; ".join(found) or "none; Keras writes one for a network that has seen an input"
    raise ExportError(f"{path} has no signature to choose ({listed}); {_REMEDY}")


def _choose_output(path: Path, signature: str, outputs: Mapping[str, Any]) -> str:
    fitting = [
        name for name, spec in outputs.items() if spec.dtype.is_floating and spec.shape.rank in (2, 4, None)
    ]
    for name in (*_OUTPUTS, *(fitting if len(fitting) == 1 else ())):
        if name in fitting:
            return str(name)
    listed = ", ".join(f"{name} {_format(spec)}" for name, spec in sorted(outputs.items()))
    raise ExportError(f"{path}: its signature {signature} has no output to choose ({listed}); {_REMEDY}")


def _is_picture(spec: Any) -> bool:
    return bool((spec.dtype.is_floating or spec.dtype.is_integer) and spec.shape.rank in (2, 4))


def _format(spec: Any) -> str:
    shape = "?" if spec.shape.rank is None else tuple(spec.shape)
    return f"{spec.dtype.name} {shape}"


def _model_name(path: Path) -> str:
    return "".join(c if c.isalnum() or c in "_-." else "_" for c in path.absolute().name) or "saved_model"
