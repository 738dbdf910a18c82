"""How pictures of any shape become the square input of a classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

INTERPOLATIONS = ("area", "bilinear", "nearest")
"""`area` averages all pixels when it shrinks, and is bilinear when it enlarges. `bilinear` mixes the four
nearest pixels, and `nearest` takes one, so that both alias when they shrink."""

_MIN_CROP = 0.1


@dataclass(frozen=True, slots=True)
class Resizing:
    """How pictures become squares.

    Attributes:
        crop: side of the square that is cut out of the middle, relative to the shorter side of the picture,
            0.1-1; None to stretch the whole picture to a square instead.
        interpolation: one of `INTERPOLATIONS`.

    Raises:
        ValueError: an attribute is invalid.

    Example:
        >>> Resizing(crop=0.875)  # as torchvision's Resize(256) and CenterCrop(224)
        Resizing(crop=0.875, interpolation='area')
    """

    crop: float | None = None
    interpolation: str = "area"

    def __post_init__(self) -> None:
        """Raise ValueError for invalid attributes."""
        is_number = type(self.crop) in (int, float)
        if self.crop is not None and not (is_number and _MIN_CROP <= self.crop <= 1):
            raise ValueError(f"crop must be between {_MIN_CROP:g} and 1, not {self.crop!r}")
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"interpolation must be one of {', '.join(INTERPOLATIONS)}, not {self.interpolation!r}"
            )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Read what `dataclasses.asdict` returned; entries of later versions are ignored.

        Raises:
            Exception: a value is missing or invalid.
        """
        return cls(values["crop"], values["interpolation"])

    def square_of(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of a picture that is used, in pixels: x_min, y_min, x_max, y_max.

        Example:
            >>> Resizing(crop=1).square_of(640, 480)
            (80, 0, 560, 480)
        """
        if self.crop is None:
            return 0, 0, width, height
        side = max(1, round(self.crop * min(width, height)))
        left, top = (width - side) // 2, (height - side) // 2
        return left, top, left + side, top + side

    def __str__(self) -> str:
        """As in `stretched`, `middle square`, `middle 87.5%, bilinear`."""
        if self.crop is None:
            shape = "stretched"
        else:
            shape = "middle square" if self.crop == 1 else f"middle {100 * self.crop:g}%"
        return shape if self.interpolation == "area" else f"{shape}, {self.interpolation}"


STRETCHED = Resizing()
"""How the player's own classifiers are trained."""
