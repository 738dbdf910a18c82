"""Load the files of trained networks."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from simpsons_export.backend import first_line
from simpsons_export.detector_network import DetectorNetwork, describe_detector
from simpsons_export.files import HDF5, KERAS, ONNX, SAVED_MODEL, file_kind
from simpsons_export.found_labels import find_labels, labels_for, why_unfit
from simpsons_export.keras_files import architecture, weights
from simpsons_export.keras_files.float32 import to_float32
from simpsons_export.keras_files.saved_model import load_saved_model
from simpsons_export.onnx_files.loading import LoadedOnnx, load_onnx
from simpsons_export.options import DEFAULT_SIZE_PX, SourceOptions
from simpsons_export.source import KerasSource, Source
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded, reason_of
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.keras_file import check_keras_file, load_keras, read_card


@dataclass(frozen=True, slots=True, eq=False)
class LoadedClassifier:
    """A classifier as its file holds it.

    Attributes:
        source: The network.
        card: The model card in the file, if any.
        read: One phrase on what was read.
        labels: Labels that were found in or next to the file, if the options and the card have none.
        unfit: One clause on labels that were found and do not fit; empty if there are none.
        assumed: What was changed to load the file, one clause each.
    """

    source: Source
    card: ModelCard | None
    read: str
    labels: tuple[str, ...] | None = None
    unfit: str = ""
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _KerasNetwork:
    """A `keras.Model`, and as above."""

    model: Any
    read: str
    card: ModelCard | None = None
    assumed: tuple[str, ...] = ()


def load_file(path: Path, options: SourceOptions) -> LoadedClassifier | DetectorNetwork | LoadedOnnx:
    """Load a network from a Keras file, a SavedModel, a weights file with the name of its network, or ONNX.

    Args:
        path: A `.keras` file, an HDF5 file of any version of Keras, the folder of a SavedModel, or an `.onnx`
            file of another program.
        options: Properties that the file lacks, or that override it.

    Raises:
        ExportError: The file is missing, broken or not a network, or it does not match the options.
    """
    kind = file_kind(path)
    if kind == ONNX:
        return load_onnx(path, options)
    load = {KERAS: _load_keras, HDF5: _load_hdf5, SAVED_MODEL: _load_saved_model}[kind]
    try:
        with guarded(ExportError, f"{path} cannot be exported"), keras.device("cpu:0"):
            network = load(path, options)
            model, card = to_float32(network.model), network.card
            if card is not None and card.detects:
                return describe_detector(path, model, card, options, read=network.read)
            source = _keras_source(path, model, card, options)
            everything = find_labels(path) if options.labels is None and card is None else ()
            found = labels_for(everything, max(2, source.outputs))
            return LoadedClassifier(
                source,
                card,
                network.read if found is None else f"{network.read}, labels from {found.where}",
                None if found is None else found.names,
                why_unfit(everything, max(2, source.outputs)),
                network.assumed,
            )
    except ModelError as error:
        raise ExportError(str(error)) from error
    except ExportError as error:
        if isinstance(error.__cause__, OSError):
            raise ExportError(f"{path} cannot be read: {reason_of(error.__cause__)}") from error
        raise


def _keras_source(path: Path, model: Any, card: ModelCard | None, options: SourceOptions) -> KerasSource:
    size_px = options.size_px or (card.size_px if card else None)
    try:
        source = KerasSource(model, size_px=size_px, labels=len(options.labels) if options.labels else None)
    except ExportError as error:
        raise ExportError(f"{path} {error}") from error
    if size_px is not None and size_px != source.shape.size_px:
        raise ExportError(f"{path} takes {source.shape}, not {size_px}x{size_px}")
    return source


def _load_keras(path: Path, options: SourceOptions) -> _KerasNetwork:
    _refuse_network(path, options)
    try:
        card = read_card(path)
    except ModelError as error:
        raise ExportError(f"{error}; save it again") from error
    if card is not None:
        try:
            return _KerasNetwork(load_keras(path), "network with a card", card)
        except ModelError as error:
            raise ExportError(f"{error}; save it again with Keras 3") from error
    _check(path)
    return _build(architecture.read_archive(path), path, options, "network without a card")


def _load_hdf5(path: Path, options: SourceOptions) -> _KerasNetwork:
    _check(path)
    if options.architecture is not None:
        described = architecture.read_json(options.architecture)
        return _build(described, path, options, f"weights of {options.architecture}")
    if options.network is not None:
        return _KerasNetwork(_build_by_name(path, options), f"weights of {options.network}")
    found = architecture.read_hdf5(path)
    if found is None:
        raise ExportError(
            f"{path} contains weights only; give their network with --network: {_suggest(path, options)}"
        )
    try:
        return _build(found, path, options, "whole model without a card")
    except ExportError as error:
        if name := _fitting_network(path, options):
            raise ExportError(f"{error}; or give --network {name}, which its weights fit") from error
        raise


def _load_saved_model(path: Path, options: SourceOptions) -> _KerasNetwork:
    _refuse_network(path, options)
    return _KerasNetwork(*load_saved_model(path, unsafe=options.unsafe))


def _refuse_network(path: Path, options: SourceOptions) -> None:
    if options.network is not None:
        raise ExportError(f"{path} contains its own network; leave out --network {options.network}")


def _check(path: Path) -> None:
    with guarded(ExportError, f"{path} is damaged, or not a Keras file", "download it again"):
        check_keras_file(path)


def _build(
    described: architecture.Architecture, path: Path, options: SourceOptions, read: str
) -> _KerasNetwork:
    """Build a network from its architecture, with the weights of a file."""
    model, assumed = architecture.build(described, unsafe=options.unsafe)
    if not model.built:
        if options.size_px is None:
            raise ExportError(f"{path} does not say what pictures it takes; give their size with --size-px")
        model.build((None, options.size_px, options.size_px, 3))
    weights.fill(model, path)
    return _KerasNetwork(model, read, assumed=assumed)


def _build_by_name(path: Path, options: SourceOptions) -> Any:
    # Imported here, since only weights files need the code of their network.
    from simpsons_training import networks

    if options.network not in networks.NETWORKS:
        raise ExportError(
            f"unknown network {options.network!r}; choose from {', '.join(networks.NETWORKS)}, or give the "
            ".json file of model.to_json()"
        )
    layers = weights.read_layers(path)
    outputs = layers[-1].arrays[-1].shape[-1] if layers else None
    if outputs is None and options.labels is None:
        raise ExportError(f"{path} has no labels for its outputs; give them with --labels")
    if outputs is not None and options.labels is not None and len(options.labels) != outputs:
        raise ExportError(
            f"{path}: {outputs} outputs but {len(options.labels)} labels; give one for each output with "
            "--labels"
        )
    count = outputs or len(options.labels or ())
    size_px = DEFAULT_SIZE_PX if options.size_px is None else options.size_px
    try:
        model = networks.build(options.network, labels=count, size_px=size_px)
    except ValueError as error:
        raise ExportError(
            f"{options.network} cannot take pictures of {size_px} px: {first_line(error)}"
        ) from error
    try:
        weights.fill(model, path)
    except ExportError as error:
        raise ExportError(f"{error}; give another --network or --size-px") from error
    return model


def _suggest(path: Path, options: SourceOptions) -> str:
    """Suggest how to name the network of a weights file, based on the shapes of its weights."""
    from simpsons_training import networks

    if name := _fitting_network(path, options):
        return f"they fit {name}"
    if weights.read_layers(path) is None:
        return f"{', '.join(networks.NETWORKS)}, or the .json file of model.to_json()"
    size_px = options.size_px or DEFAULT_SIZE_PX
    return (
        f"the .json file of model.to_json(), since at {size_px} px (--size-px) they do not fit any of "
        f"{', '.join(networks.NETWORKS)}"
    )


def _fitting_network(path: Path, options: SourceOptions) -> str | None:
    """Name of the network of the training package that the weights of an HDF5 file fit."""
    from simpsons_training import networks

    layers = None
    with contextlib.suppress(ExportError):
        layers = weights.read_layers(path)
    if layers is None:
        return None
    outputs = layers[-1].arrays[-1].shape[-1]
    for name in networks.NETWORKS:
        with contextlib.suppress(ValueError):  # input size too small for this network
            model = networks.build(name, labels=outputs, size_px=options.size_px or DEFAULT_SIZE_PX)
            if not weights.misfit(layers, weights.layers_with_weights(model)):
                return name
    return None
