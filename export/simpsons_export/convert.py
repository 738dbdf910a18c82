"""Convert a network to a self-describing .onnx file, which is written only after the proof."""

from __future__ import annotations

import copy
import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import tensorflow as tf

from simpsons_export.backend import prepare
from simpsons_export.conventions.search import SearchResult
from simpsons_export.describe import ClassifierNetwork, OnSearch
from simpsons_export.detector_graph import detector_function
from simpsons_export.detector_network import DetectorNetwork
from simpsons_export.files import output_for
from simpsons_export.folding import fold_preprocessing
from simpsons_export.head_parity import HeadParity, accuracy_of_boxes, prove_detector_equal
from simpsons_export.int8.proof import Int8Proof, fitted_pictures, labelled_pictures, prove_int8
from simpsons_export.int8.quantise import quantise
from simpsons_export.networks import Network, load_network
from simpsons_export.onnx_files.reader import opset_of
from simpsons_export.options import SourceOptions
from simpsons_export.output_file import describe, unproven_file
from simpsons_export.parity import Accuracy, Parity, accuracy_of, prove_equal, tolerance_for
from simpsons_export.pictures import proof_frames, proof_pictures
from simpsons_export.source import function_to_onnx
from simpsons_export.wrapping import INPUT_NAME, wrap
from simpsons_export.yolo.graph import wrap_detector
from simpsons_export.yolo.network import YoloNetwork
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.dataset import PictureSet


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The result of an export.

    Attributes:
        path: The .onnx file.
        size_bytes: Size of the file.
        opset: Operator set version.
        card: Model card in the file.
        parity: Comparison with the source, in floats.
        accuracy: Accuracy of both on labelled pictures, if there are any.
        assumed: Assumptions about what neither file nor options nor pictures tell, one clause each.
        search: Input conventions that were tried on labelled pictures, if any.
        int8_proof: Comparison of the file in eight bits with that in floats; None if it is in floats.
    """

    path: Path
    size_bytes: int
    opset: int
    card: ModelCard
    parity: Parity | HeadParity
    accuracy: Accuracy | None
    assumed: tuple[str, ...]
    search: SearchResult | None
    int8_proof: Int8Proof | None


def export(
    model_path: Path,
    output: Path | None = None,
    *,
    options: SourceOptions | None = None,
    pictures: Path | None = None,
    tolerance: float | None = None,
    int8: bool = False,
    on_search: OnSearch = lambda conventions, labelled: None,
    on_read: Callable[[Network], object] = lambda network: None,
) -> ExportResult:
    """Export a network and prove that the export returns the same results.

    Args:
        model_path: See `sources.load_file`.
        output: The .onnx file; None puts it next to `model_path`, see `output_for`. It is written only after
            the proof.
        options: Properties that `model_path` lacks.
        pictures: Folder of pictures for the proof; see `proof_pictures`.
        tolerance: Maximum difference of a probability that counts as equal; None selects it by the precision
            of the network, see `parity.tolerance_for`.
        int8: Quantise the export after the proof, for faster inference on a CPU, and compare both on
            validation pictures; `pictures` must have labels, see `int8.proof.labelled_pictures`.
        on_search: Called before input conventions are tried, which can take a minute.
        on_read: Called with the network before the conversion.

    Raises:
        ExportError: The file cannot be read, exported or written, or the export differs from it.
        DataError: The table of `pictures` is invalid.
        DependencyError: A package is not installed.
    """
    prepare()
    output = output_for(model_path, output, int8=int8)
    labelled = labelled_pictures(pictures) if int8 else None
    network = load_network(model_path, options or SourceOptions(), pictures=pictures, on_search=on_search)
    on_read(network)
    content = to_onnx(network)
    if tolerance is None:
        tolerance = tolerance_for(content)
    with unproven_file(output, content) as part:
        parity = _prove(network, part, pictures, tolerance)
        accuracy = _accuracy(network, part)
        int8_proof = None
        if labelled is not None:
            int8_proof = _quantise(content, part, labelled, pictures)
    return ExportResult(
        output,
        output.stat().st_size,
        opset_of(content),
        onnx_card(network.card),
        parity,
        accuracy,
        () if isinstance(network, DetectorNetwork) else network.assumed,
        None if isinstance(network, DetectorNetwork) else network.search,
        int8_proof,
    )


def _quantise(content: Any, part: Path, pictures: PictureSet, folder: Path | None) -> Int8Proof:
    """Replace a proven file by one in eight bits."""
    card = ModelCard.from_metadata({entry.key: entry.value for entry in content.metadata_props})
    fitted = fitted_pictures(pictures, content, letterbox=card.detects)
    with guarded(ExportError, f"{card.network} cannot be quantised", "leave out --int8"):
        quantised = quantise(content, fitted)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / part.name
        onnx.save(content, source)
        onnx.save(quantised, part)
        return prove_int8(source, part, pictures, folder)


def _accuracy(network: Network, part: Path) -> Accuracy | None:
    if isinstance(network, ClassifierNetwork):
        return accuracy_of(network, part)
    return accuracy_of_boxes(network, part) if isinstance(network, YoloNetwork) else None


def _prove(network: Network, part: Path, pictures: Path | None, tolerance: float) -> Parity | HeadParity:
    if isinstance(network, ClassifierNetwork):
        return prove_equal(network, part, proof_pictures(pictures, network.card.size_px), tolerance=tolerance)
    return prove_detector_equal(network, part, proof_frames(pictures), tolerance=tolerance)


def to_onnx(network: Network) -> Any:
    """Convert: an `onnx.ModelProto` that follows the contract of `ModelCard`.

    Input `pictures`: uint8 (N, S, S, 3) BGR; output `probabilities`: float32 (N, K). Colour order, scale,
    temperature and softmax are part of the graph. For a detector, input `pictures`: uint8 (N, H, W, 3) BGR of
    the network's size; outputs as in `detector_graph.detector_function` or `yolo.graph.wrap_detector`.

    Raises:
        ExportError: The network uses operations that ONNX or tf2onnx does not support.
    """
    card = network.card
    if isinstance(network, DetectorNetwork):
        width, height = network.canvas_px
        signature = tf.TensorSpec((None, height, width, 3), tf.uint8, name=INPUT_NAME)
        model = function_to_onnx(detector_function(network.model, card), signature, name=card.network)
        fold_preprocessing(model)
    elif isinstance(network, YoloNetwork):
        model = wrap_detector(
            copy.deepcopy(network.plain),
            network.network.shape,
            network.convention,
            network.layout,
            labels=len(card.labels),
        )
    else:
        model = wrap(
            copy.deepcopy(network.plain),
            network.source.shape,
            network.convention,
            network.kind,
            labels=len(card.labels),
            temperature=card.temperature,
        )
    describe(model, onnx_card(card).to_metadata(), name=card.network, version=card.version)
    return model


def onnx_card(card: ModelCard) -> ModelCard:
    """The model card of the exported network, which always takes BGR, like OpenCV and the player."""
    return dataclasses.replace(card, color_order="BGR")
