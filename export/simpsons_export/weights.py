"""Read weights files: HDF5 files of Keras 2 and Keras 3 without an architecture."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from simpsons_export.backend import first_line
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded
from simpsons_training.hdf5 import check_hdf5


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """The arrays of one layer, in the order of Keras."""

    name: str
    arrays: tuple[npt.NDArray[Any], ...]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the arrays."""
        return [array.shape for array in self.arrays]


def holds_network(path: Path) -> bool:
    """Whether an HDF5 file contains an architecture as well as weights.

    Raises:
        ExportError: The file is damaged.
    """
    with guarded(ExportError, f"{path} is damaged, or not a Keras file", "download it again"):
        check_hdf5(path)
    with h5py.File(path) as file:
        return "model_config" in file.attrs


def read_layers(path: Path) -> list[LayerWeights] | None:
    """Read the layers of a Keras 2 file that have weights, in the order of the network.

    The layout is that of `keras.engine.topology.save_weights_to_hdf5_group` in Keras 2: the group
    (`model_weights` in a whole model, otherwise the root) has an attribute `layer_names`; each layer's group
    has `weight_names`, the paths of its arrays. Long lists of names are split into `layer_names0`,
    `layer_names1` ...

    Returns:
        None for the layout of Keras 3, which only Keras can match to a network.

    Raises:
        ExportError: The file is damaged or not a Keras file, unpacks to more than `hdf5.MAX_BYTES`, or was
            written on Theano.
    """
    with guarded(ExportError, f"{path} is damaged, or not a Keras file", "download it again"):
        check_hdf5(path)
        return _read_layers(path)


def _read_layers(path: Path) -> list[LayerWeights] | None:
    with h5py.File(path) as file:
        group = file.get("model_weights", file)
        if not _names(group, "layer_names"):
            if "layers" in file or "_layer_checkpoint_dependencies" in file:
                return None
            raise ExportError(
                f"{path} is an HDF5 file without Keras weights; give a .keras, .h5 or .hdf5 file of Keras"
            )
        if _text(group.attrs.get("backend", b"")) == "theano":
            # Theano rotates kernels by 180 degrees; no published weights of this project use it.
            raise ExportError(
                f"{path} was written by Keras on Theano; save it with Keras on TensorFlow first"
            )
        try:
            layers = [
                LayerWeights(
                    name,
                    tuple(np.asarray(group[name][weight]) for weight in _names(group[name], "weight_names")),
                )
                for name in _names(group, "layer_names")
            ]
        except KeyError as error:
            raise ExportError(f"{path} is incomplete: {first_line(error)}; download it again") from error
    if any(not array.ndim for layer in layers for array in layer.arrays[-1:]):
        raise ExportError(f"{path} has a single number in place of weights; download it again")
    layers = [layer for layer in layers if layer.arrays]
    if not layers:
        raise ExportError(f"{path} has layers but no weights; save it again")
    return layers


def fill(model: Any, path: Path) -> None:
    """Load the weights of a file into a network with the same layers.

    Args:
        model: A `keras.Model`; layers are matched by order, since automatic names vary.
        path: An HDF5 file, see `read_layers`.

    Raises:
        ExportError: The weights do not fit the network.
    """
    layers = read_layers(path)
    if layers is None:
        try:
            with warnings.catch_warnings():
                # Keras only warns about layers that it skips.
                warnings.filterwarnings("error", "Skipping nested container")
                model.load_weights(path)
        except Exception as error:  # Keras raises various exceptions for files that do not fit
            raise ExportError(
                f"{path}: its weights do not fit {model.name}; give another --network or --size-px"
            ) from error
        return
    targets = layers_with_weights(model)
    if problem := misfit(layers, targets):
        raise ExportError(
            f"{path}: its weights do not fit {model.name}: {problem}; give another --network or --size-px"
        )
    for layer, target in zip(layers, targets, strict=True):
        for array, variable in zip(layer.arrays, _legacy_order(target), strict=True):
            variable.assign(array)


def layers_with_weights(model: Any) -> list[Any]:
    """Layers of a `keras.Model` with weights, in order."""
    return [layer for layer in model.layers if layer.weights]


def misfit(layers: Sequence[LayerWeights], targets: Sequence[Any]) -> str:
    """Describe the first mismatch between weights and layers; empty if they fit."""
    if len(layers) != len(targets):
        return f"{len(layers)} layers with weights, not {len(targets)}"
    for layer, target in zip(layers, targets, strict=True):
        expected = [tuple(variable.shape) for variable in _legacy_order(target)]
        if layer.shapes != expected:
            return f"layer {layer.name} has {_format_shapes(layer.shapes)}, not {_format_shapes(expected)}"
    return ""


def _legacy_order(layer: Any) -> list[Any]:
    """Weights in the order of Keras 2, trainable ones first: gamma, beta, mean, variance of a BatchNorm."""
    return [*layer.trainable_variables, *layer.non_trainable_variables]


def _format_shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return " and ".join("x".join(map(str, shape)) for shape in shapes)


def _names(group: Any, attribute: str) -> list[str]:
    if attribute in group.attrs:
        return [_text(name) for name in group.attrs[attribute]]
    names: list[str] = []
    for part in itertools.count():
        if f"{attribute}{part}" not in group.attrs:
            return names
        names += [_text(name) for name in group.attrs[f"{attribute}{part}"]]
    return names


def _text(name: Any) -> str:
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)
