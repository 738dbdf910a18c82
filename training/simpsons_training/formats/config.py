"""Formats of data sets, and settings of a conversion. Imports no heavy package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from simpsons_training.config import TrainConfig

Format = Literal["folders", "coco", "yolo", "voc", "label-studio", "annotation-txt"]

FORMATS: tuple[Format, ...] = get_args(Format)
"""Formats that can be read."""

WRITTEN: tuple[Format, ...] = tuple(name for name in FORMATS if name != "annotation-txt")
"""Formats that can be written."""


@dataclass(frozen=True, slots=True)
class ConvertConfig:
    """Settings of a conversion.

    Attributes:
        to: Format to write.
        source: Format of the sources; None to find it out.
        link: Make hard links to the pictures instead of copies.
        predictions: Write labels as predictions to be checked; for Label Studio.
        heads: Boxes surround heads, and are written to `heads.csv`; for folders.
        val_share: Share of each character's validation pictures where the sources have no split; 0-1.
        seed: Random seed of that split.
    """

    to: Format
    source: Format | None = None
    link: bool = False
    predictions: bool = False
    heads: bool = False
    val_share: float = TrainConfig().val_share
    seed: int = TrainConfig().seed
