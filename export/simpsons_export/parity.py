"""Prove that an exported classifier returns the same probabilities as its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from simpsons_export.options import TOLERANCE
from simpsons_export.pictures import ProofPictures
from simpsons_export.sources import KerasNetwork
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_play.inference.providers import import_onnxruntime

BATCH_SIZES = (1, 7, 32)
"""Batch sizes that the exported graph must accept: a single frame, a number that is not a power of two, and
that of an evaluation."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""Lower bound of probabilities before taking the logarithm: the smallest normal float32."""


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


def prove_equal(
    network: KerasNetwork, exported: Path, pictures: ProofPictures, *, tolerance: float = TOLERANCE
) -> Parity:
    """Compare a network in Keras with its export in onnxruntime, both on the CPU.

    The two sides share nothing but the pictures: Keras gets them as float32 in the network's colour order
    through `model.predict`, onnxruntime gets the uint8 BGR pictures in batches of 1, 7 and 32 in turn.

    Args:
        network: The source.
        exported: An .onnx file with one uint8 (N, S, S, 3) BGR input and one (N, K) output.
        pictures: Pictures to compare on.
        tolerance: Maximum difference of a probability that counts as equal.

    Raises:
        ExportError: onnxruntime cannot run the file, or the difference exceeds the tolerance.
    """
    onnxruntime = import_onnxruntime()
    try:
        session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
        actual = _run_batches(session, pictures.images)
    except Exception as error:  # onnxruntime raises exceptions without a common base class
        raise ExportError(f"onnxruntime cannot run the exported network: {error}") from error
    expected = source_probabilities(network, pictures.images)
    if actual.shape != expected.shape:
        raise ExportError(f"the exported network returns {actual.shape}, its source {expected.shape}")
    parity = Parity(
        max_difference=float(np.abs(actual - expected).max()),
        agreeing=int((actual.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        pictures=len(expected),
        tolerance=tolerance,
        origin=pictures.origin,
        provider=session.get_providers()[0],
    )
    if not parity.max_difference <= tolerance:  # also fails for NaN
        raise ExportError(f"the exported network differs from its source: {parity}; nothing was written")
    return parity


def source_probabilities(network: KerasNetwork, images: Image) -> npt.NDArray[np.float64]:
    """Run the source: (N, S, S, 3) uint8 BGR -> (N, K) float64 probabilities, temperature applied.

    For a network that ends in a softmax, `softmax(logits / T)` equals the normalised `p**(1 / T)`, since the
    denominator of the softmax cancels (temperature scaling: Guo et al. 2017, arXiv:1706.04599).
    """
    ordered = images if network.card.color_order == "BGR" else images[..., ::-1]
    with keras.device("cpu:0"):
        outputs = network.model.predict(
            ordered.astype(np.float32) * np.float32(network.scale), batch_size=BATCH_SIZES[-1], verbose=0
        ).astype(np.float64)
    if network.card.temperature == 1 and not network.gives_logits:
        return outputs  # type: ignore[no-any-return]
    logits = outputs if network.gives_logits else np.log(np.maximum(outputs, SMALLEST))
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / network.card.temperature)
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def _run_batches(session: Any, images: Image) -> Probabilities:
    """(N, S, S, 3) uint8 -> (N, K) float32, in batches of the sizes in `BATCH_SIZES` in turn."""
    name = session.get_inputs()[0].name
    # With too few pictures for a batch of each size, repeat them and drop the extra results.
    repeats = -(-sum(BATCH_SIZES) // len(images))
    queue = np.concatenate([images] * repeats)
    outputs: list[Probabilities] = []
    start = 0
    while start < len(queue):
        size = BATCH_SIZES[len(outputs) % len(BATCH_SIZES)]
        outputs.append(session.run(None, {name: queue[start : start + size]})[0])
        start += size
    return np.concatenate(outputs)[: len(images)]
