"""A Keras network -> one self-describing .onnx file, written only when it is proven equal."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import tensorflow as tf
import tf2onnx

from simpsons_export.backend import first_line, prepare
from simpsons_export.files import output_for
from simpsons_export.folding import fold_entry
from simpsons_export.frames import over_frames
from simpsons_export.head_parity import HeadParity, prove_heads_equal
from simpsons_export.options import TOLERANCE, SourceOptions
from simpsons_export.parity import SMALLEST, Parity, prove_equal
from simpsons_export.pictures import proof_frames, proof_pictures
from simpsons_export.sources import KerasNetwork, load_network
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sinks.partial import PartialFile

OPSET = 17
"""Read by onnxruntime 1.12 and later."""

INPUT_NAME = "pictures"
FRAMES_NAME = "frames"
OUTPUT_NAME = "probabilities"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote.

    Attributes:
        path: of the .onnx file.
        size_bytes: of the file.
        opset: of its operators.
        card: as it is in the file.
        parity: the proof.
    """

    path: Path
    size_bytes: int
    opset: int
    card: ModelCard
    parity: Parity | HeadParity


def export(
    model_path: Path,
    output: Path | None = None,
    *,
    options: SourceOptions | None = None,
    pictures: Path | None = None,
    tolerance: float = TOLERANCE,
    on_read: Callable[[KerasNetwork], object] = lambda network: None,
) -> ExportResult:
    """Export a Keras file and prove the export equal to it.

    Args:
        model_path: a `.keras` file, a whole-model `.h5`, or weights alone.
        output: the .onnx file; None puts it beside `model_path`. It appears, or is replaced, only after the
            proof.
        options: what `model_path` does not say itself.
        pictures: a folder of pictures for the proof; see `proof_pictures`.
        tolerance: the largest difference of a probability that counts as equal.
        on_read: called with the network, before the conversion.

    Raises:
        ExportError: the file cannot be read, exported or written, or the export differs from it.
        DataError: the table of `pictures` is broken.
        DependencyError: a package is missing.
    """
    prepare()
    output = output_for(model_path, output)
    network = load_network(model_path, options or SourceOptions())
    on_read(network)
    prove = _prove_heads if network.card.detects else _prove
    content = to_onnx(network)
    file = PartialFile(output, keep_suffix=True)
    file.create()
    try:
        try:
            onnx.save(content, file.part)
        except OSError as error:
            raise file.error(error) from error
        parity = prove(network, file.part, pictures, tolerance)
        file.commit(complete=True)
    finally:
        file.discard()
    return ExportResult(output, output.stat().st_size, OPSET, onnx_card(network.card), parity)


def _prove(network: KerasNetwork, part: Path, pictures: Path | None, tolerance: float) -> Parity:
    return prove_equal(network, part, proof_pictures(pictures, network.card.size_px), tolerance=tolerance)


def _prove_heads(network: KerasNetwork, part: Path, pictures: Path | None, tolerance: float) -> HeadParity:
    return prove_heads_equal(network, part, proof_frames(pictures), tolerance=tolerance)


def to_onnx(network: KerasNetwork) -> Any:
    """Convert: an `onnx.ModelProto` that follows the contract of `ModelCard`.

    Input `pictures`: uint8 (N, S, S, 3) BGR; output `probabilities`: float32 (N, K). Colour order, scale,
    temperature and softmax are in the graph. Of a detector, input `frames`: uint8 (N, H, W, 3) BGR of any
    size; outputs as in `frames.over_frames`.

    Raises:
        ExportError: the network uses what ONNX or tf2onnx does not know.
    """
    if network.card.detects:
        side, name = None, FRAMES_NAME
        function = over_frames(network.model, network.card)
    else:
        side, name = network.card.size_px, INPUT_NAME
        function = _wrap(network)
    signature = [tf.TensorSpec((None, side, side, 3), tf.uint8, name=name)]
    try:
        with tf.device("/CPU:0"):
            model, _ = tf2onnx.convert.from_function(
                tf.function(function), input_signature=signature, opset=OPSET
            )
    except Exception as error:  # tf2onnx raises nearly anything
        raise ExportError(
            f"{network.card.network} cannot be converted to ONNX: {first_line(error)}"
        ) from error
    fold_entry(model)
    _name(model, network.card)
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(
            f"{network.card.network} gives an ONNX file that is not valid: {first_line(error)}"
        ) from error
    return model


def onnx_card(card: ModelCard) -> ModelCard:
    """The card of the exported network: it always takes BGR, as OpenCV and the player have it."""
    return dataclasses.replace(card, color_order="BGR")


def _wrap(network: KerasNetwork) -> Callable[[Any], dict[str, Any]]:
    """The function that is converted: uint8 BGR pictures -> probabilities."""

    def classify(pictures: Any) -> dict[str, Any]:
        if network.card.color_order == "RGB":
            # Not `tf.reverse`: tf2onnx makes a ReverseSequence of it, with transposes around.
            pictures = tf.gather(pictures, [2, 1, 0], axis=-1)
        values = tf.cast(pictures, tf.float32)
        if network.scale != 1:
            values = values * network.scale
        said = network.model(values, training=False)
        temperature = network.card.temperature
        if network.gives_logits:
            said = tf.nn.softmax(said / temperature)
        elif temperature != 1:
            # softmax(log p / T) is p**(1 / T) made to sum to 1, which is softmax(logits / T).
            said = tf.nn.softmax(tf.math.log(tf.maximum(said, SMALLEST)) / temperature)
        return {OUTPUT_NAME: said}

    return classify


def _name(model: Any, card: ModelCard) -> None:
    """Fill in who made the file and what it holds."""
    onnx.helper.set_model_props(model, onnx_card(card).to_metadata())
    model.producer_name = "simpsons-play"
    try:
        model.producer_version = importlib.metadata.version("simpsons-play")
    except importlib.metadata.PackageNotFoundError:
        model.producer_version = "0"
    model.model_version = int(card.version) if card.version.isdecimal() else 0
    takes, side = (FRAMES_NAME, "") if card.detects else (INPUT_NAME, card.size_px)
    gives = ", ".join(output.name for output in model.graph.output)
    model.doc_string = f"{card.network}: {takes} uint8 (N, {side or 'H'}, {side or 'W'}, 3) BGR -> {gives}"
    model.graph.name = card.network
    model.graph.doc_string = ""
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    if card.detects:
        for dim, symbol in zip(model.graph.input[0].type.tensor_type.shape.dim[1:3], "HW", strict=True):
            dim.dim_param = symbol
