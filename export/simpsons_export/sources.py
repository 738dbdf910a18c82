"""Load Keras files and determine everything that an export needs to know."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from simpsons_export import probing, weights
from simpsons_export.backend import first_line
from simpsons_export.files import KERAS, file_kind
from simpsons_export.float32 import to_float32
from simpsons_export.options import DEFAULT_SIZE_PX, SourceOptions
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded, reason_of
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.keras_file import load_keras, read_card


@dataclass(frozen=True, slots=True, eq=False)
class KerasNetwork:
    """A trained network and its input and output conventions.

    Attributes:
        model: A `keras.Model`: (N, S, S, 3) float32 in `card.color_order`, 0-255 times `scale` -> (N, K); or
            a detector, see `simpsons_training.detection.network`.
        card: Model card; `model` does not apply its temperature.
        scale: Factor for pixel values before `model`.
        gives_logits: Whether `model` lacks a softmax.
        read: One phrase on what was read.
        assumed: Assumptions about properties that neither file nor options specify, one clause each.
    """

    model: Any
    card: ModelCard
    scale: float
    gives_logits: bool
    read: str
    assumed: tuple[str, ...]


def load_network(path: Path, options: SourceOptions) -> KerasNetwork:
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
                return _describe_detector(path, model, card, options, read)
            return _describe(path, model, card, options, read)
    except ModelError as error:
        raise ExportError(str(error)) from error
    except ExportError as error:
        if isinstance(error.__cause__, OSError):
            raise ExportError(f"{path} cannot be read: {reason_of(error.__cause__)}") from error
        raise


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


def _describe(
    path: Path, model: Any, card: ModelCard | None, options: SourceOptions, read: str
) -> KerasNetwork:
    size_px, outputs = probing.shapes(path, model, options.size_px or (card.size_px if card else None))
    assumed = []
    labels = options.labels or (card.labels if card else None)
    if labels is None:
        raise ExportError(f"{path} has no labels for its {outputs} outputs; give them with --labels")
    if len(labels) != outputs:
        raise ExportError(
            f"{path}: {outputs} outputs but {len(labels)} labels; give one for each output with --labels"
        )
    given = {
        name: value
        for name in ("color_order", "threshold", "temperature")
        if (value := getattr(options, name)) is not None
    }
    try:
        if card is None:
            card = ModelCard(network=options.network or model.name, labels=labels, size_px=size_px, **given)
            if "color_order" not in given:
                assumed.append("the input is BGR, as read by OpenCV (--color-order)")
        else:
            card = dataclasses.replace(card, labels=labels, size_px=size_px, **given)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error
    scale = options.scale
    scaling_layer = probing.scaling_layer(model)
    if scale is None:
        scale = 1 / 255 if scaling_layer is None else 1.0
        if scaling_layer is None:
            assumed.append(
                "the input is 0-1, since no layer scales it: pixels are multiplied by 1/255 (--scale)"
            )
    elif scaling_layer is not None and scale != 1:
        raise ExportError(f"{path} has a scaling layer ({scaling_layer!r}); leave out --scale")
    logits = probing.gives_logits(path, model, size_px, scale)
    if logits:
        assumed.append("the outputs are logits, since they do not sum to 1: a softmax is added")
    return KerasNetwork(model, card, scale, logits, read, tuple(assumed))


def _describe_detector(
    path: Path, model: Any, card: ModelCard, options: SourceOptions, read: str
) -> KerasNetwork:
    for name in ("labels", "color_order", "size_px", "scale"):
        if getattr(options, name) is not None:
            raise ExportError(
                f"{path} is a detector, whose card defines its input and output; leave out "
                f"--{name.replace('_', '-')}"
            )
    channels = 5 + len(card.labels) + 1
    if len(model.output_shape) != 4 or model.output_shape[-1] != channels:
        raise ExportError(
            f"{path} returns {model.output_shape}; a detector with {len(card.labels)} labels returns "
            f"(N, H, W, {channels})"
        )
    given = {n: v for n in ("threshold", "temperature") if (v := getattr(options, n)) is not None}
    try:
        card = dataclasses.replace(card, **given)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error
    return KerasNetwork(model, card, scale=1.0, gives_logits=False, read=read, assumed=())
