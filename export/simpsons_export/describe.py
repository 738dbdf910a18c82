"""Determine everything about a classifier that its file leaves open: labels, input convention, outputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_export.conventions.convention import (
    BYTES,
    UNIT,
    ColorOrder,
    InputConvention,
    Scaling,
    StatedConvention,
    candidates,
    convention_of_application,
)
from simpsons_export.conventions.labelled import LabelledFolder, LabelledImages, why_unknown
from simpsons_export.conventions.resizings import find_resizing
from simpsons_export.conventions.search import SearchResult, find_convention
from simpsons_export.options import SourceOptions
from simpsons_export.outputs import Outputs, last_operation, outputs_of
from simpsons_export.source import Source
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.resizing import STRETCHED, Resizing

OnSearch = Callable[[Sequence[InputConvention], LabelledImages], object]
"""Called with the conventions to try and the pictures to try them on."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierNetwork:
    """A trained classifier and everything that an export needs to know of it.

    Attributes:
        source: The network in its own framework.
        plain: The same as an `onnx.ModelProto`, see `Source.to_onnx`.
        card: Model card of the export, which takes BGR like OpenCV and the player.
        convention: How pictures become its input.
        kind: What its outputs mean.
        read: One phrase on what was read.
        assumed: Assumptions about what neither file nor options nor pictures tell, one clause each.
        search: The conventions that were tried, if the pictures had to tell.
        labelled: Pictures with characters that it knows, if there are any.
    """

    source: Source
    plain: Any
    card: ModelCard
    convention: InputConvention
    kind: Outputs
    read: str
    assumed: tuple[str, ...]
    search: SearchResult | None
    labelled: LabelledImages | None


def describe_classifier(
    path: Path,
    source: Source,
    options: SourceOptions,
    *,
    card: ModelCard | None,
    read: str,
    folder: LabelledFolder | None,
    found_labels: tuple[str, ...] | None = None,
    unfit: str = "",
    stated: StatedConvention | None = None,
    assumed: Sequence[str] = (),
    on_search: OnSearch = lambda conventions, labelled: None,
) -> ClassifierNetwork:
    """Determine labels, input convention and outputs of a classifier.

    What the options say counts most, then the card of the file, then labelled pictures, then assumptions.

    Args:
        path: Its file, for error messages.
        source: The network.
        options: Properties that complement or override the file.
        card: The card in the file, if any.
        read: One phrase on what was read.
        folder: Labelled pictures, if there are any.
        found_labels: Labels found in or next to the file, if any.
        unfit: One clause on labels found there that do not fit; empty if there are none.
        stated: Convention that is stated in or next to the file, if any: the first to try, and assumed if
            there is nothing to try it on.
        assumed: What was assumed to load the file, one clause each.
        on_search: Called before conventions are tried, which can take a minute.

    Raises:
        ExportError: It has no labels, or does not match the options.
    """
    assumed = list(assumed)
    given_labels = options.labels or (card.labels if card else None) or found_labels
    labels = _labels(path, source, given_labels, folder, unfit)
    resizing = _known_resizing(path, source, options, card)
    start = resizing or (STRETCHED if stated is None else stated.resizing)

    def read_resized(resizing: Resizing) -> LabelledImages | None:
        return None if folder is None else folder.images(labels, source.shape.size_px, resizing=resizing)

    labelled = read_resized(start)
    known = _known_convention(path, source, options, card)
    if (options.color_order, options.scale, options.offset) != (None, None, None):
        stated = None
    choices = _candidates(path, source, options, stated) if known is None else (known,)
    choices = tuple(dataclasses.replace(choice, resizing=start) for choice in choices)
    plain = source.to_onnx()
    kind = _outputs(path, source, choices[0], last_operation(plain.graph))
    if kind is Outputs.INDEPENDENT and options.temperature not in (None, 1):
        raise ExportError(f"{path} returns {kind.value}; leave out --temperature, which needs logits")
    if kind is Outputs.LOGITS:
        assumed.append("the outputs are logits, since they do not sum to 1: a softmax is added")
    if kind is Outputs.SECOND_LOGIT:
        assumed.append("the output is a logit, since no sigmoid follows: one is added")
    search, order = None, "alphabetical order"
    if labelled is not None and (len(choices) > 1 or resizing is None):
        on_search(choices, labelled)
        search = find_convention(source, choices, labelled, kind=kind)
        if given_labels is None and search.order is not None:
            labels = tuple(labels[index] for index in search.order)
            labelled = dataclasses.replace(labelled, truth=np.argsort(search.order)[labelled.truth])
            search = find_convention(source, choices, labelled, kind=kind)
            order = "the order that names most of its pictures right"
        if search.found and resizing is None:
            search = find_resizing(source, search, read_resized, kind=kind)
            labelled = read_resized(search.trials[0].convention.resizing)
        if search.found:
            choices = (search.trials[0].convention,)
    if options.labels is None and unfit:
        assumed.append(unfit)
    if given_labels is None and folder is not None:
        assumed.append(f"the labels are the characters of {folder.folder} in {order} (--labels)")
    if (layer := source.scaling_layer) and any(factor != 1 for factor in options.scale or ()):
        assumed.append(f"pixels are scaled twice, by --scale and by its layer {layer!r}")
    if known is None and len(choices) > 1:
        why = why_unknown(folder, labels, tried=search is not None)
        assumed.append(f"{_assumption(source, options, choices[0], stated)}; {why}")
    return ClassifierNetwork(
        source,
        plain,
        _card(path, source, options, card, labels, choices[0].resizing),
        choices[0],
        kind,
        read,
        tuple(assumed),
        search,
        labelled,
    )


