"""Describe a converted network in its own file, and write it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx

from simpsons_export.backend import first_line
from simpsons_export.wrapping import INPUT_NAME
from simpsons_play.core.errors import ExportError
from simpsons_play.sinks.partial import PartialFile


@contextmanager
def unproven_file(output: Path, content: Any) -> Iterator[Path]:
    """Write a converted network under a temporary name; it gets its own when the block ends without an error.

    Args:
        output: The .onnx file.
        content: An `onnx.ModelProto`.

    Yields:
        Path of the temporary file, to be proven equal to its source.

    Raises:
        SinkError: The file cannot be written.
    """
    file = PartialFile(output, keep_suffix=True)
    file.create()
    try:
        try:
            onnx.save(content, file.part)
        except OSError as error:
            raise file.error(error) from error
        yield file.part
        file.commit(complete=True)
    finally:
        file.discard()


def describe(model: Any, metadata: Mapping[str, str], *, name: str, version: str) -> None:
    """Write metadata, producer and documentation into a converted network, and check it.

    Raises:
        ExportError: The file is not valid.
    """
    onnx.helper.set_model_props(model, metadata)
    model.producer_name = "simpsons-play"
    try:
        model.producer_version = importlib.metadata.version("simpsons-play")
    except importlib.metadata.PackageNotFoundError:
        model.producer_version = "0"
    model.model_version = int(version) if version.isdecimal() else 0
    _, height, width, _ = (dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim)
    outputs = ", ".join(output.name for output in model.graph.output)
    model.doc_string = f"{name}: {INPUT_NAME} uint8 (N, {height}, {width}, 3) BGR -> {outputs}"
    model.graph.name = name
    model.graph.doc_string = ""
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"the ONNX file of {name} is not valid: {first_line(error)}") from error
