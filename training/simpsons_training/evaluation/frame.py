"""The predictions of an evaluation as a pandas DataFrame."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from simpsons_play.core.data_packages import data_package
from simpsons_training.evaluation.open_set import is_background
from simpsons_training.evaluation.predictions import Predictions

if TYPE_CHECKING:
    import pandas


def predictions_frame(predictions: Predictions) -> pandas.DataFrame:
    """One row per picture, with the columns of `predictions.csv`; see `results.write_predictions`.

    `file` is the path of the picture. Boxes and `right` are missing where they do not apply.

    Args:
        predictions: Predictions for any pictures.

    Raises:
        DependencyError: pandas is not installed.
    """
    pandas = data_package("pandas", "to_pandas()")
    pictures, known = predictions.pictures, predictions.known
    order = np.argsort(-predictions.probabilities, axis=1, kind="stable")[:, :2]
    first, second = order[:, 0], order[:, 1]
    rows = np.arange(len(pictures))
    names = np.array(predictions.labels, dtype=object)
    sides = {
        side: pandas.array([p.crop and getattr(p.crop, side) for p in pictures], dtype="Int32")
        for side in ("x_min", "y_min", "x_max", "y_max")
    }
    right = pandas.arrays.BooleanArray(first == predictions.targets, ~known)
    columns = {
        "file": [os.fspath(p.path) for p in pictures],
        **sides,
        "kind": pandas.Categorical(
            np.where(known, "known", np.where(is_background(predictions), "background", "others")),
            categories=["known", "others", "background"],
        ),
        "character": pandas.Categorical([p.character for p in pictures]),
        "scene": [p.scene for p in pictures],
        "split": pandas.Categorical([p.split for p in pictures]),
        "guess": pandas.Categorical(names[first], categories=predictions.labels),
        "probability": predictions.probabilities[rows, first],
        "right": right,
        "second_guess": pandas.Categorical(names[second], categories=predictions.labels),
        "second_probability": predictions.probabilities[rows, second],
        "margin": predictions.margin,
        "deviation": predictions.deviation,
    }
    return pandas.DataFrame(columns)
