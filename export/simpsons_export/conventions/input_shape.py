"""The shape of a network's input: rows of pixels, planes of colours, or one flat vector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

Layout = Literal["NHWC", "NCHW", "NHW", "flat"]

_CHANNELS = (1, 3)
"""Grey or colour."""


@dataclass(frozen=True, slots=True)
class InputShape:
    """What a network takes for one picture.

    Attributes:
        height: Rows of pixels (H).
        width: Columns of pixels (W).
        channels: 3 for colours, 1 for grey (C).
        layout: `NHWC`: (N, H, W, C); `NCHW`: (N, C, H, W); `NHW`: (N, H, W), grey; `flat`: (N, H * W * C),
            NHWC in a row.
    """

    height: int
    width: int
    channels: int
    layout: Layout = "NHWC"

    @classmethod
    def of(cls, dims: Sequence[int | None], *, size_px: int | None = None) -> Self:
        """Find out the layout of an input from its dimensions.

        Args:
            dims: All dimensions, with the batch first; None where the network takes any size.
            size_px: Width and height, where the network takes any.

        Raises:
            ValueError: These are no pictures, or their size is unknown; the message says what is missing.

        Example:
            >>> InputShape.of([None, 3, 224, 224])
            InputShape(height=224, width=224, channels=3, layout='NCHW')
            >>> InputShape.of([None, 4096])
            InputShape(height=64, width=64, channels=1, layout='flat')
            >>> InputShape.of([None, 28, 28])
            InputShape(height=28, width=28, channels=1, layout='NHW')
        """
        if len(dims) == 2 and dims[1] is not None:
            return cls._of_vector(dims[1])
        layout: Layout
        if len(dims) == 4 and dims[3] in _CHANNELS:
            layout, (height, width, channels) = "NHWC", (dims[1], dims[2], dims[3])
        elif len(dims) == 4 and dims[1] in _CHANNELS:
            layout, (channels, height, width) = "NCHW", (dims[1], dims[2], dims[3])
        elif len(dims) == 3 and dims[0] in (None, 1) and dims[2] not in _CHANNELS:
            layout, (height, width, channels) = "NHW", (dims[1], dims[2], 1)
        elif len(dims) == 3:
            raise ValueError("that has no dimension for the pictures; export it for (1, C, H, W)")
        else:
            raise ValueError(
                "that is neither (N, H, W, C) nor (N, C, H, W) with 1 or 3 channels, nor (N, H, W) or (N, D)"
            )
        height, width = height or size_px, width or size_px
        if height is None or width is None:
            raise ValueError("it takes pictures of any size; give that of its training with --size-px")
        return cls(height, width, int(channels or 0), layout)

    @classmethod
    def _of_vector(cls, length: int) -> Self:
        for channels in _CHANNELS:
            side = math.isqrt(length // channels)
            if side * side * channels == length:
                return cls(side, side, channels, "flat")
        raise ValueError(f"a vector of {length:,} is no square picture, neither in grey nor in colours")

    @property
    def tensor(self) -> tuple[int, ...]:
        """Dimensions of one picture in the layout of the network."""
        if self.layout == "flat":
            return (self.height * self.width * self.channels,)
        if self.layout == "NCHW":
            return (self.channels, self.height, self.width)
        if self.layout == "NHW":
            return (self.height, self.width)
        return (self.height, self.width, self.channels)

    @property
    def size_px(self) -> int:
        """Side of the square pictures that an export takes (S).

        For a network whose input is not square, it is twice the longer side: the graph then shrinks them, and
        no detail is lost before.
        """
        return self.width if self.width == self.height else 2 * max(self.height, self.width)

    def __str__(self) -> str:
        """As in `64x64 pictures`, `vectors of 4,096 (64x64 grey)`."""
        grey = " grey" if self.channels == 1 else ""
        if self.layout == "flat":
            return f"vectors of {self.tensor[0]:,} ({self.width}x{self.height}{grey or ' colour'})"
        return f"{self.width}x{self.height}{grey} pictures"
