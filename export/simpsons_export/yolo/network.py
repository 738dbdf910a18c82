"""A YOLO-style detector in an .onnx file, and what its export needs to know."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simpsons_export.conventions.convention import (
    BYTES,
    UNIT,
    ColorOrder,
    InputConvention,
    Scaling,
    StatedConvention,
)
from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.conventions.labelled import LabelledFolder, LabelledImages, why_unknown
from simpsons_export.conventions.search import SearchResult, find_convention
from simpsons_export.describe import OnSearch
from simpsons_export.onnx_files.hints import OnnxHints
from simpsons_export.onnx_files.network import OnnxNetwork
from simpsons_export.options import SourceOptions
from simpsons_export.outputs import Outputs
from simpsons_export.yolo.layout import (
    YoloLayout,
    decode,
    find_layout,
    probabilities_of_confidences,
    suppress,
)
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.inference.letterbox import letterboxed
from simpsons_play.inference.model_card import ModelCard

Floats = npt.NDArray[np.float32]

DEFAULT_THRESHOLD = 0.25
"""Confidence from which Ultralytics shows a box: `conf` in `ultralytics/cfg/default.yaml`."""

_MAX_PICTURES = 120
"""Labelled pictures to try conventions on: a detector takes a tenth of a second for each."""

_UNAVAILABLE = ("network", "preprocess", "resizing", "temperature")


@dataclass(frozen=True, slots=True, eq=False)
class YoloNetwork:
    """A YOLO-style detector in onnxruntime.

    Attributes:
        network: The file.
        output: Name of the output that holds the boxes.
        layout: How it is to be read.
        plain: The same network as an `onnx.ModelProto`, see `OnnxNetwork.plain`.
        card: Model card of the export.
        convention: How pictures become its input.
        read: One phrase on what was read.
        assumed: Assumptions about what neither file nor options nor pictures tell, one clause each.
        search: The conventions that were tried, if the pictures had to tell.
        labelled: Letterboxed pictures with characters that it knows, if there are any.
    """

    network: OnnxNetwork
    output: str
    layout: YoloLayout
    plain: Any
    card: ModelCard
    convention: InputConvention
    read: str
    assumed: tuple[str, ...]
    search: SearchResult | None
    labelled: LabelledImages | None

    @property
    def canvas_px(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        return self.network.shape.width, self.network.shape.height

    def detections(self, fitted: Image) -> tuple[Floats, Floats, Floats]:
        """Run and decode it as its author would, in NumPy; the graph of the export shares none of this.

        Args:
            fitted: (H, W, 3) uint8 BGR, letterboxed.

        Returns:
            Boxes (M, 4) in pixels of it, scores (M,) and probabilities (M, K).
        """
        inputs = self.convention.inputs(fitted[None], self.network.shape)
        (values,) = self.network.run(inputs, [self.output])
        (boxes,), (confidences,) = decode(values, self.layout, self.network.shape)
        kept = suppress(boxes, confidences)
        width, height = self.canvas_px
        limits = np.array([width, height] * 2, np.float32)
        return (
            np.clip(boxes[kept], 0, limits),
            confidences[kept].max(axis=1),
            probabilities_of_confidences(confidences[kept]),
        )


class BestBoxes:
    """A detector as a classifier: each label is as likely as its best box says. A `Source`."""

    framework, scaling_layer = "onnxruntime", None

    def __init__(self, network: OnnxNetwork, output: str, layout: YoloLayout) -> None:
        self._network, self._output, self._layout = network, output, layout
        self.name, self.shape, self.outputs = network.path.stem, network.shape, layout.classes or 0

    def run(self, inputs: Floats) -> Floats:
        """(N, *shape.tensor) -> (N, K): the highest confidence of each class over all boxes."""
        (values,) = self._network.run(inputs, [self._output])
        return np.asarray(decode(values, self._layout, self.shape)[1].max(axis=1))

    def to_onnx(self) -> Any:
        """Not needed."""
        raise NotImplementedError


def detector_output(
    network: OnnxNetwork, hints: OnnxHints, *, labels: tuple[str, ...] | None
) -> tuple[str, YoloLayout] | None:
    """The output of a network that holds boxes, and its layout; None if there is none."""
    counts: list[int | None] = [len(labels)] if labels else [len(found.names) for found in hints.labels]
    if not labels and all(result.ndim != 2 for result in network.results.values()):
        counts.append(None)  # no classifier, which may return features (N, A, C) as well
    if network.returns_boxes_apart:
        return None  # the other output would look like one of YOLO with fewer classes
    for name, result in network.results.items():
        for count in counts:
            if (layout := find_layout(result, network.shape, labels=count)) is not None:
                return name, layout
    return None


def describe_yolo(
    network: OnnxNetwork,
    output: str,
    layout: YoloLayout,
    options: SourceOptions,
    hints: OnnxHints,
    *,
    read: str,
    folder: LabelledFolder | None,
    on_search: OnSearch = lambda conventions, labelled: None,
) -> YoloNetwork:
    """Determine labels and input convention of a detector.

    Args:
        network: The detector.
        output: The output that holds boxes.
        layout: How to read it.
        options: Properties that complement or override the file.
        hints: What the file says.
        read: One phrase on what was read.
        folder: Labelled pictures, if there are any.
        on_search: Called before conventions are tried.

    Raises:
        ExportError: It has no labels, or does not match the options.
        DataError: A picture cannot be read.
    """
    path = network.path
    for name in _UNAVAILABLE:
        if getattr(options, name) is not None:
            option = options.option_for(name)
            raise ExportError(f"{path} is a detector, to which {option} does not apply; leave it out")
    labels = options.labels or (
        hints.labels_for(layout.classes)
        if layout.classes
        else next((found.names for found in hints.labels), None)
    )
    if labels is None:
        count = f"{layout.classes} classes" if layout.classes else "classes"
        raise ExportError(f"{path} is a detector without labels for its {count}; give them with --labels")
    layout = dataclasses.replace(layout, classes=len(labels))
    choices = _candidates(network.shape, options, hints.convention)
    labelled = None if folder is None else folder.images(labels, _letterbox(network), count=_MAX_PICTURES)
    search = None
    if labelled is not None and len(choices) > 1:
        on_search(choices, labelled)
        source = BestBoxes(network, output, layout)
        search = find_convention(source, choices, labelled, kind=Outputs.INDEPENDENT)
        if search.found:
            choices = (search.trials[0].convention,)
    assumed = []
    if len(choices) > 1:
        stated = hints.convention
        why = f", as {stated.where} says" if stated and stated.convention == choices[0] else ""
        unknown = why_unknown(folder, labels, tried=search is not None)
        assumed.append(
            f"it was trained on pictures in {choices[0]}{why} (--color-order, --scale, --offset); {unknown}"
        )
    if options.threshold is None:
        assumed.append(
            f"names are shown from a confidence of {DEFAULT_THRESHOLD:g} on, as by Ultralytics (--threshold)"
        )
    return YoloNetwork(
        network,
        output,
        layout,
        network.plain(output),
        _card(network, options, labels),
        choices[0],
        read,
        tuple(assumed),
        search,
        labelled,
    )


def _candidates(
    shape: InputShape, options: SourceOptions, stated: StatedConvention | None
) -> tuple[InputConvention, ...]:
    """RGB from 0 to 1 as in all of Ultralytics, and what others do."""
    given: Any = options.color_order
    orders: tuple[ColorOrder, ...] = ("RGB", "BGR") if shape.channels == 3 else ("grey",)
    scalings: tuple[Scaling, ...] = (UNIT, BYTES)
    if options.scale is not None or options.offset is not None:
        scalings = (Scaling("as given", options.scale or (1.0,), options.offset or (0.0,)),)
    found = tuple(
        InputConvention(order, scaling) for scaling in scalings for order in ((given,) if given else orders)
    )
    if stated is None or given or options.scale or options.offset or shape.channels != 3:
        return found
    return (stated.convention, *(one for one in found if one != stated.convention))


def _letterbox(network: OnnxNetwork) -> Any:
    canvas_px = network.shape.width, network.shape.height
    return lambda image: letterboxed(image, canvas_px)


def _card(network: OnnxNetwork, options: SourceOptions, labels: tuple[str, ...]) -> ModelCard:
    threshold = DEFAULT_THRESHOLD if options.threshold is None else options.threshold
    try:
        return ModelCard(
            network=network.path.stem,
            labels=labels,
            size_px=max(network.shape.height, network.shape.width),
            regions=("heads",),
            threshold=threshold,
        )
    except ValueError as error:
        raise ExportError(f"{network.path}: {error}") from error
