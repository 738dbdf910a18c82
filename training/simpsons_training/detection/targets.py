"""Heads in a picture -> what the network should say of each cell. Pure.

Each cell's row is `1 + 1 + 4 + 1 + K` numbers: how near it is to the centre of a head (1 at the centre);
whether that is known; the head's sides in cells, x_min, y_min, x_max, y_max; how much the sides count; one
for the label, or all 0 where it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpsons_training.detection.network import STRIDE_PX
from simpsons_training.detection.scenes import SOMEBODY, UNKNOWN, Head

Floats = npt.NDArray[np.float32]

_NARROW = 0.54 / 6
"""Standard deviation of the bell over a centre, as a share of the head's side (Liu et al. 2019,
arXiv:1909.00700, equation 1: "TTFNet")."""

_LEAST_CELLS = 0.4
"""It is never narrower: of a small head the cells beside the centre are no plain mistake."""

_WIDE = 2.0
"""Sides and names are learned from a wider bell than the centre itself."""

_COUNTS_FROM = 0.3
"""Where that wider bell is lower, a cell says nothing of the head."""


def make_cells(heads: Sequence[Head], *, labels: int, size_px: tuple[int, int]) -> Floats:
    """Heads of one picture -> (H/8, W/8, 7 + K) float32, see the module.

    Args:
        heads: in pixels of the network's input.
        labels: how many can be named; K is one more, the last for somebody else.
        size_px: width and height of the network's input.
    """
    columns, rows = size_px[0] // STRIDE_PX, size_px[1] // STRIDE_PX
    cells = np.zeros((rows, columns, 8 + labels), np.float32)
    cells[..., 1] = 1
    strength = np.zeros((rows, columns), np.float32)
    y, x = np.mgrid[0.5:rows, 0.5:columns].astype(np.float32)
    # Small heads come last: where heads overlap, the smaller one is in front or would be lost.
    for head in sorted(heads, key=lambda head: -head.width * head.height):
        box = np.array([head.x_min, head.y_min, head.x_max, head.y_max], np.float32) / STRIDE_PX
        if not head.sure:
            inside = (x >= box[0] - 0.5) & (x <= box[2] + 0.5) & (y >= box[1] - 0.5) & (y <= box[3] + 0.5)
            cells[inside & (cells[..., 0] < 0.3), 1] = 0
            continue
        centre_x, centre_y = _cell_of(box[0], box[2], columns), _cell_of(box[1], box[3], rows)
        wide = max(_NARROW * (box[2] - box[0]), _LEAST_CELLS)
        high = max(_NARROW * (box[3] - box[1]), _LEAST_CELLS)
        distance = ((x - centre_x) / wide) ** 2 + ((y - centre_y) / high) ** 2
        bell, wider = np.exp(-distance / 2), np.exp(-distance / (2 * _WIDE**2))
        cells[..., 0] = np.maximum(cells[..., 0], bell)
        cells[bell > 0.3, 1] = 1
        ours = (wider >= _COUNTS_FROM) & (wider >= strength)
        strength[ours] = wider[ours]
        cells[ours, 2:6] = box
        cells[ours, 6] = wider[ours] / max(wider[ours].sum(), 1e-6)
        cells[ours, 7:] = 0
        if head.label != UNKNOWN:
            cells[ours, 7 + (labels if head.label == SOMEBODY else head.label)] = 1
    return cells


def _cell_of(low: float, high: float, cells: int) -> float:
    """Centre of the cell that the middle between two sides falls into, in cells."""
    return min(max(int((low + high) / 2), 0), cells - 1) + 0.5
