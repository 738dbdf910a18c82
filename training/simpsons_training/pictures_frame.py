"""The pictures of a data set as a pandas DataFrame."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simpsons_play.core.data_packages import data_package
from simpsons_training.table import Picture

if TYPE_CHECKING:
    import pandas


def pictures_frame(pictures: Sequence[Picture]) -> pandas.DataFrame:
    """One row per picture: file, character, known, scene, split, and the sides of its box, if it has one.

    Raises:
        DependencyError: pandas is not installed.
    """
    pandas = data_package("pandas", "to_pandas()")
    columns = {
        "file": [os.fspath(p.path) for p in pictures],
        "character": pandas.Categorical([p.character for p in pictures]),
        "known": [p.known for p in pictures],
        "scene": [p.scene for p in pictures],
        "split": pandas.Categorical([p.split for p in pictures], categories=["train", "val"]),
    }
    for side in ("x_min", "y_min", "x_max", "y_max"):
        sides = [None if p.box is None else getattr(p.box, side) for p in pictures]
        columns[side] = pandas.array(sides, dtype="Int32")
    return pandas.DataFrame(columns)
