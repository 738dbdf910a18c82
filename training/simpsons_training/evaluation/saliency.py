"""Where a network looks: what it no longer sees when a part of the picture is covered. Pure.

Works on any network that gives probabilities, so that a Keras file and its ONNX export show the same map.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities

WINDOW = 0.25
"""Side of the covering window, as a share of the picture's: about an eye, a mouth or a tuft of hair."""

STEPS = 16
"""The window is centred on a grid of so many by so many places."""

_SMALLEST = float(np.finfo(np.float32).tiny)
"""Probabilities are held above it before their logarithm is taken."""


def occlusion_map(
    run: Callable[[Image], Probabilities],
    image: Image,
    label: int | None = None,
    *,
    window: float = WINDOW,
    steps: int = STEPS,
) -> npt.NDArray[np.float32]:
    """Cover each part of a picture in turn and see how far a label's lead shrinks.

    The lead is the logarithm of how many times as probable the label is as the next. A probability would not
    do: of a picture that the network is certain of it stays at 1 whatever is covered, and the map is empty.

    The window has the picture's mean colour: it takes away colour and drawing alike, and it is the colour
    that differs least from the picture as a whole. Blurred content would leave the colour, by which much in
    this show is known (Marge's hair), and so show too little.

    Source: Zeiler and Fergus 2013, "Visualizing and Understanding Convolutional Networks" (arXiv:1311.2901),
    section 4.2.

    Args:
        run: (N, S, S, 3) uint8 BGR -> (N, K) probabilities; called once, with `steps` squared + 1 pictures.
        image: (S, S, 3) uint8 BGR, as the network takes it.
        label: whose lead is watched; None takes the most probable.
        window: side of the covering window as a share of the picture's; 0-1.
        steps: places along each side.

    Returns:
        (S, S) float32: how much of the lead goes when the surroundings of a pixel are covered, as a natural
        logarithm: 1 stands for odds that are 2.7 times smaller; below 0 where covering makes them larger.
    """
    size_px = image.shape[0]
    side_px = max(1, round(window * size_px))
    colour = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
    batch = np.repeat(image[None], steps * steps + 1, axis=0)
    starts = [round((i + 0.5) * size_px / steps - side_px / 2) for i in range(steps)]
    for number, (top, left) in enumerate(((y, x) for y in starts for x in starts), start=1):
        batch[number, max(top, 0) : top + side_px, max(left, 0) : left + side_px] = colour
    logs = np.log(np.maximum(run(batch).astype(np.float64), _SMALLEST))
    watched = int(logs[0].argmax()) if label is None else label
    leads = logs[:, watched] - np.delete(logs, watched, axis=1).max(axis=1)
    drops = (leads[0] - leads[1:]).reshape(steps, steps)
    return np.asarray(
        cv2.resize(
            np.ascontiguousarray(drops, np.float32), (size_px, size_px), interpolation=cv2.INTER_LINEAR
        ),
        np.float32,
    )
