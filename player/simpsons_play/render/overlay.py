"""Draws captions, confidence bars and the network's best guesses on pictures: BGR in, BGR out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of, display_name
from simpsons_play.core.results import HEAD, Caption, FrameResult, Prediction
from simpsons_play.render.plates import PLATE_BGR, Plates, blend, draw_bracket

_TEXT_BGR = (255, 255, 255)
_UNNAMED_BGR = (200, 200, 200)
TEXT_SHARE = 1 / 16
"""Height of a caption's text as a share of the frame's height: what broadcast subtitles use (EBU-TT-D's
default of one fifteenth of the picture, less line spacing)."""

_HEAD_TEXT = 0.8
"""Names at heads are smaller: there may be several, and they cover what is beside them."""


def preload_font() -> None:
    """Get the font ready for this thread, which takes OpenCV some 40 ms: names come without delay then."""
    _text_width("A", 20, bold=True)


class Overlay:
    """Draws what is known of the frames of one video on them, frame after frame.

    Args:
        labels: all labels of the model, for their colours.
        top: how many of the network's best guesses to list in the corner of each region, or, of heads, in the
            corner of the picture, by the number that stands at each; 1 lists none, as the caption itself says
            the best.
        min_probability: captions that are less probable are not drawn; 0-1.
    """

    def __init__(self, labels: Sequence[str], *, top: int = 1, min_probability: float = 0.0) -> None:
        self._labels, self._top, self._min_probability = tuple(labels), top, min_probability
        self._plates = Plates()
        self._time_s = 0.0

    def draw(self, image: Image, result: FrameResult | None) -> Image:
        """Draw captions on a copy of a picture.

        Args:
            image: (H, W, 3) uint8 BGR; left as it is.
            result: of that frame; None, or one without captions, draws nothing.

        Returns:
            (H, W, 3) uint8 BGR.
        """
        canvas = image.copy()
        if result is None:
            return canvas
        shown = tuple(caption for caption in result.captions if caption.probability >= self._min_probability)
        result = replace(result, captions=shown)
        text_px = max(11, round(image.shape[0] * TEXT_SHARE * 0.75))
        taken = []
        for caption in result.captions:
            if not caption.region.is_head:
                make = self._caption(caption)
                plate = _fitting(make, text_px, caption.region.box, least_px=8)
                taken.append(_place(canvas, plate, caption.region.box, text_px, bottom=True))
        self._draw_heads(canvas, result, text_px, taken)
        if self._top > 1:
            for prediction in result.predictions:
                if not prediction.region.is_head:
                    box = prediction.region.box
                    plate = self._list([("", prediction)], box.width, box.height, text_px)
                    _place(canvas, plate, box, _small(text_px), bottom=False)
        return canvas

    def _draw_heads(self, canvas: Image, result: FrameResult, text_px: int, taken: Sequence[Box]) -> None:
        captions = {c.region.name: c for c in result.captions if c.region.is_head}
        seen = {p.region.name: p for p in result.predictions if p.region.is_head}
        regions = {name: p.region for name, p in seen.items()} | {n: c.region for n, c in captions.items()}
        marked = list(captions) if self._top == 1 else list(regions)
        for name in marked:
            colour = colour_of(captions[name].label, self._labels) if name in captions else _UNNAMED_BGR
            draw_bracket(canvas, regions[name].box, colour)
        cut = result.cut or result.time_s < self._time_s
        self._time_s = result.time_s
        self._plates.begin(regions.values(), cut=cut, taken=taken)
        if self._top > 1 and seen:
            height, width = canvas.shape[:2]
            plate = self._list([(_number(name), seen[name]) for name in seen], width // 2, height, text_px)
            self._plates.corner(canvas, plate)
        for name in marked:
            make = (
                self._caption(captions[name]) if name in captions else partial(_number_plate, _number(name))
            )
            self._plates.place(canvas, make(max(9, round(text_px * _HEAD_TEXT))), regions[name])

    def _caption(self, caption: Caption) -> Callable[[int], Image]:
        name = display_name(caption.label)
        if self._top > 1 and caption.region.is_head:
            name = f"{_number(caption.region.name)} {name}"
        colour = colour_of(caption.label, self._labels)
        return partial(_caption_plate, name, round(caption.probability * 100), colour)

    def _list(self, listed: Sequence[tuple[str, Prediction]], width: int, height: int, text_px: int) -> Image:
        """A plate with the best guesses, as small as the room asks; no guesses of 0 %."""
        rows = tuple(
            ("" if i else number, display_name(label), round(p * 100), colour_of(label, self._labels))
            for number, prediction in listed
            for i, (label, p) in enumerate(prediction.top[: self._top])
            if i == 0 or round(p * 100) > 0
        )
        room = Box(0, 0, max(1, width), height)
        return _fitting(partial(_guesses_plate, rows), _small(text_px), room, least_px=6)


def _small(text_px: int) -> int:
    """Height of the text of guesses, for that of captions."""
    return max(10, round(text_px * 0.7))


def _number(region: str) -> str:
    """`head-3` -> `3`."""
    return region.removeprefix(HEAD)


def _fitting(make: Callable[[int], Image], text_px: int, box: Box, *, least_px: int) -> Image:
    """The plate that `make` gives for this height of text, or for one so small that it fits the box."""
    plate = make(text_px)
    room = min((box.width - text_px) / plate.shape[1], (box.height - text_px) / plate.shape[0])
    return plate if room >= 1 else make(max(least_px, int(text_px * room)))


def _place(canvas: Image, plate: Image, box: Box, text_px: int, *, bottom: bool) -> Box:
    """Blend a plate into the lower or upper left corner of a box, cut off where it does not fit.

    Returns:
        Where it lies now.
    """
    gap = max(2, text_px // 2)
    x = box.x_min + gap
    y = box.y_max - gap - plate.shape[0] if bottom else box.y_min + gap
    y = max(box.y_min, y)
    blend(canvas[y : box.y_max, x : box.x_max], plate)
    return Box(x, y, min(x + plate.shape[1], box.x_max), min(y + plate.shape[0], box.y_max))


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
def _number_plate(number: str, text_px: int) -> Image:
    """The number of a head that nobody can name; (h, w, 3) uint8 BGR."""
    pad = text_px // 3
    plate = _plate(text_px + 2 * pad, _text_width(number, text_px, bold=True) + 2 * pad)
    _put(plate, number, pad, pad + round(text_px * 0.95), text_px, bold=True)
    return plate


@lru_cache(maxsize=512)
def _guesses_plate(rows: tuple[tuple[str, str, int, tuple[int, int, int]], ...], text_px: int) -> Image:
    """The best guesses, one line each: number of the head, percent, bar, name; (h, w, 3) uint8 BGR."""
    pad, line, bar = text_px // 2, round(text_px * 1.5), text_px * 4
    lead = max((_text_width(number, text_px, bold=True) + pad for number, *_ in rows if number), default=0)
    percents = _text_width("100%", text_px)
    names = max((_text_width(name, text_px) for _, name, _, _ in rows), default=0)
    plate = _plate(line * len(rows) + pad, lead + names + percents + bar + 4 * pad)
    for i, (number, name, percent, colour) in enumerate(rows):
        y = pad // 2 + i * line
        baseline = y + round(text_px * 1.1)
        _put(plate, number, pad, baseline, text_px, bold=True)
        _put(plate, f"{percent}%", lead + pad, baseline, text_px)
        x = lead + percents + 2 * pad
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
