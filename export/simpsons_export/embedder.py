"""Convert an embedder to a self-describing .onnx file, which is written only after the proof."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
from onnx import helper, numpy_helper

from simpsons_export.backend import prepare
from simpsons_export.files import output_for
from simpsons_export.folding import fold_preprocessing
from simpsons_export.int8.embedder import calibration_heads, head_views_of, prove_embedder_int8
from simpsons_export.int8.proof import Int8Proof, labelled_pictures
from simpsons_export.int8.quantise import quantise
from simpsons_export.options import TOLERANCE
from simpsons_export.output_file import describe, unproven_file
from simpsons_export.pictures import proof_pictures
from simpsons_export.source import function_to_onnx
from simpsons_export.wrapping import INPUT_NAME
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.core.foreign_files import guarded, read_entry
from simpsons_play.inference.embedder import EmbedderCard, Embeddings
from simpsons_play.inference.loading import load_embedder
from simpsons_training.dataset import PictureSet
from simpsons_training.embedding.train import CARD_ENTRY, REFERENCES_ENTRY
from simpsons_training.keras_file import load_keras

_MAX_ENTRY_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class EmbedderExport:
    """The result of an export.

    Attributes:
        path: The .onnx file.
        size_bytes: Size of the file.
        card: Card in the file.
        pictures: Number of compared pictures.
        origin: Origin of the pictures.
        max_difference: Largest difference of a number of an embedding.
        int8_proof: Comparison of the file in eight bits with that in floats; None if it is in floats.
    """

    path: Path
    size_bytes: int
    card: EmbedderCard
    pictures: int
    origin: str
    max_difference: float
    int8_proof: Int8Proof | None


def is_embedder(path: Path) -> bool:
    """Whether a file is a `.keras` file of `simpsons train-embedder`."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return CARD_ENTRY in archive.namelist()


def export_embedder(
    path: Path,
    output: Path | None = None,
    *,
    pictures: Path | None = None,
    tolerance: float = TOLERANCE,
    int8: bool = False,
) -> EmbedderExport:
    """Export an embedder and prove that the export returns the same embeddings.

    Args:
        path: A `.keras` file of `simpsons train-embedder`.
        output: The .onnx file; None puts it next to `path`. It is written only after the proof.
        pictures: Folder of pictures for the proof; see `pictures.proof_pictures`.
        tolerance: Maximum difference of a number of an embedding that counts as equal.
        int8: Quantise the export after the proof, for faster inference on a CPU, and compare both on
            validation pictures; `pictures` must have labels, see `int8.proof.labelled_pictures`.

    Raises:
        ExportError: The file cannot be read, exported or written, or the export differs from it.
        DependencyError: A package is not installed.
    """
    prepare()
    output = output_for(path, output, int8=int8)
    labelled = labelled_pictures(pictures) if int8 else None
    model = load_keras(path)
    card, references = _read(path)

    def embed(heads: Any) -> dict[str, Any]:
        rgb = tf.gather(heads, [2, 1, 0], axis=-1)
        return {"embeddings": model(tf.cast(rgb, tf.float32), training=False)}

    signature = tf.TensorSpec((None, card.size_px, card.size_px, 3), tf.uint8, name=INPUT_NAME)
    content = function_to_onnx(embed, signature, name=card.network)
    fold_preprocessing(content)
    describe(content, card.to_metadata(), name=card.network, version=card.version)
    with unproven_file(output, _with_references(content, references)) as part:
        proof = proof_pictures(pictures, card.size_px)
        exported = load_embedder(part, provider="cpu").embed_views(proof.images)
        expected = model.predict(proof.images[..., ::-1], batch_size=32, verbose=0)
        difference = float(np.abs(exported - expected).max())
        if not difference <= tolerance:  # also fails for NaN
            raise ExportError(
                f"the exported network differs from its source by {difference:.1e}; nothing was written"
            )
        int8_proof = None if labelled is None else _quantise(content, part, references, labelled)
    return EmbedderExport(
        output, output.stat().st_size, card, len(proof.images), proof.origin, difference, int8_proof
    )


def _quantise(content: Any, part: Path, references: Embeddings, pictures: PictureSet) -> Int8Proof:
    """Replace a proven file by one in eight bits."""
    source = load_embedder(part, provider="cpu")
    heads = calibration_heads(pictures)
    quantised = quantise(content, head_views_of(heads, source.card.size_px))
    onnx.save(_with_references(quantised, references), part)
    return prove_embedder_int8(source, load_embedder(part, provider="cpu"), pictures)


def _read(path: Path) -> tuple[EmbedderCard, Embeddings]:
    """The card of a file, and its (R, D) float16 reference embeddings."""
    try:
        with guarded(ModelError, f"{path} is damaged"), zipfile.ZipFile(path) as archive:
            metadata = json.loads(read_entry(archive, CARD_ENTRY, max_bytes=_MAX_ENTRY_BYTES))
            with archive.open(REFERENCES_ENTRY) as file:
                references = np.lib.format.read_array(file, allow_pickle=False)
            return EmbedderCard.from_metadata(metadata), references
    except ModelError as error:
        raise ExportError(str(error)) from error


def _with_references(content: Any, references: Embeddings) -> Any:
    """A copy with the reference embeddings as a second output, stored in 16 bits."""
    model = onnx.ModelProto()
    model.CopyFrom(content)
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(references.astype(np.float16), "references_f16"))
    graph.node.append(helper.make_node("Cast", ["references_f16"], ["references"], to=onnx.TensorProto.FLOAT))
    graph.output.append(
        helper.make_tensor_value_info("references", onnx.TensorProto.FLOAT, list(references.shape))
    )
    return model