def _labels(
    path: Path, source: Source, given: tuple[str, ...] | None, folder: LabelledFolder | None, unfit: str
) -> tuple[str, ...]:
    """The given labels, or the characters of a folder if there are as many as outputs."""
    count = max(2, source.outputs)
    if given is not None and len(given) != count:
        raise ExportError(
            f"{path}: {source.outputs} outputs but {len(given)} labels; give one for each output with "
            f"--labels (the first is {given[0]!r})"
        )
    if given is not None:
        return given
    if folder is not None and len(folder.characters) == count:
        return folder.characters
    if folder is None:
        others = ""
    elif folder.problem:
        others = f", or labelled --pictures: {folder.problem}"
    else:
        others = f"; {folder.folder} has {len(folder.characters)} characters"
    found = f" ({unfit})" if unfit else ""
    what = f"{count} outputs" if source.outputs > 1 else "output, which tells two apart"
    raise ExportError(f"{path} has no labels for its {what}{found}; give them with --labels{others}")


def _card(
    path: Path,
    source: Source,
    options: SourceOptions,
    card: ModelCard | None,
    labels: tuple[str, ...],
    resizing: Resizing,
) -> ModelCard:
    fields: dict[str, Any] = {"labels": labels, "size_px": source.shape.size_px, "color_order": "BGR"}
    fields["resizing"] = resizing
    fields |= {n: v for n in ("threshold", "temperature") if (v := getattr(options, n)) is not None}
    try:
        if card is None:
            return ModelCard(network=source.name, **fields)
        return dataclasses.replace(card, **fields)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error


def _known_convention(
    path: Path, source: Source, options: SourceOptions, card: ModelCard | None
) -> InputConvention | None:
    """The convention that options and card leave no doubt about."""
    if options.preprocess is not None:
        if (options.color_order, options.scale, options.offset) != (None, None, None):
            raise ExportError(
                "--preprocess includes colour order and scaling; leave out --color-order, --scale, --offset"
            )
        if source.shape.channels != 3:
            raise ExportError(f"{path} takes grey pictures; leave out --preprocess {options.preprocess}")
        return convention_of_application(options.preprocess)
    if card is None:
        return None
    order: Any = options.color_order or card.color_order
    scaling = _given_scaling(options) or _default_scaling(source)
    return candidates(channels=source.shape.channels, color_order=order, scaling=scaling)[0]


def _known_resizing(
    path: Path, source: Source, options: SourceOptions, card: ModelCard | None
) -> Resizing | None:
    """The resizing that leaves no doubt: of options or card, or the only one if the input is not square."""
    if source.shape.height != source.shape.width:
        if options.resizing is not None:
            raise ExportError(
                f"{path} takes {source.shape}, no squares; leave out --crop and --interpolation"
            )
        return STRETCHED
    return options.resizing or (None if card is None else card.resizing)


def _candidates(
    path: Path, source: Source, options: SourceOptions, stated: StatedConvention | None
) -> tuple[InputConvention, ...]:
    """The conventions that the options leave open, the most likely first."""
    order: ColorOrder | None = options.color_order  # type: ignore[assignment]
    try:
        found = candidates(channels=source.shape.channels, color_order=order, scaling=_given_scaling(options))
    except ValueError as error:
        raise ExportError(f"{path}: {error}; leave out --color-order") from error
    likely = _default_scaling(source)
    # The networks of the article, of which there are weights only, were trained on pictures read by OpenCV.
    ours = options.network is not None and options.architecture is None
    first = "BGR" if ours else found[0].color_order
    ordered = sorted(found, key=lambda one: (one.scaling != likely, one.color_order != first))
    if stated is None or source.shape.channels != 3:
        return tuple(ordered)
    return (stated.convention, *(one for one in ordered if one != stated.convention))


def _given_scaling(options: SourceOptions) -> Scaling | None:
    if options.scale is None and options.offset is None:
        return None
    scale, offset = options.scale or (1.0,), options.offset or (0.0,)
    name = f"multiplied by {_numbers(scale)}" + (f", plus {_numbers(offset)}" if any(offset) else "")
    return Scaling(name, scale, offset)


def _numbers(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:.6g}" for value in values)


def _default_scaling(source: Source) -> Scaling:
    """0-255 for a network that scales by itself, else 0-1."""
    return UNIT if source.scaling_layer is None else BYTES


def _assumption(
    source: Source, options: SourceOptions, convention: InputConvention, stated: StatedConvention | None
) -> str:
    named = [] if options.color_order else ["--color-order"]
    if options.scale is None and options.offset is None:
        named += ["--scale", "--offset", "--preprocess"]
    layer = source.scaling_layer
    why = f", since its layer {layer!r} scales" if layer and convention.scaling == BYTES else ""
    if stated is not None and dataclasses.replace(convention, resizing=STRETCHED) == stated.convention:
        why = f", as {stated.where} says"
    return f"it was trained on pictures in {convention}{why} ({', '.join(named)})"


def _outputs(path: Path, source: Source, convention: InputConvention, last_op: str) -> Outputs:
    """What the outputs mean, judging by those for random noise."""
    side = source.shape.size_px
    noise = np.random.default_rng(0).integers(0, 256, (4, side, side, 3), np.uint8)
    try:
        return outputs_of(source.run(convention.inputs(noise, source.shape)), last_op)
    except ExportError as error:
        raise ExportError(f"{path} {error}") from error
