"""Draws captions, confidence bars and the most probable labels on frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of, display_name
from simpsons_play.core.results import HEAD, Caption, FrameResult, Prediction
from simpsons_play.render.brackets import bracket_mark
from simpsons_play.render.marks import Mark, Patch, PatchMark, draw_on_image
from simpsons_play.render.plates import CACHED_PATCHES, PLATE_BGR, Plates, plate_patch

_TEXT_BGR = (255, 255, 255)
_UNKNOWN_BGR = (200, 200, 200)
TEXT_SHARE = 1 / 16
"""Text height of a caption as a share of the frame height, as in broadcast subtitles: the default of EBU-TT-D
is 1/15 including line spacing."""

_HEAD_TEXT_SCALE = 0.8
"""Names at heads are smaller: there can be several, and they cover what is around the head."""


def preload_font() -> None:
    """Load the font in this thread: OpenCV takes about 40 ms, which would delay the first frame."""
    _text_width("A", 20, bold=True)


class Overlay:
    """Draws the results of a video on its frames, in order.

    Args:
        labels: all labels of the model, for their colours.
        top: number of most probable labels to list. For crops the list is in the corner of the region; for
            heads it is in a corner of the frame, by the number drawn at each head. 1 draws no list, as the
            caption already shows the most probable label.
        min_probability: captions with a lower probability are not drawn; 0-1.

    Example:
        >>> from simpsons_play.core.results import Region
        >>> image = np.zeros((90, 160, 3), np.uint8)
        >>> caption = Caption(Region("full", Box(0, 0, 160, 90)), "bart_simpson", 0.9)
        >>> result = FrameResult(0, 0.0, True, (), (caption,))
        >>> Overlay(("bart_simpson",)).draw(image, result).shape
        (90, 160, 3)
    """

    def __init__(self, labels: Sequence[str], *, top: int = 1, min_probability: float = 0.0) -> None:
        self._labels, self._top, self._min_probability = tuple(labels), top, min_probability
        self._plates = Plates()
        self._time_s = 0.0

    def set_labels(self, labels: Sequence[str]) -> None:
        """Change the labels of the model, as when it is taught a name."""
        self._labels = tuple(labels)

    def draw(self, image: Image, result: FrameResult | None) -> Image:
        """Draw captions on a copy of a frame.

        Args:
            image: (H, W, 3) uint8 BGR; not changed.
            result: result of the frame; None draws nothing.

        Returns:
            (H, W, 3) uint8 BGR.
        """
        canvas = image.copy()
        draw_on_image(canvas, self.marks((image.shape[1], image.shape[0]), result))
        return canvas

    def marks(self, size_px: tuple[int, int], result: FrameResult | None) -> list[Mark]:
        """What `draw` draws on a frame, from the lowest mark to the uppermost.

        Args:
            size_px: width and height of the frame.
            result: result of the frame; None draws nothing.
        """
        if result is None:
            return []
        captions = [c for c in result.captions if c.probability >= self._min_probability]
        text_px = max(11, round(size_px[1] * TEXT_SHARE * 0.75))
        marks: list[Mark] = []
        occupied = []
        for caption in captions:
            if not caption.region.is_head:
                make = self._caption(caption)
                patch = _fitting(make, text_px, caption.region.box, min_px=8)
                mark = _corner_mark(patch, caption.region.box, text_px, bottom=True)
                marks.append(mark)
                occupied.append(mark.box)
        marks += self._head_marks(size_px, result, captions, text_px, occupied)
        if self._top > 1:
            for prediction in result.predictions:
                if not prediction.region.is_head:
                    box = prediction.region.box
                    listed = self._list([("", prediction)], box.width, box.height, text_px)
                    if listed is not None:
                        marks.append(_corner_mark(listed, box, _list_text_px(text_px), bottom=False))
        return marks

    def _head_marks(
        self,
        size_px: tuple[int, int],
        result: FrameResult,
        shown: Sequence[Caption],
        text_px: int,
        occupied: Sequence[Box],
    ) -> list[Mark]:
        captions = {c.region.name: c for c in shown if c.region.is_head}
        predictions = {p.region.name: p for p in result.predictions if p.region.is_head}
        regions = {name: p.region for name, p in predictions.items()}
        regions |= {name: c.region for name, c in captions.items()}
        marked = list(captions) if self._top == 1 else list(regions)
        marks: list[Mark] = []
        for name in marked:
            colour = colour_of(captions[name].label, self._labels) if name in captions else _UNKNOWN_BGR
            marks.append(bracket_mark(size_px, regions[name].box, colour))
        cut = result.cut or result.time_s < self._time_s
        self._time_s = result.time_s
        self._plates.start_frame(regions.values(), cut=cut, occupied=occupied)
        if self._top > 1 and predictions:
            width, height = size_px
            numbered = [(_number(name), prediction) for name, prediction in predictions.items()]
            listed = self._list(numbered, width // 2, height, text_px)
            if listed is not None:
                marks.append(_mark_in(self._plates.place_in_corner(size_px, listed.size_px), listed))
        for name in marked:
            make = (
                self._caption(captions[name]) if name in captions else partial(_number_plate, _number(name))
            )
            patch = _fitting(make, max(9, round(text_px * _HEAD_TEXT_SCALE)), Box(0, 0, *size_px), min_px=6)
            marks.append(_mark_in(self._plates.place(size_px, patch.size_px, regions[name]), patch))
        return marks

    def _caption(self, caption: Caption) -> Callable[[int], Patch]:
        name = display_name(caption.label)
        if self._top > 1 and caption.region.is_head:
            name = f"{_number(caption.region.name)} {name}"
        colour = colour_of(caption.label, self._labels)
        return partial(_caption_plate, name, round(caption.probability * 100), colour)

    def _list(
        self, numbered: Sequence[tuple[str, Prediction]], width: int, height: int, text_px: int
    ) -> Patch | None:
        """A plate with the most probable labels above 0%, scaled down to fit; None if there are none."""
        rows = tuple(
            ("" if i else number, display_name(label), round(p * 100), colour_of(label, self._labels))
            for number, prediction in numbered
            for i, (label, p) in enumerate(prediction.top[: self._top])
            if round(p * 100) > 0
        )
        if not rows:
            return None
        bounds = Box(0, 0, max(1, width), height)
        return _fitting(partial(_list_plate, rows), _list_text_px(text_px), bounds, min_px=6)


def _list_text_px(text_px: int) -> int:
    """Text height of a list, given that of captions."""
    return max(10, round(text_px * 0.7))


def _number(region: str) -> str:
    """`head-3` -> `3`."""
    return region.removeprefix(HEAD)


def _fitting(make: Callable[[int], Patch], text_px: int, box: Box, *, min_px: int) -> Patch:
    """The plate that `make` returns for this text height, or for a smaller one that fits into the box."""
    patch = make(text_px)
    width, height = patch.size_px
    scale = min((box.width - text_px) / width, (box.height - text_px) / height)
    return patch if scale >= 1 else make(max(min_px, int(text_px * scale)))


def _corner_mark(patch: Patch, box: Box, text_px: int, *, bottom: bool) -> PatchMark:
    """A patch in the lower or upper left corner of a box, clipped to it."""
    gap = max(2, text_px // 2)
    y = box.y_max - gap - patch.size_px[1] if bottom else box.y_min + gap
    return patch.at(box.x_min + gap, max(box.y_min, y), box)


def _mark_in(box: Box, patch: Patch) -> PatchMark:
    """A patch in the upper left corner of a box, clipped to it."""
    return patch.at(box.x_min, box.y_min, box)


@lru_cache(maxsize=CACHED_PATCHES)
def _caption_plate(name: str, percent: int, colour: tuple[int, int, int], text_px: int) -> Patch:
    """One caption: name and percentage above a bar as long as the confidence."""
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
    return plate_patch(plate)


@lru_cache(maxsize=CACHED_PATCHES)
def _number_plate(number: str, text_px: int) -> Patch:
    """The number of an unknown head."""
    pad = text_px // 3
    plate = _plate(text_px + 2 * pad, _text_width(number, text_px, bold=True) + 2 * pad)
    _put(plate, number, pad, pad + round(text_px * 0.95), text_px, bold=True)
    return plate_patch(plate)


@lru_cache(maxsize=CACHED_PATCHES)
def _list_plate(rows: tuple[tuple[str, str, int, tuple[int, int, int]], ...], text_px: int) -> Patch:
    """A list of labels; one row each: number of the head, percentage, bar, name."""
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
    return plate_patch(plate)


def _plate(height: int, width: int) -> Image:
    return np.full((height, width, 3), PLATE_BGR, np.uint8)


@lru_cache(maxsize=1)
def _font() -> cv2.FontFace:
    """The sans-serif font of OpenCV (Rubik, a variable font with Latin, Cyrillic and Greek)."""
    return cv2.FontFace("sans")


def _weight(*, bold: bool) -> int:
    return 600 if bold else 400


def _text_width(text: str, text_px: int, *, bold: bool = False) -> int:
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), text_px, _weight(bold=bold))
    return int(width)


def _put(plate: Image, text: str, x: int, baseline: int, text_px: int, *, bold: bool = False) -> None:
    cv2.putText(plate, text, (x, baseline), _TEXT_BGR, _font(), text_px, _weight(bold=bold))
