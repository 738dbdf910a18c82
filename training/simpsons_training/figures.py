"""How figures look: one style and one set of colours, made without a display."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from simpsons_training.files import write_whole

COLOURS: tuple[str, ...] = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")
"""Okabe and Ito's (https://jfly.uni-koeln.de/color/), for white paper: orange, sky blue, green, yellow, blue,
vermilion, purple."""

RIGHT, WRONG, STRANGER = COLOURS[4], COLOURS[5], "#888888"
"""Predictions that are right, that are wrong, and those for people who are not to be named."""

_DPI = 120

matplotlib.rcParams["text.parse_math"] = False  # names may hold dollars, and formulas that are none


def new_figure(
    width_in: float = 7.0, height_in: float = 4.5, *, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """An empty figure and its axes.

    Args:
        width_in: in inches, of 120 pixels each.
        height_in: in inches.
        rows: of axes.
        columns: of axes.
        subplots: passed on to `Figure.subplots`.

    Returns:
        The figure, and one axes or an array of them, as `Figure.subplots` gives.
    """
    figure = Figure(figsize=(width_in, height_in), dpi=_DPI, layout="constrained")
    axes = figure.subplots(rows, columns, **subplots)
    for one in figure.axes:
        one.spines[["top", "right"]].set_visible(False)
        one.grid(alpha=0.25, linewidth=0.6)
        one.set_axisbelow(True)
    return figure, axes


def png(figure: Figure) -> bytes:
    """A figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG file, which appears under its name only when it is whole; gives `path` back."""
    return write_whole(path, png(figure))
