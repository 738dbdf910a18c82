"""Read weights files: HDF5 files of Keras 1 to 3 without an architecture."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from simpsons_export.backend import first_line
from simpsons_export.keras_files.legacy_graph import plain_name
from simpsons_export.other_formats import EXPORT
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded
from simpsons_training.hdf5 import check_hdf5

WEIGHTS_ENTRY = "model.weights.h5"
"""Entry of a `.keras` file with the weights."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """The arrays of one layer, in the order of Keras.

    Attributes:
        name: Name of the layer.
        arrays: Its arrays.
        weights: Name of each array, such as `conv1/kernel:0`.
        keras_1: Whether Keras 1 wrote it, which saved the kernels of `channels_first` as (K, C, H, W).
        theano: Whether it was trained on Theano, whose convolutions turn their kernels by 180 degrees.
    """

    name: str
    arrays: tuple[npt.NDArray[Any], ...]
    weights: tuple[str, ...] = ()
    keras_1: bool = False
    theano: bool = False

    def arrays_for(self, target: Any) -> list[npt.NDArray[Any]]:
        """The arrays as a layer of Keras 3 keeps them; its kernels are (H, W, C, K)."""
        arrays = list(self.arrays)
        if self.keras_1 and getattr(target, "data_format", None) == "channels_first":
            arrays = [array.transpose(2, 3, 1, 0) if array.ndim == 4 else array for array in arrays]
        if self.theano:
            arrays = [array[::-1, ::-1] if array.ndim == 4 else array for array in arrays]
        return arrays


def read_layers(path: Path) -> list[LayerWeights] | None:
    """Read the layers of a Keras 1 or 2 file that have weights, in the order of the network.

    The layout is that of `keras.engine.topology.save_weights_to_hdf5_group` in Keras 2: the group
    (`model_weights` in a whole model, otherwise the root) has an attribute `layer_names`; each layer's group
    has `weight_names`, the paths of its arrays. Long lists of names are split into `layer_names0`,
    `layer_names1` ...

    Returns:
        None for the layout of Keras 3, which only Keras can match to a network.

    Raises:
        ExportError: The file is damaged or not a Keras file, or unpacks to more than `hdf5.MAX_BYTES`.
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
            if any(isinstance(entry, h5py.Group) and "vars" in entry for entry in file.values()):
                raise ExportError(
                    f"{path} has the weights of a network of an own class, whose code is not in the file; "
                    f"in the program that defines it, load them, run {EXPORT}, and export FOLDER"
                )
            raise ExportError(
                f"{path} is an HDF5 file without Keras weights; give a .keras, .h5 or .hdf5 file of Keras"
            )
        backend = _text(group.attrs.get("backend", file.attrs.get("backend", "")))
        version = _text(group.attrs.get("keras_version", file.attrs.get("keras_version", "1")))
        try:
            layers = [
                LayerWeights(
                    name,
                    tuple(np.asarray(group[name][weight]) for weight in _names(group[name], "weight_names")),
                    tuple(_names(group[name], "weight_names")),
                    keras_1=version.startswith("1"),
                    theano=backend == "theano",
                )
                for name in _names(group, "layer_names")
            ]
        except KeyError as error:
            raise ExportError(f"{path} is incomplete: {first_line(error)}; download it again") from error
    layers = [layer for layer in layers if layer.arrays]
    if not layers:
        raise ExportError(f"{path} has layers but no weights; save it again")
    if not layers[-1].arrays[-1].ndim:
        raise ExportError(f"{path} has a single number in place of weights; download it again")
    return layers


def fill(model: Any, path: Path) -> None:
    """Load the weights of a file into a network with the same layers.

    Args:
        model: A `keras.Model`; layers are matched by name if all names are the same, else by order, since
            automatic names vary.
        path: A `.keras` file, or an HDF5 file, see `read_layers`.

    Raises:
        ExportError: The weights do not fit the network.
    """
    if zipfile.is_zipfile(path):
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            if WEIGHTS_ENTRY not in archive.namelist():
                raise ExportError(f"{path} has no weights, as {WEIGHTS_ENTRY} is missing; download it again")
            _fill_keras_3(model, Path(archive.extract(WEIGHTS_ENTRY, folder)), path)
        return
    layers = read_layers(path)
    if layers is None:
        with tempfile.TemporaryDirectory() as folder:  # Keras accepts no other names
            _fill_keras_3(model, Path(shutil.copyfile(path, Path(folder) / WEIGHTS_ENTRY)), path)
        return
    targets = layers_with_weights(model)
    by_name = {plain_name(layer.name): layer for layer in layers}
    if len(by_name) == len(layers) and by_name.keys() == {target.name for target in targets}:
        layers = [by_name[target.name] for target in targets]
    if problem := misfit(layers, targets):
        raise ExportError(f"{path}: its weights do not fit {model.name}: {problem}")
    for layer, target in zip(layers, targets, strict=True):
        for array, variable in zip(layer.arrays_for(target), _matching(layer, target), strict=True):
            variable.assign(array)
    for layer in model._flatten_layers():
        if hasattr(layer, "finalize_state"):  # Normalization computes with values derived from its weights
            layer.finalize_state()


def _fill_keras_3(model: Any, weights: Path, path: Path) -> None:
    try:
        with warnings.catch_warnings():
            # Keras only warns about layers that it skips.
            warnings.filterwarnings("error", "Skipping nested container")
            model.load_weights(weights)
    except Exception as error:  # Keras raises various exceptions for files that do not fit
        raise ExportError(f"{path}: its weights do not fit {model.name}") from error


def layers_with_weights(model: Any) -> list[Any]:
    """Layers of a `keras.Model` with weights, in order."""
    return [layer for layer in model.layers if layer.weights]


def misfit(layers: Sequence[LayerWeights], targets: Sequence[Any]) -> str:
    """Describe the first mismatch between weights and layers; empty if they fit."""
    if len(layers) != len(targets):
        return f"{len(layers)} layers with weights, not {len(targets)}"
    for layer, target in zip(layers, targets, strict=True):
        expected = [tuple(variable.shape) for variable in _matching(layer, target)]
        shapes = [array.shape for array in layer.arrays_for(target)]
        if shapes != expected:
            return f"layer {layer.name} has {_format_shapes(shapes)}, not {_format_shapes(expected)}"
    return ""


def _matching(layer: LayerWeights, target: Any) -> list[Any]:
    """Variables of a layer for the arrays of a file, by name, else in the order of Keras 2.

    That order has trainable variables first: gamma, beta, mean, variance of a BatchNormalization. In a
    network inside another, it depends on which of its layers were frozen.
    """
    variables = [*target.trainable_weights, *target.non_trainable_weights]
    by_name = {"_".join(variable.path.split("/")[-2:]): variable for variable in variables}
    paths = [name.split(":")[0].split("/") for name in layer.weights]
    for names in (["_".join(path) for path in paths], ["_".join(path[-2:]) for path in paths]):
        if len(by_name) == len(variables) == len(names) and set(names) == by_name.keys():
            return [by_name[name] for name in names]
    return variables


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
