"""Heads of a picture -> target tensor of the network. Pure.

The vector of a cell has `1 + 1 + 4 + 1 + K` numbers: closeness to the centre of a head, 1 at the centre;
whether the cell counts in the loss; the sides of the head's box in cells, x_min, y_min, x_max, y_max; the
weight of the box; and the one-hot label, all 0 for an unlabelled head.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpsons_training.detection.network import STRIDE_PX
from simpsons_training.detection.scenes import OTHER, UNLABELLED, Head

Floats = npt.NDArray[np.float32]

_SIGMA = 0.54 / 6
"""Standard deviation of the Gaussian over a centre, as a share of the head's side (Liu et al. 2019,
arXiv:1909.00700, equation 1: "TTFNet")."""

_MIN_SIGMA_CELLS = 0.4
"""Minimum standard deviation: for small heads, cells next to the centre are not clear mistakes."""

_WIDE = 2.0
"""Boxes and labels are trained on a Gaussian that is this many times wider."""

_MIN_WIDE = 0.3
"""Cells below this value of the wider Gaussian do not count for the head."""


def encode_targets(heads: Sequence[Head], *, labels: int, size_px: tuple[int, int]) -> Floats:
    """Heads of one picture -> (H/8, W/8, 7 + K) float32; see the module for the layout.

    Args:
        heads: Heads in pixels of the network input.
        labels: Number of characters the network can name; K is one more, the last for any other person.
        size_px: Width and height of the network input.
    """
    columns, rows = size_px[0] // STRIDE_PX, size_px[1] // STRIDE_PX
    cells = np.zeros((rows, columns, 8 + labels), np.float32)
    cells[..., 1] = 1
    strength = np.zeros((rows, columns), np.float32)
    y, x = np.mgrid[0.5:rows, 0.5:columns].astype(np.float32)
    # Small heads come last: of overlapping heads the smaller one is in front, or would be overwritten.
    for head in sorted(heads, key=lambda head: -head.width * head.height):
        box = np.array([head.x_min, head.y_min, head.x_max, head.y_max], np.float32) / STRIDE_PX
        if not head.certain:
            inside = (x >= box[0] - 0.5) & (x <= box[2] + 0.5) & (y >= box[1] - 0.5) & (y <= box[3] + 0.5)
            cells[inside & (cells[..., 0] < 0.3), 1] = 0
            continue
        centre_x, centre_y = _cell_centre(box[0], box[2], columns), _cell_centre(box[1], box[3], rows)
        sigma_x = max(_SIGMA * (box[2] - box[0]), _MIN_SIGMA_CELLS)
        sigma_y = max(_SIGMA * (box[3] - box[1]), _MIN_SIGMA_CELLS)
        distance = ((x - centre_x) / sigma_x) ** 2 + ((y - centre_y) / sigma_y) ** 2
        narrow, wide = np.exp(-distance / 2), np.exp(-distance / (2 * _WIDE**2))
        cells[..., 0] = np.maximum(cells[..., 0], narrow)
        cells[narrow > 0.3, 1] = 1
        ours = (wide >= _MIN_WIDE) & (wide >= strength)
        strength[ours] = wide[ours]
        cells[ours, 2:6] = box
        cells[ours, 6] = wide[ours] / max(wide[ours].sum(), 1e-6)
        cells[ours, 7:] = 0
        if head.label != UNLABELLED:
            cells[ours, 7 + (labels if head.label == OTHER else head.label)] = 1
    return cells


def _cell_centre(low: float, high: float, cells: int) -> float:
    """Centre of the cell that contains the middle of two sides, in cells."""
    return min(max(int((low + high) / 2), 0), cells - 1) + 0.5
