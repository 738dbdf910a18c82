"""The proof that an exported network says what its source says."""

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
"""One as a frame, seven as no power of two, 32 as an evaluation; the exported graph must take all."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""Smaller probabilities count as this one before their logarithm is taken: the least normal float32."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How equal an exported network is to its source.

    Attributes:
        max_difference: of a probability, over all pictures and labels.
        agreeing: pictures for which both name the same best label.
        pictures: how many were compared.
        tolerance: the largest difference that counts as equal.
        origin: where the pictures come from.
        provider: of onnxruntime.
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

    The sides share nothing but the pictures: Keras gets them in the network's own colour order as float32
    through `model.predict`, onnxruntime gets the uint8 BGR pictures in batches of 1, 7 and 32 in turn.

    Args:
        network: the source.
        exported: an .onnx file with one uint8 (N, S, S, 3) BGR input and one (N, K) output.
        pictures: uint8 BGR.
        tolerance: the largest difference of a probability that counts as equal.

    Raises:
        ExportError: onnxruntime cannot run the file, or they differ by more.
    """
    onnxruntime = import_onnxruntime()
    try:
        session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
        said = _run_batches(session, pictures.images)
    except Exception as error:  # onnxruntime raises types of its own that share no base
        raise ExportError(f"onnxruntime cannot run the exported network: {error}") from error
    wanted = source_probabilities(network, pictures.images)
    if said.shape != wanted.shape:
        raise ExportError(f"the exported network gives {said.shape}, its source {wanted.shape}")
    parity = Parity(
        max_difference=float(np.abs(said - wanted).max()),
        agreeing=int((said.argmax(axis=1) == wanted.argmax(axis=1)).sum()),
        pictures=len(wanted),
        tolerance=tolerance,
        origin=pictures.origin,
        provider=session.get_providers()[0],
    )
    if not parity.max_difference <= tolerance:  # also where it is not a number
        raise ExportError(f"the exported network does not equal its source: {parity}; nothing was written")
    return parity


def source_probabilities(network: KerasNetwork, images: Image) -> npt.NDArray[np.float64]:
    """What the source says: (N, S, S, 3) uint8 BGR -> (N, K) float64, its temperature applied.

    For a network that ends in a softmax, `softmax(logits / T)` equals `p**(1 / T)` made to sum to 1, as the
    sum that the softmax divides by cancels (temperature scaling: Guo et al. 2017, arXiv:1706.04599).
    """
    ordered = images if network.card.color_order == "BGR" else images[..., ::-1]
    with keras.device("cpu:0"):
        said = network.model.predict(
            ordered.astype(np.float32) * np.float32(network.scale), batch_size=BATCH_SIZES[-1], verbose=0
        ).astype(np.float64)
    if network.card.temperature == 1 and not network.gives_logits:
        return said  # type: ignore[no-any-return]
    logits = said if network.gives_logits else np.log(np.maximum(said, SMALLEST))
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / network.card.temperature)
    return powers / powers.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def _run_batches(session: Any, images: Image) -> Probabilities:
    """(N, S, S, 3) uint8 -> (N, K) float32, by batches of every size of `BATCH_SIZES` in turn."""
    name = session.get_inputs()[0].name
    # Too few pictures for one batch of each size are gone through again; the copies are dropped at the end.
    rounds = -(-sum(BATCH_SIZES) // len(images))
    queue = np.concatenate([images] * rounds)
    said: list[Probabilities] = []
    start = 0
    while start < len(queue):
        size = BATCH_SIZES[len(said) % len(BATCH_SIZES)]
        said.append(session.run(None, {name: queue[start : start + size]})[0])
        start += size
    return np.concatenate(said)[: len(images)]
