"""Draws captions, confidence bars and the network's best guesses on a picture. Pure: BGR in, BGR out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import cv2
import numpy as np

from simpsons_play.brackets import PLATE_BGR, blend, draw_bracket, place_beside
from simpsons_play.names import colour_of, display_name
from simpsons_play.types import Analysis, Box, Image

_TEXT_BGR = (255, 255, 255)
_TEXT_SHARE = 1 / 16
"""Height of a caption's text as a share of the frame's height: what broadcast subtitles use (EBU-TT-D's
default of one fifteenth of the picture, less line spacing)."""

_HEAD_TEXT = 0.8
"""Names at heads are smaller: there may be several, and they cover what is beside them."""


class Overlay:
    """Draws what is known of a frame on it.

    Args:
        labels: all labels of the model, for their colours.
        top: how many of the network's best guesses to list in the corner of each region; 1 lists none, as the
            caption itself says the best.
    """

    def __init__(self, labels: Sequence[str], *, top: int = 1) -> None:
        self._labels, self._top = tuple(labels), top

    def draw(self, image: Image, analysis: Analysis | None) -> Image:
        """Draw captions on a copy of a picture.

        Args:
            image: (H, W, 3) uint8 BGR; left as it is.
            analysis: of that frame; None, or one without captions, draws nothing.

        Returns:
            (H, W, 3) uint8 BGR.
        """
        canvas = image.copy()
        if analysis is None:
            return canvas
        text_px = max(11, round(image.shape[0] * _TEXT_SHARE * 0.75))
        heads = [caption for caption in analysis.captions if caption.region.is_head]
        for caption in heads:
            draw_bracket(canvas, caption.region.box, colour_of(caption.label, self._labels))
        placed: list[Box] = []
        for caption in analysis.captions:
            name, percent = display_name(caption.label), round(caption.probability * 100)
            make = partial(_caption_plate, name, percent, colour_of(caption.label, self._labels))
            if caption.region.is_head:
                plate = make(max(9, round(text_px * _HEAD_TEXT)))
                placed.append(place_beside(canvas, plate, caption.region.box, placed))
            else:
                plate = _fitting(make, text_px, caption.region.box, least_px=8)
                _place(canvas, plate, caption.region.box, text_px, bottom=True)
        if self._top > 1:
            small_px = max(10, round(text_px * 0.7))
            for prediction in analysis.predictions:
                rows = tuple(
                    (display_name(label), round(p * 100), colour_of(label, self._labels))
                    for label, p in prediction.top[: self._top]
                )
                make = partial(_guesses_plate, rows)
                if prediction.region.is_head:
                    placed.append(place_beside(canvas, make(small_px), prediction.region.box, placed))
                else:
                    plate = _fitting(make, small_px, prediction.region.box, least_px=6)
                    _place(canvas, plate, prediction.region.box, small_px, bottom=False)
        return canvas


def _fitting(make: Callable[[int], Image], text_px: int, box: Box, *, least_px: int) -> Image:
    """The plate that `make` gives for this height of text, or for one so small that it fits the box."""
    plate = make(text_px)
    room_px = box.width - text_px
    return plate if plate.shape[1] <= room_px else make(max(least_px, text_px * room_px // plate.shape[1]))


def _place(canvas: Image, plate: Image, box: Box, text_px: int, *, bottom: bool) -> None:
    """Blend a plate into the lower or upper left corner of a box, cut off where it does not fit."""
    gap = max(2, text_px // 2)
    x = box.x_min + gap
    y = box.y_max - gap - plate.shape[0] if bottom else box.y_min + gap
    y = max(box.y_min, y)
    blend(canvas[y : box.y_max, x : box.x_max], plate)


@lru_cache(maxsize=512)
def _caption_plate(name: str, percent: int, colour: tuple[int, int, int], text_px: int) -> Image:
    """One caption: name and percent over a bar as long as the confidence; (h, w, 3) uint8 BGR."""
    pad, bar = text_px // 2, max(2, text_px // 6)
    name_px, percent_px = _text_width(name, text_px, bold=True), _text_width("100%", text_px)
    width = name_px + percent_px + 3 * pad
    height = text_px + 2 * pad + bar
    plate = _plate(height, width)
    baseline = pad // 2 + round(text_px * 1.05)
    _put(plate, name, pad, baseline, text_px, bold=True)
    _put(plate, f"{percent}%", name_px + 2 * pad, baseline, text_px)
    y = height - bar - pad // 2
    plate[y : y + bar, pad : width - pad] = [c // 3 for c in colour]
    plate[y : y + bar, pad : pad + round((width - 2 * pad) * percent / 100)] = colour
    return plate


@lru_cache(maxsize=512)
def _guesses_plate(rows: tuple[tuple[str, int, tuple[int, int, int]], ...], text_px: int) -> Image:
    """The best guesses, one line each: percent, bar, name; (h, w, 3) uint8 BGR."""
    pad, line, bar = text_px // 2, round(text_px * 1.5), text_px * 4
    number = _text_width("100%", text_px)
    width = max((_text_width(name, text_px) for name, _, _ in rows), default=0) + number + bar + 4 * pad
    plate = _plate(line * len(rows) + pad, width)
    for i, (name, percent, colour) in enumerate(rows):
        y = pad // 2 + i * line
        baseline = y + round(text_px * 1.1)
        _put(plate, f"{percent}%", pad, baseline, text_px)
        x = number + 2 * pad
        top, bottom = y + line // 4, y + line - line // 4
        plate[top:bottom, x : x + bar] = [c // 3 for c in colour]
        plate[top:bottom, x : x + round(bar * percent / 100)] = colour
        _put(plate, name, x + bar + pad, baseline, text_px)
    return plate


def _plate(height: int, width: int) -> Image:
    return np.full((height, width, 3), PLATE_BGR, np.uint8)


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    """The sans-serif that OpenCV carries (Rubik, a variable font with Latin, Cyrillic and Greek)."""
    return cv2.FontFace("sans")


def _weight(*, bold: bool) -> int:
    return 600 if bold else 400


def _text_width(text: str, text_px: int, *, bold: bool = False) -> int:
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), text_px, _weight(bold=bold))
    return int(width)


def _put(plate: Image, text: str, x: int, baseline: int, text_px: int, *, bold: bool = False) -> None:
    cv2.putText(plate, text, (x, baseline), _TEXT_BGR, _font(), text_px, _weight(bold=bold))
