"""Prove that an exported detector returns the same detections as its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_export.detector_network import DetectorNetwork
from simpsons_export.options import TOLERANCE
from simpsons_export.parity import Accuracy, run_in_batches
from simpsons_export.pictures import ProofFrames
from simpsons_export.yolo.network import YoloNetwork
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.inference.letterbox import letterboxed
from simpsons_play.inference.loading import load_network as load_exported
from simpsons_play.inference.model import Detector

_MIN_SCORE = 0.05
"""Detections with a lower score are never shown and may be ordered differently."""

_MIN_HEADS = 10
"""With fewer detections above the minimum score, as in an untrained network, all of them are compared."""

_SHIFT_PX = 0.5
"""Maximum difference of a box side that counts as equal, in pixels of the frame."""

_SAME_BOX_PX = 0.01
"""Boxes whose sides differ by no more are the same."""

_MAX_UNMATCHED = 0.01
"""Maximum share of detections that only one of the two returns. If boxes overlap by exactly the NMS limit, or
two peaks are equal, rounding decides which one is kept; barely trained networks have many of these."""

_LOWEST_SCORE = 1e-6

_MAX_PIXEL_DIFFERENCE = 1.0
"""Maximum difference of a pixel (0-255) between the letterbox of training, which does not round, and that of
the player."""

_HALVED = 4
"""The player halves frames from this multiple of the canvas on; training reads no such pictures."""

Floats = npt.NDArray[np.float32]
Detections = tuple[Floats, Floats, Floats]
"""Boxes, scores and label probabilities."""


@dataclass(frozen=True, slots=True)
class HeadParity:
    """Comparison of an exported detector with its source.

    Attributes:
        max_difference: Largest difference of a score or label probability over all heads.
        max_shift_px: Largest difference of a box side, in pixels of the frame.
        max_pixel_difference: Largest difference of a fitted pixel from that of training, 0-255; None if it is
            not known how the pictures of training were fitted.
        heads: Number of compared heads.
        unmatched: Number of heads that only one of the two detects.
        frames: Number of frames.
        tolerance: Maximum difference of a probability that counts as equal.
        origin: Origin of the frames.
        provider: Execution provider of onnxruntime.
    """

    max_difference: float
    max_shift_px: float
    max_pixel_difference: float | None
    heads: int
    unmatched: int
    frames: int
    tolerance: float
    origin: str
    provider: str

    def __str__(self) -> str:
        """In one line: `max |difference| of probabilities 3.1e-07 and of boxes 1.2e-04 px over ...`."""
        unmatched = f" ({self.unmatched} without a match)" if self.unmatched else ""
        heads = f"{self.heads:,} heads{unmatched} in {self.frames:,} frames"
        fitted = ""
        if self.max_pixel_difference is not None:
            fitted = f"; fitted pixels within {self.max_pixel_difference:.2f} of 255 of those of training"
        return (
            f"max |difference| of probabilities {self.max_difference:.1e} (tolerance {self.tolerance:g}) and "
            f"of boxes {self.max_shift_px:.1e} px (tolerance {_SHIFT_PX:g} px) over {heads}{fitted}"
        )


def prove_detector_equal(
    network: DetectorNetwork | YoloNetwork,
    exported: Path,
    frames: ProofFrames,
    *,
    tolerance: float = TOLERANCE,
) -> HeadParity:
    """Compare a detector in its own framework with its export in onnxruntime, on the CPU, frame by frame.

    Both get the same pictures, fitted as the player does it: the source as its author would prepare them, the
    export as bytes. For a detector of `simpsons train-detector`, the fitted pixels are also compared with
    those of training, which are not rounded to bytes. Each head of one is compared with the nearest box of
    the other, since heads with equal scores may be in any order.

    Args:
        network: The source.
        exported: An .onnx file from `convert.to_onnx`.
        frames: Frames to compare on.
        tolerance: Maximum difference of a probability that counts as equal.

    Raises:
        ExportError: onnxruntime cannot run the file, a difference is too large, or no head was detected.
    """
    compared: list[Floats] = []
    pixel_differences = []
    try:
        detector = load_exported(exported, provider="cpu")
        if not isinstance(detector, Detector):
            raise TypeError("it is not a detector")
        canvas_px = network.canvas_px
        if detector.canvas_px != canvas_px:
            raise ValueError(f"it does not take pictures of {'x'.join(map(str, canvas_px))}")
        for image in frames.images:
            found = detector.detect(image, min_score=_LOWEST_SCORE)
            actual = (found.boxes, found.scores, found.probabilities)
            fitted = letterboxed(image, canvas_px)
            expected = _source_heads(network, fitted, (image.shape[1], image.shape[0]))
            compared += [_differences(actual, expected), _differences(expected, actual)]
            if isinstance(network, DetectorNetwork) and min(image.shape[:2]) < _HALVED * max(canvas_px):
                pixel_differences.append(float(np.abs(network.letterboxed(image) - fitted).max()))
    except Exception as error:  # onnxruntime raises exceptions without a common base class
        raise ExportError(f"onnxruntime cannot run the exported network: {error}") from error
    rows = np.concatenate(compared)
    shown = rows[rows[:, 2] >= _MIN_SCORE]
    rows = shown if len(shown) >= _MIN_HEADS else rows
    if not len(rows):
        raise ExportError(
            f"the network detects nothing in any of the frames, which are {frames.origin}, so that nothing "
            "can be compared; nothing was written; give --pictures with its characters"
        )
    matched = rows[rows[:, 1] <= _SHIFT_PX]
    unmatched = len(rows) - len(matched)
    if unmatched > _MAX_UNMATCHED * len(rows):
        matched = rows
    parity = HeadParity(
        max_difference=float(matched[:, 0].max()),
        max_shift_px=float(matched[:, 1].max()),
        max_pixel_difference=max(pixel_differences, default=None),
        heads=len(rows) // 2,
        unmatched=unmatched,
        frames=len(frames.images),
        tolerance=tolerance,
        origin=frames.origin,
        provider=detector.provider,
    )
    equal = parity.max_difference <= tolerance and parity.max_shift_px <= _SHIFT_PX
    if not (equal and (parity.max_pixel_difference or 0) <= _MAX_PIXEL_DIFFERENCE + 1e-3):
        raise ExportError(f"the exported network differs from its source: {parity}; nothing was written")
    return parity


def accuracy_of_boxes(network: YoloNetwork, exported: Path) -> Accuracy | None:
    """Share of the labelled pictures that the best box names right, by a detector and by its export.

    Returns:
        None if there are no labelled pictures.

    Raises:
        ExportError: onnxruntime cannot run the file.
    """
    if (labelled := network.labelled) is None:
        return None
    _, scores, probabilities = run_in_batches(exported, labelled.images)[0]
    through = (probabilities * (scores > 0)[..., None]).max(axis=1)
    source = np.stack([network.detections(image)[2].max(axis=0) for image in labelled.images])
    right = [float((names.argmax(axis=1) == labelled.truth).mean()) for names in (source, through)]
    return Accuracy(right[0], right[1], "onnxruntime", len(labelled), labelled.folder)


def _source_heads(
    network: DetectorNetwork | YoloNetwork, fitted: Image, picture_px: tuple[int, int]
) -> Detections:
    """Run the source on a fitted picture, (H, W, 3) uint8 BGR; boxes are in pixels of the picture."""
    boxes, scores, probabilities = network.detections(fitted)
    place = letterbox_placement(picture_px, (fitted.shape[1], fitted.shape[0]))
    scale = np.array([place.width / picture_px[0], place.height / picture_px[1]] * 2, np.float32)
    shift = np.array([place.left, place.top] * 2, np.float32)
    boxes = np.clip((boxes - shift) / scale, 0, np.array(picture_px * 2, np.float32))
    kept = (scores >= _LOWEST_SCORE) & (np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= 1)
    return boxes[kept], scores[kept], probabilities[kept]


def _differences(one: Detections, other: Detections) -> Floats:
    """(M, 3): for each head of one, its probability difference and pixel distance to the other; its score."""
    boxes, scores, probabilities = one
    if not len(scores) or not len(other[1]):
        return np.stack([scores, np.full_like(scores, np.inf), scores], axis=1)
    distance = np.abs(boxes[:, None] - other[0][None]).max(axis=2)
    difference = np.maximum(
        np.abs(scores[:, None] - other[1][None]),
        np.abs(probabilities[:, None] - other[2][None]).max(axis=2),
    )
    # Boxes that are cut off at the same borders are equal: then the one with equal probabilities is meant.
    same_box = distance <= np.maximum(distance.min(axis=1, keepdims=True), _SAME_BOX_PX)
    nearest = np.where(same_box, difference, np.inf).argmin(axis=1)
    rows = np.arange(len(scores))
    return np.stack([difference[rows, nearest], distance[rows, nearest], scores], axis=1)
