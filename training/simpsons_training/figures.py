"""Style and colours of all figures. Needs no display."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from simpsons_training.files import write_atomic

COLOURS: tuple[str, ...] = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
"""Okabe and Ito's (https://jfly.uni-koeln.de/color/), for white paper: orange, sky blue, green, yellow, blue,
vermilion, purple."""

CORRECT, WRONG, UNKNOWN = COLOURS[4], COLOURS[5], "#888888"
"""Colours of correct predictions, wrong predictions and unknown people."""

_DPI = 120

matplotlib.rcParams["text.parse_math"] = False  # names may contain dollar signs


def new_figure(
    width_in: float = 7.0, height_in: float = 4.5, *, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """Create an empty figure and its axes.

    Args:
        width_in: Width in inches, at 120 pixels per inch.
        height_in: Height in inches.
        rows: Rows of axes.
        columns: Columns of axes.
        subplots: Passed on to `Figure.subplots`.

    Returns:
        The figure, and the result of `Figure.subplots`: one axes or an array of them.
    """
    figure = Figure(figsize=(width_in, height_in), dpi=_DPI, layout="constrained")
    axes = figure.subplots(rows, columns, **subplots)
    for one in figure.axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25, linewidth=0.6)
        one.set_axisbelow(True)
    return figure, axes


def png(figure: Figure) -> bytes:
    """Render a figure as PNG."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Names may have emoji or letters that the font lacks; it draws a box for each.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from", UserWarning)
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG file atomically and return `path`."""
    return write_atomic(path, png(figure))
