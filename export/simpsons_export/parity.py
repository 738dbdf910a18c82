"""Prove that an exported classifier returns the same probabilities as its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from simpsons_export.conventions.search import run_prepared
from simpsons_export.describe import ClassifierNetwork
from simpsons_export.onnx_files.reader import nodes_in, tensors_in
from simpsons_export.options import ROUNDED_TOLERANCE, TOLERANCE
from simpsons_export.outputs import probabilities_of
from simpsons_export.pictures import ProofPictures
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_play.inference.providers import import_onnxruntime

BATCH_SIZES = (1, 7, 32)
"""Batch sizes that the exported graph must accept: a single frame, a number that is not a power of two, and
that of an evaluation."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Comparison of an exported network with its source.

    Attributes:
        max_difference: Largest difference of a probability over all pictures and labels.
        agreeing: Pictures for which both predict the same label.
        pictures: Number of compared pictures.
        tolerance: Maximum difference that counts as equal.
        origin: Origin of the pictures.
        provider: Execution provider of onnxruntime.
    """

    max_difference: float
    agreeing: int
    pictures: int
    tolerance: float
    origin: str
    provider: str

    def __str__(self) -> str:
        """In one line: `max |difference| of probabilities 3.1e-07 over 1,679 pictures (...`."""
        agreement = "all" if self.agreeing == self.pictures else f"{self.agreeing:,}"
        return (
            f"max |difference| of probabilities {self.max_difference:.1e} over {self.pictures:,} pictures "
            f"(tolerance {self.tolerance:g}), best label equal for {agreement}"
        )


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Accuracy of a network and its export on the same labelled pictures.

    Attributes:
        source: Share of pictures that the source names right, prepared as its author would.
        exported: The same of the export.
        framework: What ran the source.
        pictures: Number of pictures.
        folder: Their folder.
    """

    source: float
    exported: float
    framework: str
    pictures: int
    folder: Path

    def __str__(self) -> str:
        """In one line: `91.2% in Keras, 91.2% through the export, 500 pictures of data`."""
        return (
            f"{self.source:.1%} in {self.framework}, {self.exported:.1%} through the export, "
            f"{self.pictures:,} pictures of {self.folder}"
        )


def tolerance_for(model: Any) -> float:
    """Maximum difference of a probability that counts as equal, by the precision of the network.

    Args:
        model: The export as an `onnx.ModelProto`.
    """
    half = any(tensor.data_type == TensorProto.FLOAT16 for tensor in tensors_in(model))
    quantised = any("QuantizeLinear" in node.op_type for node in nodes_in(model))
    return ROUNDED_TOLERANCE if half or quantised else TOLERANCE


def prove_equal(
    network: ClassifierNetwork, exported: Path, pictures: ProofPictures, *, tolerance: float = TOLERANCE
) -> Parity:
    """Compare a network in its own framework with its export in onnxruntime, both on the CPU.

    The two sides share nothing but the pictures: the source gets them as its author would prepare them (see
    `InputConvention.inputs`), onnxruntime gets the uint8 BGR pictures in batches of 1, 7 and 32 in turn.

    Args:
        network: The source.
        exported: An .onnx file with one uint8 (N, S, S, 3) BGR input and one (N, K) output.
        pictures: Pictures to compare on.
        tolerance: Maximum difference of a probability that counts as equal.

    Raises:
        ExportError: onnxruntime cannot run the file, or the difference exceeds the tolerance.
    """
    (actual,), provider = run_in_batches(exported, pictures.images)
    expected = source_probabilities(network, pictures.images)
    if actual.shape != expected.shape:
        raise ExportError(f"the exported network returns {actual.shape}, its source {expected.shape}")
    parity = Parity(
        max_difference=float(np.abs(actual - expected).max()),
        agreeing=int((actual.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        pictures=len(expected),
        tolerance=tolerance,
        origin=pictures.origin,
        provider=provider,
    )
    if not parity.max_difference <= tolerance:  # also fails for NaN
        raise ExportError(
            f"the exported network differs from its source: {parity}; nothing was written; --tolerance "
            "allows more"
        )
    return parity


def accuracy_of(network: ClassifierNetwork, exported: Path) -> Accuracy | None:
    """Accuracy of a network and its export on the labelled pictures of the network, if it has any.

    Raises:
        ExportError: onnxruntime cannot run the file.
    """
    if (labelled := network.labelled) is None:
        return None
    (actual,), _ = run_in_batches(exported, labelled.images)
    source, through = (
        float((probabilities.argmax(axis=1) == labelled.truth).mean())
        for probabilities in (source_probabilities(network, labelled.images), actual)
    )
    return Accuracy(source, through, network.source.framework, len(labelled), labelled.folder)


def source_probabilities(network: ClassifierNetwork, images: Image) -> npt.NDArray[np.float64]:
    """Run the source: (N, S, S, 3) uint8 BGR -> (N, K) float64 probabilities, temperature applied."""
    outputs = run_prepared(network.source, network.convention, images)
    return probabilities_of(outputs, network.kind, network.card.temperature)


def run_in_batches(exported: Path, images: Image) -> tuple[list[Probabilities], str]:
    """Run an .onnx file on the CPU, in batches of the sizes in `BATCH_SIZES` in turn.

    Args:
        exported: The .onnx file.
        images: (N, H, W, 3) uint8 BGR.

    Returns:
        Its outputs (N, ...), and the execution provider.

    Raises:
        ExportError: onnxruntime cannot run the file.
    """
    try:
        session = import_onnxruntime().InferenceSession(str(exported), providers=["CPUExecutionProvider"])
        return _run_batches(session, images), session.get_providers()[0]
    except Exception as error:  # onnxruntime raises exceptions without a common base class
        raise ExportError(f"onnxruntime cannot run the exported network: {error}") from error


def _run_batches(session: Any, images: Image) -> list[Probabilities]:
    name = session.get_inputs()[0].name
    # With too few pictures for a batch of each size, repeat them and drop the extra results.
    repeats = -(-sum(BATCH_SIZES) // len(images))
    queue = np.concatenate([images] * repeats)
    outputs: list[list[Probabilities]] = []
    start = 0
    while start < len(queue):
        size = BATCH_SIZES[len(outputs) % len(BATCH_SIZES)]
        outputs.append(session.run(None, {name: queue[start : start + size]}))
        start += size
    return [np.concatenate(parts)[: len(images)] for parts in zip(*outputs, strict=True)]
