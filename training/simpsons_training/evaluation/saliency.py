"""Occlusion maps: which parts of a picture a prediction depends on. Pure.

They need only the probabilities of a network, so that a Keras file and its ONNX export give the same map.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities

WINDOW = 0.25
"""Side of the occluding window as a share of the picture's side: about an eye, a mouth or a tuft of hair."""

STEPS = 16
"""Positions of the window along each side."""

_SMALLEST = float(np.finfo(np.float32).tiny)
"""Lower bound of probabilities before taking the logarithm."""


def occlusion_map(
    run: Callable[[Image], Probabilities],
    image: Image,
    label: int | None = None,
    *,
    window: float = WINDOW,
    steps: int = STEPS,
) -> npt.NDArray[np.float32]:
    """Slide an occluding window over a picture and measure how far a label's lead shrinks.

    The lead is the log odds between the label and the next most probable one. The probability itself would
    not do: for a confident prediction it stays at 1 wherever the window is, and the map is empty.

    The window has the mean colour of the picture, which removes both colour and outlines with the least
    contrast. Blurring would keep the colour, by which many characters are recognised (Marge's hair).

    Source: Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks" (arXiv:1311.2901),
    section 4.2.

    Args:
        run: (N, S, S, 3) uint8 BGR -> (N, K) probabilities; called once, with `steps` squared + 1 pictures.
        image: (S, S, 3) uint8 BGR, at the input size of the network.
        label: Label index; None takes the most probable one.
        window: Side of the window as a share of the picture's side; 0-1.
        steps: Window positions along each side.

    Returns:
        (S, S) float32: drop of the lead when the area around a pixel is covered, as a natural logarithm: 1
        divides the odds by 2.7; negative where covering increases them.
    """
    size_px = image.shape[0]
    side_px = max(1, round(window * size_px))
    colour = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
    batch = np.repeat(image[None], steps * steps + 1, axis=0)
    starts = [round((i + 0.5) * size_px / steps - side_px / 2) for i in range(steps)]
    for number, (top, left) in enumerate(((y, x) for y in starts for x in starts), start=1):
        batch[number, max(top, 0) : top + side_px, max(left, 0) : left + side_px] = colour
    logs = np.log(np.maximum(run(batch).astype(np.float64), _SMALLEST))
    target = int(logs[0].argmax()) if label is None else label
    leads = logs[:, target] - np.delete(logs, target, axis=1).max(axis=1)
    drops = (leads[0] - leads[1:]).reshape(steps, steps)
    return np.asarray(
        cv2.resize(
            np.ascontiguousarray(drops, np.float32), (size_px, size_px), interpolation=cv2.INTER_LINEAR
        ),
        np.float32,
    )
