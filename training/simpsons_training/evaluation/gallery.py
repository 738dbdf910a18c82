"""Figures of pictures with what the network says of them."""

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
from simpsons_training.evaluation.predictions import NOBODY, Predictions
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.saliency import occlusion_map
from simpsons_training.figures import COLOURS, WRONG, new_figure
from simpsons_training.table import Picture

_GREEN = COLOURS[2]
"""Words of right names are green, as in the article; of wrong ones vermilion, told apart by all eyes."""

_MISNAMED = 3
"""Pictures shown of each confused pair."""

_TILE_IN = (2.9, 2.75)
"""Width and height of a picture with its words, in inches: the longest names fit under it."""

_WORDS_IN = 0.45
"""Height of the words, in inches."""

_LEAST_SCALE = 0.7
"""Where no window halves the odds (a logarithm of 2), a map stays pale rather than showing chance."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture with words under it.

    Attributes:
        picture: to show.
        words: under it, a line.
        verdict: below that.
        is_right: what the verdict is; None for neither.
    """

    picture: Picture
    words: str
    verdict: str
    is_right: bool | None


def tiles_of(predictions: Predictions, indices: Sequence[int] | npt.NDArray[np.int64]) -> list[Tile]:
    """Tiles that say who is on some of the pictures, and who the network says it is."""
    best, guesses = predictions.best, predictions.guesses
    return [
        Tile(
            predictions.pictures[i],
            f"Actual: {display_name(predictions.pictures[i].character)}",
            f"Predicted: {display_name(predictions.labels[guesses[i]])}  {best[i]:.2f}",
            bool(guesses[i] == predictions.right[i]),
        )
        for i in indices
    ]


def tiles_figure(tiles: Sequence[Tile], *, columns: int = 4) -> Figure:
    """Pictures in rows, with their words under them."""
    rows = -(-len(tiles) // columns)
    figure, axes = _grid(rows, columns)
    for place, tile in zip(axes.flat, tiles, strict=False):
        _show(place, _rgb(tile.picture))
        colour = {True: _GREEN, False: WRONG, None: "black"}[tile.is_right]
        _write_under(place, tile.words, tile.verdict, colour)
    return figure


def pairs_figure(known: Predictions, pairs: Sequence[ConfusedPair]) -> Figure:
    """A row for each confused pair: some of the misnamed, the surest first, and whom they are taken for."""
    best, guesses = known.best, known.guesses
    figure, axes = _grid(len(pairs), _MISNAMED + 1)
    for row, pair in zip(axes, pairs, strict=True):
        actual, guess = (display_name(known.labels[i]) for i in (pair.actual, pair.guess))
        misnamed = np.flatnonzero((known.right == pair.actual) & (guesses == pair.guess))
        for place, i in zip(
            row, misnamed[np.argsort(-best[misnamed], kind="stable")][:_MISNAMED], strict=False
        ):
            _show(place, _rgb(known.pictures[i]))
            _write_under(place, f"Actual: {actual}", f"Predicted: {guess}  {best[i]:.2f}", WRONG)
        found = np.flatnonzero((known.right == pair.guess) & (guesses == pair.guess))
        if found.size:
            example = found[best[found].argmax()]
            _show(row[-1], _rgb(known.pictures[example]))
            _write_under(
                row[-1], f"for comparison: {guess}", f"Predicted: {guess}  {best[example]:.2f}", _GREEN
            )
    return figure


def saliency_figure(predictor: Predictor, predictions: Predictions, *, columns: int = 2) -> Figure:
    """Pictures, and beside each what of it speaks for the guessed label.

    Args:
        predictor: the network that made the predictions.
        predictions: of the pictures to show.
        columns: pictures a row.
    """
    rows = -(-len(predictions.pictures) // columns)
    figure, axes = _grid(rows, 2 * columns)
    for number, picture in enumerate(predictions.pictures):
        row, column = divmod(number, columns)
        left, right = axes[row, 2 * column], axes[row, 2 * column + 1]
        image = read_picture(picture.path)
        guess, is_right = (
            predictions.guesses[number],
            predictions.guesses[number] == predictions.right[number],
        )
        heat = occlusion_map(
            predictor.run, to_square(image, predictor.card.size_px, picture.crop), int(guess)
        )
        _show(left, _rgb(picture))
        name = "nobody to name" if predictions.right[number] == NOBODY else display_name(picture.character)
        _write_under(
            left,
            f"Actual: {name}",
            f"Predicted: {display_name(predictions.labels[guess])}  {predictions.best[number]:.2f}",
            _GREEN if is_right else WRONG,
        )
        _show(right, _overlay(_rgb(picture), heat))
        times = float(f"{math.exp(max(0.0, float(heat.max()))):.2g}")
        odds = f"divides the odds by {times:,.0f}" if times >= 10 else f"divides the odds by {times:g}"
        _write_under(right, "covering the bright part", odds, "black")
    return figure


def _grid(rows: int, columns: int) -> tuple[Figure, Any]:
    """Places for pictures, with room for two lines under each."""
    width, height = _TILE_IN
    figure, axes = new_figure(width * columns, height * rows, rows=rows, columns=columns, squeeze=False)
    words = _WORDS_IN / (height * rows)
    figure.set_layout_engine("constrained", hspace=_WORDS_IN / height, rect=(0, words, 1, 1 - words))
    for place in axes.flat:
        place.set_axis_off()
        place.set_anchor("S")
    return figure, axes


def _overlay(image: Image, heat: npt.NDArray[np.float32]) -> Image:
    """(H, W, 3) uint8 RGB and (S, S) drops -> (H, W, 3) uint8 RGB: grey, brighter where it counts."""
    height, width = image.shape[:2]
    level = np.clip(heat / max(float(heat.max()), _LEAST_SCALE), 0, 1)
    level = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    coloured = cv2.applyColorMap(np.rint(level * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(grey, 0.45, np.ascontiguousarray(coloured), 0.55, 0), np.uint8)


def _rgb(picture: Picture) -> Image:
    """The part of a picture that is meant, (H, W, 3) uint8 RGB."""
    image = read_picture(picture.path)
    if picture.crop is not None:
        box = picture.crop
        image = image[box.y_min : box.y_max, box.x_min : box.x_max]
    return np.ascontiguousarray(image[..., ::-1])


def _show(place: Axes, image: Image) -> None:
    place.imshow(image, interpolation="bilinear")


def _write_under(place: Axes, words: str, verdict: str, colour: str) -> None:
    """Two lines under a picture, the second in colour."""
    for line, (text, of) in enumerate(((words, "black"), (verdict, colour))):
        note = place.annotate(
            text,
            (0.5, 0),
            xytext=(0, -4 - 11 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=of,
            fontweight="bold" if line else "normal",
        )
        note.set_in_layout(False)  # else long names would push the columns apart
