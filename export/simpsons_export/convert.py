"""Convert a Keras network to a self-describing .onnx file, which is written only after the proof."""

from __future__ import annotations

import copy
import dataclasses
import importlib.metadata
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import tensorflow as tf

from simpsons_export.backend import first_line, prepare
from simpsons_export.describe import ClassifierNetwork, OnSearch, describe_classifier
from simpsons_export.detector_graph import detector_function
from simpsons_export.detector_network import DetectorNetwork
from simpsons_export.files import output_for
from simpsons_export.folding import fold_preprocessing
from simpsons_export.head_parity import HeadParity, prove_detector_equal
from simpsons_export.int8_proof import Int8Proof, fitted_pictures, labelled_pictures, prove_int8
from simpsons_export.labelled import labelled_folder
from simpsons_export.options import TOLERANCE, SourceOptions
from simpsons_export.parity import Accuracy, Parity, accuracy_of, prove_equal
from simpsons_export.pictures import proof_frames, proof_pictures
from simpsons_export.quantise import quantise
from simpsons_export.source import OPSET, function_to_onnx
from simpsons_export.sources import load_file
from simpsons_export.wrapping import INPUT_NAME, wrap
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sinks.partial import PartialFile
from simpsons_training.dataset import PictureSet

Network = ClassifierNetwork | DetectorNetwork


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
        int8_proof: Comparison of the file in eight bits with that in floats; None if it is in floats.
    """

    path: Path
    size_bytes: int
    opset: int
    card: ModelCard
    parity: Parity | HeadParity
    accuracy: Accuracy | None
    assumed: tuple[str, ...]
    int8_proof: Int8Proof | None


def export(
    model_path: Path,
    output: Path | None = None,
    *,
    options: SourceOptions | None = None,
    pictures: Path | None = None,
    tolerance: float = TOLERANCE,
    int8: bool = False,
    on_search: OnSearch = lambda conventions, labelled: None,
    on_read: Callable[[Network], object] = lambda network: None,
) -> ExportResult:
    """Export a Keras file and prove that the export returns the same results.

    Args:
        model_path: See `sources.load_file`.
        output: The .onnx file; None puts it next to `model_path`. It is written only after the proof.
        options: Properties that `model_path` lacks.
        pictures: Folder of pictures for the proof; see `proof_pictures`.
        tolerance: Maximum difference of a probability that counts as equal.
        int8: Quantise the export after the proof, for faster inference on a CPU, and compare both on
            validation pictures; `pictures` must have labels, see `int8_proof.labelled_pictures`.
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
    with unproven_file(output, content) as part:
        parity = _prove(network, part, pictures, tolerance)
        accuracy = accuracy_of(network, part) if isinstance(network, ClassifierNetwork) else None
        int8_proof = None
        if labelled is not None:
            int8_proof = _quantise(content, part, labelled, pictures)
    return ExportResult(
        output,
        output.stat().st_size,
        OPSET,
        onnx_card(network.card),
        parity,
        accuracy,
        network.assumed if isinstance(network, ClassifierNetwork) else (),
        int8_proof,
    )


@contextmanager
def unproven_file(output: Path, content: Any) -> Iterator[Path]:
    """Write a converted network under a temporary name; it gets its own when the block ends without an error.

    Args:
        output: The .onnx file.
        content: An `onnx.ModelProto`.

    Yields:
        Path of the temporary file, to be proven equal to its source.

    Raises:
        SinkError: The file cannot be written.
    """
    file = PartialFile(output, keep_suffix=True)
    file.create()
    try:
        try:
            onnx.save(content, file.part)
        except OSError as error:
            raise file.error(error) from error
        yield file.part
        file.commit(complete=True)
    finally:
        file.discard()


def _quantise(content: Any, part: Path, pictures: PictureSet, folder: Path | None) -> Int8Proof:
    """Replace a proven file by one in eight bits."""
    card = ModelCard.from_metadata({entry.key: entry.value for entry in content.metadata_props})
    quantised = quantise(content, fitted_pictures(pictures, content, letterbox=card.detects))
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / part.name
        onnx.save(content, source)
        onnx.save(quantised, part)
        return prove_int8(source, part, pictures, folder)


def load_network(
    path: Path,
    options: SourceOptions,
    *,
    pictures: Path | None = None,
    on_search: OnSearch = lambda conventions, labelled: None,
) -> ClassifierNetwork | DetectorNetwork:
    """Load a network and find out what its file leaves open.

    Args:
        path: File of the network.
        options: Properties that the file lacks, or that override it.
        pictures: Folder of labelled pictures; see `labelled.labelled_folder`.
        on_search: Called before input conventions are tried.

    Raises:
        ExportError: The file cannot be read, or it does not match the options.
        DataError: A picture cannot be read.
    """
    loaded = load_file(path, options)
    if isinstance(loaded, DetectorNetwork):
        return loaded
    folder = labelled_folder(pictures)
    with guarded(ExportError, f"{path} cannot be exported"):
        return describe_classifier(
            path,
            loaded.source,
            options,
            card=loaded.card,
            read=loaded.read,
            folder=folder,
            found_labels=loaded.labels,
            assumed=loaded.assumed,
            on_search=on_search,
        )


def _prove(network: Network, part: Path, pictures: Path | None, tolerance: float) -> Parity | HeadParity:
    if isinstance(network, DetectorNetwork):
        return prove_detector_equal(network, part, proof_frames(pictures), tolerance=tolerance)
    return prove_equal(network, part, proof_pictures(pictures, network.card.size_px), tolerance=tolerance)


def to_onnx(network: Network) -> Any:
    """Convert: an `onnx.ModelProto` that follows the contract of `ModelCard`.

    Input `pictures`: uint8 (N, S, S, 3) BGR; output `probabilities`: float32 (N, K). Colour order, scale,
    temperature and softmax are part of the graph. For a detector, input `pictures`: uint8 (N, H, W, 3) BGR of
    the network's size; outputs as in `detector_graph.detector_function`.

    Raises:
        ExportError: The network uses operations that ONNX or tf2onnx does not support.
    """
    card = network.card
    if isinstance(network, DetectorNetwork):
        height, width = network.model.input_shape[1:3]
        signature = tf.TensorSpec((None, height, width, 3), tf.uint8, name=INPUT_NAME)
        model = function_to_onnx(detector_function(network.model, card), signature, name=card.network)
        fold_preprocessing(model)
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


def describe(model: Any, metadata: Mapping[str, str], *, name: str, version: str) -> None:
    """Write metadata, producer and documentation into a converted network, and check it.

    Raises:
        ExportError: The file is not valid.
    """
    onnx.helper.set_model_props(model, metadata)
    model.producer_name = "simpsons-play"
    try:
        model.producer_version = importlib.metadata.version("simpsons-play")
    except importlib.metadata.PackageNotFoundError:
        model.producer_version = "0"
    model.model_version = int(version) if version.isdecimal() else 0
    _, height, width, _ = (dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim)
    outputs = ", ".join(output.name for output in model.graph.output)
    model.doc_string = f"{name}: {INPUT_NAME} uint8 (N, {height}, {width}, 3) BGR -> {outputs}"
    model.graph.name = name
    model.graph.doc_string = ""
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"the ONNX file of {name} is not valid: {first_line(error)}") from error
