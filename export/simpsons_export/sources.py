"""Keras files -> networks of which everything is known that an export needs."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from simpsons_export import probing, weights
from simpsons_export.backend import first_line
from simpsons_export.files import KERAS, kind_of
from simpsons_export.options import DEFAULT_SIZE_PX, SourceOptions
from simpsons_export.precision import in_float32
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded, reason_of
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.keras_file import load_keras, read_card


@dataclass(frozen=True, slots=True, eq=False)
class KerasNetwork:
    """A network as it was trained, and how to speak to it.

    Attributes:
        model: a `keras.Model`: (N, S, S, 3) float32 in `card.color_order`, 0-255 times `scale` -> (N, K); or
            a detector, see `simpsons_training.detection.network`.
        card: what is known of it; its temperature is not in `model`.
        scale: what pixel values are multiplied by before they enter `model`.
        gives_logits: the softmax is missing from `model`.
        read: one phrase on what was read.
        assumed: what the file did not say and nobody else did; one sentence each.
    """

    model: Any
    card: ModelCard
    scale: float
    gives_logits: bool
    read: str
    assumed: tuple[str, ...]


def load_network(path: Path, options: SourceOptions) -> KerasNetwork:
    """Load a network from a `.keras` file, a whole-model `.h5`, or weights alone with the name of a network.

    Args:
        path: of the file.
        options: what the file does not say, or says wrongly.

    Raises:
        ExportError: the file is missing, broken or not of Keras, or it and the options do not fit together.
    """
    load = _load_keras if kind_of(path) == KERAS else _load_hdf5
    try:
        with guarded(ExportError, f"{path} cannot be exported"), keras.device("cpu:0"):
            model, card, read = load(path, options)
            model = in_float32(model)
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
        raise ExportError(f"{path} holds its own network; leave --network {options.network} out")
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
        raise ExportError(f"{path} holds weights alone; {_name_it(path, options)}")
    try:
        return _load_model(path, "its weights may do"), None, "whole model without a card"
    except ExportError as error:
        raise ExportError(f"{error}: {_name_it(path, options)}") from error


def _load_model(path: Path, remedy: str) -> Any:
    try:
        return load_keras(path)
    except ModelError as error:
        raise ExportError(f"{error}; {remedy}") from error


def _build(path: Path, options: SourceOptions) -> Any:
    # Only here: a file of weights alone is of no use without the code that defines its network.
    from simpsons_training import networks

    if options.network not in networks.NETWORKS:
        raise ExportError(
            f"no network is called {options.network!r}; there are {', '.join(networks.NETWORKS)}"
        )
    layers = weights.read_layers(path)
    if options.labels is None:
        count = f"the {layers[-1].arrays[-1].shape[-1]} outputs" if layers else "the outputs"
        raise ExportError(f"{path} does not say what {count} mean; name them with --labels")
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


def _name_it(path: Path, options: SourceOptions) -> str:
    """What to do about weights whose network is not known, with what can be told from their shapes."""
    from simpsons_training import networks

    remedy = "name their network with --network"
    layers = weights.read_layers(path)
    if not layers:
        return f"{remedy}: {', '.join(networks.NETWORKS)}"
    for name in networks.NETWORKS:
        with contextlib.suppress(ValueError):  # pictures too small for this network
            outputs = layers[-1].arrays[-1].shape[-1]
            model = networks.build(name, labels=outputs, size_px=options.size_px or DEFAULT_SIZE_PX)
            if not weights.misfit(layers, weights.layers_with_weights(model)):
                return f"{remedy}; they fit {name}"
    return f"{remedy}; they fit none of {', '.join(networks.NETWORKS)} as they stand"


def _describe(
    path: Path, model: Any, card: ModelCard | None, options: SourceOptions, read: str
) -> KerasNetwork:
    size_px, outputs = probing.shapes(path, model, options.size_px or (card.size_px if card else None))
    assumed = []
    labels = options.labels or (card.labels if card else None)
    if labels is None:
        raise ExportError(f"{path} does not say what its {outputs} outputs mean; name them with --labels")
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
                assumed.append("pictures in BGR order, as OpenCV reads them (--color-order)")
        else:
            card = dataclasses.replace(card, labels=labels, size_px=size_px, **given)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error
    scale = options.scale
    inside = probing.scaling_layer(model)
    if scale is None:
        scale = 1 / 255 if inside is None else 1.0
        if inside is None:
            assumed.append("it takes values 0-1, as no layer scales them: pixels times 1/255 (--scale)")
    elif inside is not None and scale != 1:
        raise ExportError(f"{path} scales pictures itself (layer {inside!r}); leave --scale out")
    logits = probing.gives_logits(path, model, size_px, scale)
    if logits:
        assumed.append("its outputs are logits, as they do not sum to 1: a softmax is added")
    return KerasNetwork(model, card, scale, logits, read, tuple(assumed))


def _describe_detector(
    path: Path, model: Any, card: ModelCard, options: SourceOptions, read: str
) -> KerasNetwork:
    for name in ("labels", "color_order", "size_px", "scale"):
        if getattr(options, name) is not None:
            raise ExportError(
                f"{path} is a detector and says itself what it takes and gives; leave "
                f"--{name.replace('_', '-')} out"
            )
    said = 5 + len(card.labels) + 1
    if len(model.output_shape) != 4 or model.output_shape[-1] != said:
        raise ExportError(
            f"{path} gives {model.output_shape}; a detector of {len(card.labels)} labels gives "
            f"(N, H, W, {said})"
        )
    given = {n: v for n in ("threshold", "temperature") if (v := getattr(options, n)) is not None}
    try:
        card = dataclasses.replace(card, **given)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error
    return KerasNetwork(model, card, scale=1.0, gives_logits=False, read=read, assumed=())
