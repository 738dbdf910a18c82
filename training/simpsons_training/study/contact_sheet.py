"""Many pictures on one: what there is of a character, pairs side by side, names with doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_training.dataset import read_picture
from simpsons_training.table import Picture

_GAP_PX = 6
_TEXT_PX, _LINE_PX = 13, 17
_INK_BGR, _DOUBT_BGR, _PAPER, _MARGIN = (28, 28, 28), (0, 94, 213), 255, 240
"""The doubt is Okabe and Ito's vermilion, as wrong predictions are in `figures`."""

_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Tile:
    """Pictures side by side, with words under them.

    Attributes:
        pictures: one or more.
        words: lines under them.
        doubt: a last line, in colour; empty for none.
    """

    pictures: tuple[Picture, ...]
    words: tuple[str, ...] = ()
    doubt: str = ""


def contact_sheet(tiles: Sequence[Tile], *, columns: int, side_px: int) -> Image:
    """Draw tiles in rows; all need as many pictures and lines of words as the first.

    Args:
        tiles: at least one.
        columns: of tiles; fewer where there are fewer tiles.
        side_px: of the square that each picture is fitted into, in pixels.

    Returns:
        (H, W, 3) uint8 BGR, dark words on white.

    Raises:
        DataError: a picture cannot be read.
    """
    columns = min(columns, len(tiles))
    drawn = [_draw(tile, side_px) for tile in tiles]
    height, width = drawn[0].shape[:2]
    rows = -(-len(tiles) // columns)
    sheet = np.full(
        (rows * (height + _GAP_PX) + _GAP_PX, columns * (width + _GAP_PX) + _GAP_PX, 3), _PAPER, np.uint8
    )
    for number, tile in enumerate(drawn):
        row, column = divmod(number, columns)
        y, x = _GAP_PX + row * (height + _GAP_PX), _GAP_PX + column * (width + _GAP_PX)
        sheet[y : y + height, x : x + width] = tile
    return sheet


def spread_over_scenes(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """At most so many pictures, from as many scenes as there are, in order.

    Scenes give one picture each in turn until there are enough; where there are more scenes than pictures
    asked for, every so-manieth gives one.
    """
    scenes: dict[str, list[Picture]] = {}
    for picture in pictures:
        scenes.setdefault(picture.scene, []).append(picture)
    if len(scenes) > count:
        kept = np.linspace(0, len(scenes) - 1, count).round().astype(int)
        groups = list(scenes.values())
        return [groups[i][len(groups[i]) // 2] for i in kept]
    share = dict.fromkeys(scenes, 0)
    while sum(share.values()) < min(count, len(pictures)):
        for scene, of_scene in scenes.items():
            if share[scene] < len(of_scene) and sum(share.values()) < count:
                share[scene] += 1
    return [
        of_scene[i]
        for scene, of_scene in scenes.items()
        for i in np.linspace(0, len(of_scene) - 1, share[scene]).round().astype(int)
    ]


def jpeg(image: Image) -> bytes:
    """(H, W, 3) uint8 BGR as a JPEG file."""
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return content.tobytes()


def _draw(tile: Tile, side_px: int) -> Image:
    shown = np.hstack([_fit(read_picture(picture.path), side_px) for picture in tile.pictures])
    lines = [(line, _INK_BGR) for line in tile.words] + ([(tile.doubt, _DOUBT_BGR)] if tile.doubt else [])
    under = np.full((len(lines) * _LINE_PX, shown.shape[1], 3), _PAPER, np.uint8)
    for number, (line, colour) in enumerate(lines):
        _put(under, line, (number + 1) * _LINE_PX - 4, colour)
    return np.asarray(np.vstack([shown, under]), np.uint8)


def _fit(image: Image, side_px: int) -> Image:
    """(H, W, 3) -> (side_px, side_px, 3): undistorted, in the middle of paper."""
    scale = side_px / max(image.shape[:2])
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square = np.full((side_px, side_px, 3), _MARGIN, np.uint8)
    top, left = (side_px - height) // 2, (side_px - width) // 2
    square[top : top + height, left : left + width] = cv2.resize(image, (width, height), interpolation=method)
    return square


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def _put(canvas: Image, text: str, baseline: int, colour: tuple[int, int, int]) -> None:
    """Write a line, shortened to the width there is."""
    while len(text) > 1 and _width(text) > canvas.shape[1]:
        text = text.removesuffix("…")[:-1] + "…"
    cv2.putText(canvas, text, (0, baseline), colour, _font(), _TEXT_PX, 400)


def _width(text: str) -> int:
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), _TEXT_PX, 400)
    return int(width)
