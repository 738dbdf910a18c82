"""A network in an .onnx file made by another program: run as it is, and made ready to be wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.onnx_files.batching import (
    free_batch,
    mixes_batch,
    open_session,
    variants_for_any_batch,
)
from simpsons_export.onnx_files.reader import modernized
from simpsons_export.source import RESULTS, VALUES
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded

Floats = npt.NDArray[np.float32]

_BATCH_SIZE = 32
_PREFIX, _ROUNDED = "network/", f"{VALUES}/rounded"
_TYPES = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.DOUBLE: np.float64,
    TensorProto.UINT8: np.uint8,
}
_CHANNELS = (1, 3)
_FLOATS = (np.float32, np.float16, np.float64)

_PROBED_BATCHES = (1, 2, 5)
"""Enough to see whether pictures are mixed up; the proof of the export takes larger ones."""

_RELATIVE_DIFFERENCE = 2e-2
"""Maximum difference between a picture alone and in a batch, relative to the largest output: rounding in
half precision is an eighth of that, while pictures that are mixed up differ by far more."""


class OnnxNetwork:
    """A network that takes one picture, or a batch of them, in onnxruntime on the CPU.

    Args:
        path: Its file, for error messages and its name.
        model: The file as an `onnx.ModelProto` with its weights, see `onnx_reader.read_onnx`.
        size_px: Size of its pictures (height, width), where it takes any.

    Attributes:
        path: The file.
        model: The `onnx.ModelProto`.
        shape: Its input.
        results: Results for one picture by name, those that are floats, to see their shapes.

    Raises:
        ExportError: onnxruntime cannot run it, or it takes no pictures.
    """

    def __init__(self, path: Path, model: Any, *, size_px: tuple[int, int] | None = None) -> None:
        self.path, self.model = path, model
        constants = {tensor.name for tensor in model.graph.initializer}
        inputs = [value for value in model.graph.input if value.name not in constants]
        if len(inputs) != 1:
            raise ExportError(
                f"{path} takes {described(inputs)}; only networks with one picture as input can be exported"
            )
        self._input = inputs[0]
        if (kind := self._input.type.tensor_type.elem_type) not in _TYPES:
            raise ExportError(
                f"{path} takes {described(inputs)}; only inputs of type float, float16, double and uint8 can "
                "be exported"
            )
        self._dtype = _TYPES[kind]
        self.shape = self._find_shape(size_px)
        # onnxruntime has few operations for the CPU in double precision.
        remedy = "export it in float32" if self._dtype is np.float64 else ""
        with guarded(ExportError, f"{path} cannot be run by onnxruntime", remedy):
            self._session = open_session(model)
            self._batch: int | None = _dims(self._input)[0]
            results = self._run_batch(self._noise(self._batch or 1))
            self.results = {name: found[:1] for name, found in results.items() if found.dtype in _FLOATS}
        if self._batch is None and (mixes_batch(model) or not self._takes_batches()):
            self._batch = 1

    def _find_shape(self, size_px: tuple[int, int] | None) -> InputShape:
        dims = list(_dims(self._input))
        if len(dims) == 4 and dims[1] not in _CHANNELS and dims[3] not in _CHANNELS:
            # Optimum leaves the number of channels open, too: (N, C, H, W), or (N, H, W, C) if H is known.
            axis = next((axis for axis in (1, 3) if dims[axis] is None), None)
            if axis is not None:
                dims[axis] = 3
        if len(dims) == 4 and size_px is not None:
            first = 1 if dims[3] in _CHANNELS else 2
            for axis, side in zip((first, first + 1), size_px, strict=True):
                dims[axis] = dims[axis] or side
        try:
            return InputShape.of(dims)
        except ValueError as error:
            raise ExportError(f"{self.path} takes {described([self._input])}: {error}") from error

    @property
    def takes_bytes(self) -> bool:
        """Whether its input is uint8."""
        return self._dtype is np.uint8

    @property
    def returns_boxes_apart(self) -> bool:
        """Whether it has an output (N, A, 4) of boxes, as DETR, beside that of their classes."""
        return any(result.ndim == 3 and result.shape[2] == 4 for result in self.results.values())

    def run(self, inputs: Floats, names: Sequence[str]) -> list[npt.NDArray[Any]]:
        """Run the file as it is: (N, *shape.tensor) float32 -> results (N, ...), in batches that it takes."""
        size = self._batch or _BATCH_SIZE
        parts = []
        for start in range(0, len(inputs), size):
            part = inputs[start : start + size]
            missing = (self._batch or len(part)) - len(part)
            found = self._run_batch(np.concatenate([part, np.repeat(part[-1:], missing, axis=0)]))
            parts.append([found[name][: len(part)] for name in names])
        return [np.concatenate(found) for found in zip(*parts, strict=True)]

    def plain(self, name: str) -> Any:
        """An `onnx.ModelProto` with one input (N, *shape.tensor) and one result (N, ...), both float32.

        Raises:
            ExportError: It cannot be converted to newer operators, or takes neither one picture nor any
                number.
        """
        model = modernized(self.path, self.model)
        model = onnx.compose.add_prefix(model, _PREFIX)
        self._frame(model.graph, name)
        if self._batch is None:
            free_batch(model.graph)
            return model
        if self._batch != 1:
            raise ExportError(
                f"{self.path} takes only batches of {self._batch}; export it again for one picture, or for "
                "any number (dynamic_axes)"
            )
        noise = self._noise(sum(_PROBED_BATCHES))
        (alone,) = self.run(noise, [name])
        for variant in variants_for_any_batch(model):
            # Broken graphs fail in many ways; the next variant is then tried.
            with suppress(Exception):
                if _same(_run_in_batches(variant, noise), alone):
                    return variant
        raise ExportError(
            f"{self.path} takes one picture, and cannot be changed to take several; export it again for any "
            "number (dynamic_axes)"
        )

    def _frame(self, graph: Any, name: str) -> None:
        """Give a graph its input and the one result as float32."""
        values, result = _PREFIX + self._input.name, _PREFIX + name
        nodes = list(graph.node)
        if self._dtype is not np.float32:
            kind = self._input.type.tensor_type.elem_type
            nodes.insert(
                0, helper.make_node("Cast", [_ROUNDED if self.takes_bytes else VALUES], [values], to=kind)
            )
            if self.takes_bytes:  # a cast truncates
                nodes.insert(0, helper.make_node("Round", [VALUES], [_ROUNDED]))
            values = VALUES
        found = self.results[name]
        if found.dtype != np.float32:
            nodes.append(helper.make_node("Cast", [result], [RESULTS], to=TensorProto.FLOAT))
            result = RESULTS
        del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
        graph.node.extend(nodes)
        graph.input.append(helper.make_tensor_value_info(values, TensorProto.FLOAT, [1, *self.shape.tensor]))
        graph.output.append(helper.make_tensor_value_info(result, TensorProto.FLOAT, found.shape))

    def _run_batch(self, inputs: Floats) -> dict[str, npt.NDArray[Any]]:
        values = np.rint(inputs).astype(np.uint8) if self.takes_bytes else inputs.astype(self._dtype)
        with guarded(ExportError, f"{self.path} cannot be run by onnxruntime"):
            names = [output.name for output in self._session.get_outputs()]
            results = self._session.run(names, {self._input.name: values})
        return dict(zip(names, results, strict=True))

    def _takes_batches(self) -> bool:
        """Whether a network that declares to take any number of pictures does: traced constants may not."""
        noise = self._noise(3)
        try:
            together = self._run_batch(noise)
        except ExportError:
            return False
        alone = [self._run_batch(noise[i : i + 1]) for i in range(len(noise))]
        return all(
            _same(together[name], np.concatenate([result[name] for result in alone])) for name in self.results
        )

    def _noise(self, count: int) -> Floats:
        high = 255 if self.takes_bytes else 1
        noise = np.random.default_rng(0).uniform(0, high, (count, *self.shape.tensor))
        return noise.astype(np.float32)


def described(values: Sequence[Any]) -> str:
    """Inputs or outputs of a graph, as in `images float (1, 3, 64, 64)`."""
    parts = []
    for value in values:
        tensor = value.type.tensor_type
        dims = ", ".join(dim.dim_param or str(dim.dim_value or "?") for dim in tensor.shape.dim)
        parts.append(f"{value.name} {TensorProto.DataType.Name(tensor.elem_type).lower()} ({dims})")
    return ", ".join(parts)


def _dims(value: Any) -> list[int | None]:
    return [dim.dim_value if dim.dim_value > 0 else None for dim in value.type.tensor_type.shape.dim] or [
        None
    ]


def _run_in_batches(model: Any, values: Floats) -> npt.NDArray[Any]:
    session, parts, start = open_session(model), [], 0
    for size in _PROBED_BATCHES:
        parts.append(session.run(None, {model.graph.input[0].name: values[start : start + size]})[0])
        start += size
    return np.concatenate(parts)


def _same(some: npt.NDArray[Any], others: npt.NDArray[Any]) -> bool:
    if some.shape != others.shape or not np.isfinite(some).all():
        return False
    difference = np.abs(some.astype(np.float64) - others).max(initial=0)
    return bool(difference <= _RELATIVE_DIFFERENCE * max(np.abs(others).max(initial=0), 1e-6))
