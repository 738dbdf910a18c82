"""Contact sheets: many pictures on one, with captions."""

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
_TEXT_BGR, _WARNING_BGR, _BACKGROUND, _MARGIN = (28, 28, 28), (0, 94, 213), 255, 240
"""Warnings use Okabe and Ito's vermilion, like wrong predictions in `figures`."""

_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Tile:
    """Pictures side by side, with a caption.

    Attributes:
        pictures: One or more pictures.
        caption: Lines below the pictures.
        warning: A last line in colour; may be empty.
    """

    pictures: tuple[Picture, ...]
    caption: tuple[str, ...] = ()
    warning: str = ""


def contact_sheet(tiles: Sequence[Tile], *, columns: int, side_px: int) -> Image:
    """Draw tiles in rows; all must have the same number of pictures and caption lines.

    Args:
        tiles: At least one tile.
        columns: Maximum number of tiles per row.
        side_px: Side of the square that each picture is fitted into, in pixels.

    Returns:
        (H, W, 3) uint8 BGR, dark text on white.

    Raises:
        DataError: A picture cannot be read.
    """
    columns = min(columns, len(tiles))
    drawn = [_draw(tile, side_px) for tile in tiles]
    height, width = drawn[0].shape[:2]
    rows = -(-len(tiles) // columns)
    sheet = np.full(
        (rows * (height + _GAP_PX) + _GAP_PX, columns * (width + _GAP_PX) + _GAP_PX, 3), _BACKGROUND, np.uint8
    )
    for number, tile in enumerate(drawn):
        row, column = divmod(number, columns)
        y, x = _GAP_PX + row * (height + _GAP_PX), _GAP_PX + column * (width + _GAP_PX)
        sheet[y : y + height, x : x + width] = tile
    return sheet


def spread_over_scenes(pictures: Sequence[Picture], count: int) -> list[Picture]:
    """Select at most `count` pictures, spread over as many scenes as possible, in order.

    Each scene contributes one picture in turn until there are enough; with more scenes than pictures, evenly
    spaced scenes contribute one each.
    """
    scenes: dict[str, list[Picture]] = {}
    for picture in pictures:
        scenes.setdefault(picture.scene, []).append(picture)
    if len(scenes) > count:
        chosen = np.linspace(0, len(scenes) - 1, count).round().astype(int)
        groups = list(scenes.values())
        return [groups[i][len(groups[i]) // 2] for i in chosen]
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
    """Encode (H, W, 3) uint8 BGR as JPEG."""
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return content.tobytes()


def _draw(tile: Tile, side_px: int) -> Image:
    picture_row = np.hstack([_fit(read_picture(picture.path), side_px) for picture in tile.pictures])
    lines = [(line, _TEXT_BGR) for line in tile.caption] + (
        [(tile.warning, _WARNING_BGR)] if tile.warning else []
    )
    caption = np.full((len(lines) * _LINE_PX, picture_row.shape[1], 3), _BACKGROUND, np.uint8)
    for number, (line, colour) in enumerate(lines):
        _put(caption, line, (number + 1) * _LINE_PX - 4, colour)
    return np.asarray(np.vstack([picture_row, caption]), np.uint8)


def _fit(image: Image, side_px: int) -> Image:
    """(H, W, 3) -> (side_px, side_px, 3): aspect ratio kept, centred on grey."""
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
    """Write a line, truncated to the width of the canvas."""
    while len(text) > 1 and _width(text) > canvas.shape[1]:
        text = text.removesuffix("…")[:-1] + "…"
    cv2.putText(canvas, text, (0, baseline), colour, _font(), _TEXT_PX, 400)


def _width(text: str) -> int:
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), _TEXT_PX, 400)
    return int(width)
