"""Figures of pictures with their predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simpsons_play.core.frames import Image
from simpsons_play.core.names import display_name
from simpsons_play.inference.preprocess import to_square
from simpsons_training.dataset import read_picture
from simpsons_training.evaluation.confusion import ConfusedPair
from simpsons_training.evaluation.predictions import NO_LABEL, Predictions
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.saliency import occlusion_map
from simpsons_training.figures import COLOURS, WRONG, new_figure
from simpsons_training.table import Picture

_GREEN = COLOURS[2]
"""Correct predictions are green, as in the article; wrong ones vermilion, for colour-blind readers."""

_MISNAMED = 3
"""Number of pictures per confused pair."""

_TILE_IN = (2.9, 2.75)
"""Width and height of a picture with its caption, in inches; the longest names fit."""

_CAPTION_IN = 0.45
"""Height of the caption, in inches."""

_MIN_SCALE = 0.7
"""Minimum scale of a saliency map, log 2: if no window halves the odds, the map stays dark."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture with a two-line caption.

    Attributes:
        picture: The picture.
        actual: First line of the caption.
        predicted: Second line of the caption.
        is_correct: Selects the colour of the second line; None for black.
    """

    picture: Picture
    actual: str
    predicted: str
    is_correct: bool | None


def make_tiles(predictions: Predictions, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Tile]:
    """Tiles of some of the pictures, with their actual and predicted characters."""
    confidence, predicted = predictions.confidence, predictions.predicted
    return [
        Tile(
            predictions.pictures[i],
            f"Actual: {display_name(predictions.pictures[i].character)}",
            f"Predicted: {display_name(predictions.labels[predicted[i]])}  {confidence[i]:.2f}",
            bool(predicted[i] == predictions.targets[i]),
        )
        for i in indices
    ]


def tiles_figure(tiles: Sequence[Tile], *, columns: int = 4) -> Figure:
    """Draw tiles in rows."""
    rows = -(-len(tiles) // columns)
    figure, axes = _grid(rows, columns)
    for panel, tile in zip(axes.flat, tiles, strict=False):
        _show(panel, _rgb(tile.picture))
        colour = {True: _GREEN, False: WRONG, None: "black"}[tile.is_correct]
        _write_caption(panel, tile.actual, tile.predicted, colour)
    return figure


def pairs_figure(known: Predictions, pairs: Sequence[ConfusedPair]) -> Figure:
    """Draw a row per confused pair: the most confident mistakes, and a picture of the predicted character."""
    confidence, predicted = known.confidence, known.predicted
    figure, axes = _grid(len(pairs), _MISNAMED + 1)
    for row, pair in zip(axes, pairs, strict=True):
        actual, mistaken_for = (display_name(known.labels[i]) for i in (pair.actual, pair.predicted))
        misnamed = np.flatnonzero((known.targets == pair.actual) & (predicted == pair.predicted))
        for panel, i in zip(
            row, misnamed[np.argsort(-confidence[misnamed], kind="stable")][:_MISNAMED], strict=False
        ):
            _show(panel, _rgb(known.pictures[i]))
            _write_caption(
                panel, f"Actual: {actual}", f"Predicted: {mistaken_for}  {confidence[i]:.2f}", WRONG
            )
        correct = np.flatnonzero((known.targets == pair.predicted) & (predicted == pair.predicted))
        if correct.size:
            example = correct[confidence[correct].argmax()]
            _show(row[-1], _rgb(known.pictures[example]))
            _write_caption(
                row[-1],
                f"for comparison: {mistaken_for}",
                f"Predicted: {mistaken_for}  {confidence[example]:.2f}",
                _GREEN,
            )
    return figure


def saliency_figure(predictor: Predictor, predictions: Predictions, *, columns: int = 2) -> Figure:
    """Draw pictures with a saliency map of the predicted label next to each.

    Args:
        predictor: The network that made the predictions.
        predictions: Predictions for the pictures to draw.
        columns: Pictures per row.
    """
    rows = -(-len(predictions.pictures) // columns)
    figure, axes = _grid(rows, 2 * columns)
    for number, picture in enumerate(predictions.pictures):
        row, column = divmod(number, columns)
        left, right = axes[row, 2 * column], axes[row, 2 * column + 1]
        image = read_picture(picture.path)
        predicted, target = predictions.predicted[number], predictions.targets[number]
        card = predictor.card
        square = to_square(image, card.size_px, picture.crop, resizing=card.resizing)
        heat = occlusion_map(predictor.run, square, int(predicted))
        _show(left, _rgb(picture))
        actual = "unknown" if target == NO_LABEL else display_name(picture.character)
        _write_caption(
            left,
            f"Actual: {actual}",
            f"Predicted: {display_name(predictions.labels[predicted])}  {predictions.confidence[number]:.2f}",
            _GREEN if predicted == target else WRONG,
        )
        shown = _rgb(picture)
        x_min, y_min, x_max, y_max = card.resizing.square_of(shown.shape[1], shown.shape[0])
        _show(right, _overlay(shown[y_min:y_max, x_min:x_max], heat))
        times = float(f"{math.exp(max(0.0, float(heat.max()))):.2g}")
        factor = f"{times:,.0f}" if times >= 10 else f"{times:g}"
        _write_caption(right, "covering the brightest area", f"divides the odds by {factor}", "black")
    return figure


def _grid(rows: int, columns: int) -> tuple[Figure, Any]:
    """Axes for pictures with room for a two-line caption below each."""
    width, height = _TILE_IN
    figure, axes = new_figure(width * columns, height * rows, rows=rows, columns=columns, squeeze=False)
    caption = _CAPTION_IN / (height * rows)
    figure.set_layout_engine("constrained", hspace=_CAPTION_IN / height, rect=(0, caption, 1, 1 - caption))
    for panel in axes.flat:
        panel.set_axis_off()
        panel.set_anchor("S")
    return figure, axes


def _overlay(image: Image, heat: npt.NDArray[np.float32]) -> Image:
    """(H, W, 3) uint8 RGB and (S, S) saliency -> (H, W, 3) uint8 RGB: grey picture with a heat map."""
    height, width = image.shape[:2]
    level = np.clip(heat / max(float(heat.max()), _MIN_SCALE), 0, 1)
    level = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    coloured = cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(grey, 0.45, np.ascontiguousarray(coloured), 0.55, 0), np.uint8)


def _rgb(picture: Picture) -> Image:
    """The picture, cropped if it has a crop: (H, W, 3) uint8 RGB."""
    image = read_picture(picture.path)
    if picture.crop is not None:
        box = picture.crop
        image = image[box.y_min : box.y_max, box.x_min : box.x_max]
    return np.ascontiguousarray(image[..., ::-1])


def _show(panel: Axes, image: Image) -> None:
    panel.imshow(image, interpolation="bilinear")


def _write_caption(panel: Axes, first: str, second: str, colour: str) -> None:
    """Write two lines below a picture, the second in colour."""
    for line, (text, line_colour) in enumerate(((first, "black"), (second, colour))):
        note = panel.annotate(
            text,
            (0.5, 0),
            xytext=(0, -4 - 11 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=line_colour,
            fontweight="bold" if line else "normal",
        )
        note.set_in_layout(False)  # otherwise long names push the columns apart
