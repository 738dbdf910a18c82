"""The proof that an exported detector sees the heads that its source sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from simpsons_export.options import TOLERANCE
from simpsons_export.pictures import ProofFrames
from simpsons_export.sources import KerasNetwork
from simpsons_play.core.errors import ExportError
from simpsons_play.inference.model import Detector
from simpsons_play.inference.model import load_network as load_exported
from simpsons_training.detection.finder import find_heads

_LEAST = 0.05
"""Heads that are less sure than this are shown nowhere; ties among them may fall either way."""

_LEAST_HEADS = 10
"""Of an untrained or broken network that sees fewer heads, all are compared, however unsure."""

_SHIFT_PX = 0.5
"""Largest difference of a side of a box that counts as equal, in pixels of the frame."""

_ALONE = 0.01
"""So large a share of heads may be seen by one of the two alone. Where boxes overlap by just the limit of the
suppression, or two peaks are equally high, rounding decides which stays; a network that has hardly learned
anything has many of those."""

_TINY = 1e-6

Floats = npt.NDArray[np.float32]
Said = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class HeadParity:
    """How equal an exported detector is to its source.

    Attributes:
        max_difference: of a probability, of a head or a name, over all heads.
        max_shift_px: of a side of a box, in pixels of the frame.
        heads: how many were compared.
        alone: how many of these only one of the two sees.
        frames: in which they were.
        tolerance: the largest difference of a probability that counts as equal.
        origin: where the frames come from.
        provider: of onnxruntime.
    """

    max_difference: float
    max_shift_px: float
    heads: int
    alone: int
    frames: int
    tolerance: float
    origin: str
    provider: str

    def __str__(self) -> str:
        """In one line: `max |difference| of probabilities 3.1e-07 and of boxes 1.2e-04 px over ...`."""
        alone = f" ({self.alone} seen by one alone)" if self.alone else ""
        seen = f"{self.heads:,} heads{alone} in {self.frames:,} frames"
        return (
            f"max |difference| of probabilities {self.max_difference:.1e} (tolerance {self.tolerance:g}) and "
            f"of boxes {self.max_shift_px:.1e} px (tolerance {_SHIFT_PX:g} px) over {seen}"
        )


def prove_heads_equal(
    network: KerasNetwork, exported: Path, frames: ProofFrames, *, tolerance: float = TOLERANCE
) -> HeadParity:
    """Compare a detector in Keras with its export in onnxruntime, both on the CPU, frame by frame.

    Keras is asked as training asks it, with a letterbox by OpenCV; onnxruntime runs the exported graph, from
    the bytes of the frame to the boxes in it. Each head of either is compared with the nearest box of the
    other, as equally sure heads may come in either order.

    Args:
        network: the source.
        exported: an .onnx file as `convert.to_onnx` makes it.
        frames: uint8 BGR.
        tolerance: the largest difference of a probability that counts as equal.

    Raises:
        ExportError: onnxruntime cannot run the file, or they differ by more, or no head was seen.
    """
    labels = len(network.card.labels)
    compared: list[Floats] = []
    try:
        detector = load_exported(exported, provider="cpu")
        if not isinstance(detector, Detector):
            raise TypeError("it finds no heads")
        with keras.device("cpu:0"):
            found = find_heads(
                network.model, frames.images, min_score=_TINY, temperature=network.card.temperature
            )
            for image, heads in zip(frames.images, found, strict=True):
                seen = detector.detect(image, min_score=_TINY)
                said = (seen.boxes, seen.scores, seen.probabilities)
                wanted = (heads.boxes, heads.scores, heads.names[:, :labels])
                compared += [_differences(said, wanted), _differences(wanted, said)]
    except Exception as error:  # onnxruntime raises types of its own that share no base
        raise ExportError(f"onnxruntime cannot run the exported network: {error}") from error
    rows = np.concatenate(compared)
    sure = rows[rows[:, 2] >= _LEAST]
    rows = sure if len(sure) >= _LEAST_HEADS else rows
    if not len(rows):
        raise ExportError("the network sees no head in any frame; nothing can be proven, nothing was written")
    both = rows[rows[:, 1] <= _SHIFT_PX]
    alone = len(rows) - len(both)
    if alone > _ALONE * len(rows):
        both = rows
    parity = HeadParity(
        max_difference=float(both[:, 0].max()),
        max_shift_px=float(both[:, 1].max()),
        heads=len(rows) // 2,
        alone=alone,
        frames=len(frames.images),
        tolerance=tolerance,
        origin=frames.origin,
        provider=detector.provider,
    )
    if not (parity.max_difference <= tolerance and parity.max_shift_px <= _SHIFT_PX):
        raise ExportError(f"the exported network does not equal its source: {parity}; nothing was written")
    return parity


def _differences(one: Said, other: Said) -> Floats:
    """(M, 3): for each head of one, its difference in probability and in pixels to the other's; how sure."""
    boxes, heads, names = one
    if not len(heads) or not len(other[1]):
        return np.stack([heads, np.full_like(heads, np.inf), heads], axis=1)
    apart = np.abs(boxes[:, None] - other[0][None]).max(axis=2)
    nearest = apart.argmin(axis=1)
    difference = np.maximum(np.abs(heads - other[1][nearest]), np.abs(names - other[2][nearest]).max(axis=1))
    return np.stack([difference, apart.min(axis=1), heads], axis=1)
