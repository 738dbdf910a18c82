"""Load the files of trained networks."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from simpsons_export import weights
from simpsons_export.backend import first_line
from simpsons_export.detector_network import DetectorNetwork, describe_detector
from simpsons_export.files import KERAS, file_kind
from simpsons_export.float32 import to_float32
from simpsons_export.options import DEFAULT_SIZE_PX, SourceOptions
from simpsons_export.source import KerasSource, Source
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded, reason_of
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.keras_file import load_keras, read_card


@dataclass(frozen=True, slots=True, eq=False)
class LoadedClassifier:
    """A classifier as its file holds it.

    Attributes:
        source: The network.
        card: The model card in the file, if any.
        read: One phrase on what was read.
    """

    source: Source
    card: ModelCard | None
    read: str


def load_file(path: Path, options: SourceOptions) -> LoadedClassifier | DetectorNetwork:
    """Load a network from a `.keras` file, a whole-model `.h5`, or a weights file with a network name.

    Args:
        path: Path of the file.
        options: Properties that the file lacks, or that override it.

    Raises:
        ExportError: The file is missing, broken or not a Keras file, or it does not match the options.
    """
    load = _load_keras if file_kind(path) == KERAS else _load_hdf5
    try:
        with guarded(ExportError, f"{path} cannot be exported"), keras.device("cpu:0"):
            model, card, read = load(path, options)
            model = to_float32(model)
            if card is not None and card.detects:
                return describe_detector(path, model, card, options, read=read)
            return LoadedClassifier(_keras_source(path, model, card, options), card, read)
    except ModelError as error:
        raise ExportError(str(error)) from error
    except ExportError as error:
        if isinstance(error.__cause__, OSError):
            raise ExportError(f"{path} cannot be read: {reason_of(error.__cause__)}") from error
        raise


def _keras_source(path: Path, model: Any, card: ModelCard | None, options: SourceOptions) -> KerasSource:
    size_px = options.size_px or (card.size_px if card else None)
    try:
        source = KerasSource(model, size_px=size_px)
    except ExportError as error:
        raise ExportError(f"{path} {error}") from error
    if size_px is not None and size_px != source.shape.size_px:
        raise ExportError(f"{path} takes {source.shape}, not {size_px}x{size_px}")
    return source


def _load_keras(path: Path, options: SourceOptions) -> tuple[Any, ModelCard | None, str]:
    if options.network is not None:
        raise ExportError(f"{path} contains its own network; leave out --network {options.network}")
    try:
        card = read_card(path)
    except ModelError as error:
        raise ExportError(f"{error}; save it again") from error
    return (
        _load_model(path, "save it again with Keras 3"),
        card,
        "network with" + ("" if card else "out") + " a card",
    )


def _load_hdf5(path: Path, options: SourceOptions) -> tuple[Any, None, str]:
    if options.network is not None:
        return _build(path, options), None, f"weights of {options.network}"
    if not weights.holds_network(path):
        raise ExportError(f"{path} contains weights only; {_suggest_network(path, options)}")
    try:
        return _load_model(path, "its weights may still be usable"), None, "whole model without a card"
    except ExportError as error:
        raise ExportError(f"{error}: {_suggest_network(path, options)}") from error


def _load_model(path: Path, remedy: str) -> Any:
    try:
        return load_keras(path)
    except ModelError as error:
        raise ExportError(f"{error}; {remedy}") from error


def _build(path: Path, options: SourceOptions) -> Any:
    # Imported here, since only weights files need the code of their network.
    from simpsons_training import networks

    if options.network not in networks.NETWORKS:
        raise ExportError(f"unknown network {options.network!r}; choose from {', '.join(networks.NETWORKS)}")
    layers = weights.read_layers(path)
    if options.labels is None:
        count = f"its {layers[-1].arrays[-1].shape[-1]} outputs" if layers else "its outputs"
        raise ExportError(f"{path} has no labels for {count}; give them with --labels")
    if layers and layers[-1].arrays[-1].shape[-1] != len(options.labels):
        raise ExportError(
            f"{path}: {layers[-1].arrays[-1].shape[-1]} outputs but {len(options.labels)} labels; "
            "give one for each output with --labels"
        )
    size_px = DEFAULT_SIZE_PX if options.size_px is None else options.size_px
    try:
        model = networks.build(options.network, labels=len(options.labels), size_px=size_px)
    except ValueError as error:
        raise ExportError(
            f"{options.network} cannot take pictures of {size_px} px: {first_line(error)}"
        ) from error
    weights.fill(model, path)
    return model


def _suggest_network(path: Path, options: SourceOptions) -> str:
    """Suggest how to name the network of a weights file, based on the shapes of its weights."""
    from simpsons_training import networks

    remedy = "give their network with --network"
    layers = weights.read_layers(path)
    if not layers:
        return f"{remedy}: {', '.join(networks.NETWORKS)}"
    for name in networks.NETWORKS:
        with contextlib.suppress(ValueError):  # input size too small for this network
            outputs = layers[-1].arrays[-1].shape[-1]
            model = networks.build(name, labels=outputs, size_px=options.size_px or DEFAULT_SIZE_PX)
            if not weights.misfit(layers, weights.layers_with_weights(model)):
                return f"{remedy}; they fit {name}"
    return f"{remedy}; they do not fit any of {', '.join(networks.NETWORKS)}"
