"""Read ONNX files made by other programs, with their external weights."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import onnx

from simpsons_export.backend import first_line
from simpsons_export.folding import STANDARD_DOMAINS, names_read_by
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.onnx_file import MAX_BYTES, read_model, weights_files

MIN_OPSET = 13
"""The first in which Softmax and ReduceSum are as the wrapper writes them."""

_CONVERTED_OPSET = 17
_MIN_IR_VERSION = 8
"""The first that allows local functions; constants need not be inputs since version 4."""

_MAX_IR_VERSION = 10
"""Read by onnxruntime 1.18 and later."""


def read_onnx(path: Path) -> Any:
    """Read a network into one `onnx.ModelProto`, without references to other files.

    Files of weights must be in the folder of the network, as for the player (`onnx_file.weights_files`).

    Args:
        path: The .onnx file.

    Raises:
        ExportError: The file is missing, damaged or not a network, its weights are outside its folder, or
            all of it is larger than 2 GiB.
    """
    try:
        content = read_model(path)
        files = weights_files(path, content)
    except ModelError as error:
        raise ExportError(str(error).removesuffix("; leave it out to use the included model")) from error
    if len(content) + sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise ExportError(
            f"{path} and its weights are larger than {MAX_BYTES >> 30} GiB, the limit of one file"
        )
    with guarded(ExportError, f"{path} is not an ONNX network, or is incomplete", "export it again"):
        model = onnx.load_model_from_string(content)
        if not model.graph.node or not model.graph.input or not model.graph.output:
            raise ValueError("it has no graph with an input and an output")
        for tensor in tensors_in(model):
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                _load_weights(tensor, path.parent)
    _remove_zip_maps(model.graph)
    # What newer versions add, no network for pictures uses; programs write the newest that they know.
    model.ir_version = min(model.ir_version, _MAX_IR_VERSION)
    return model


def tensors_in(message: Any) -> Iterator[Any]:
    """All tensors in a model, a graph, a function, a node or an attribute."""
    return _parts(message, onnx.TensorProto)


def nodes_in(message: Any) -> Iterator[Any]:
    """All nodes in a model, a graph or a function, also those of graphs in their attributes."""
    return _parts(message, onnx.NodeProto)


def _parts(message: Any, kind: type[Any]) -> Iterator[Any]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in (value,) if hasattr(value, "ListFields") else value:
            if isinstance(part, kind):
                yield part
            if not isinstance(part, onnx.TensorProto):
                yield from _parts(part, kind)


def _remove_zip_maps(graph: Any) -> None:
    """Return (N, K) where scikit-learn networks return dictionaries of labels, in place."""
    for node in [node for node in graph.node if node.op_type == "ZipMap"]:
        for value in graph.output:
            if value.name == node.output[0]:
                value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, onnx.TensorProto.FLOAT, None))
                node.op_type, node.domain = "Identity", ""
                del node.attribute[:]


def _load_weights(tensor: Any, folder: Path) -> None:
    """Read the values of a tensor; `onnx` itself refuses links, by which Hugging Face stores files."""
    stored = onnx.external_data_helper.ExternalDataInfo(tensor)
    with (folder / stored.location).open("rb") as file:
        file.seek(stored.offset or 0)
        tensor.raw_data = file.read(stored.length if stored.length is not None else -1)
    if stored.length is not None and len(tensor.raw_data) < stored.length:
        raise ValueError(f"{stored.location} ends within {tensor.name}")
    del tensor.external_data[:]
    tensor.data_location = onnx.TensorProto.DEFAULT


def opset_of(model: Any) -> int:
    """The version of the standard operators that a network uses."""
    return next((int(entry.version) for entry in model.opset_import if entry.domain in STANDARD_DOMAINS), 1)


def modernized(path: Path, model: Any) -> Any:
    """A copy without local functions, in operators of version 13 or later, sorted.

    Raises:
        ExportError: It cannot be converted to newer operators.
    """
    try:
        copied = onnx.inliner.inline_local_functions(model) if model.functions else type(model)()
        if not model.functions:
            copied.CopyFrom(model)
        if opset_of(copied) < MIN_OPSET:
            copied = onnx.version_converter.convert_version(copied, _CONVERTED_OPSET)
    except Exception as error:  # the converter raises exceptions without a common base class
        raise ExportError(
            f"{path} uses operators of version {opset_of(model)}, which cannot be converted "
            f"({first_line(error)}); export it again with opset {_CONVERTED_OPSET}"
        ) from error
    copied.ir_version = max(copied.ir_version, _MIN_IR_VERSION)
    _sort(copied.graph)
    return copied


def _sort(graph: Any) -> None:
    """Put nodes after those whose results they read, which onnxruntime does not ask of the outer graph."""
    nodes = list(graph.node)
    makers = {output: i for i, node in enumerate(nodes) for output in node.output}
    before = {
        i: {makers[name] for name in names_read_by(node) if name in makers} for i, node in enumerate(nodes)
    }
    del graph.node[:]
    graph.node.extend(nodes[i] for i in TopologicalSorter(before).static_order())
