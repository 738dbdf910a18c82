"""One portrait for each character: the best head of the whole video."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.render.portraits import portrait, portrait_score, size_score

SIZE_PX = 96
"""Width and height of a portrait."""

_JPEG_QUALITY = 88
_MIN_IMPROVEMENT = 1.05
"""A head is only looked at if it may be better by this factor: most frames need not even be converted."""


@dataclass(slots=True)
class _Best:
    """The best head of a character, and its highest `size_score` times probability in this shot."""

    score: float = 0.0
    picture: Image | None = None
    shot_bound: float = 0.0


class Portraits:
    """Chooses a portrait for each character, frame by frame.

    Heads are compared by `portrait_score`. In each shot, a head is only scored when its size and confidence
    have improved, so that only a few frames of a shot are looked at. Characters that are only named by a crop
    of the frame have no portrait.

    Args:
        pixel_aspect: width of a pixel over its height.
    """

    def __init__(self, *, pixel_aspect: float = 1.0) -> None:
        self._pixel_aspect = pixel_aspect
        self._best: dict[str, _Best] = {}

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Look at the heads of the next frame; frames are in order of their times."""
        if result.cut:
            for best in self._best.values():
                best.shot_bound = 0.0
        for caption in result.captions:
            if caption.region.is_head:
                self._update_label(frame, caption)

    def jpegs(self) -> dict[str, bytes]:
        """Label -> JPEG file content, `SIZE_PX` wide and high."""
        return {
            label: cv2.imencode(".jpg", best.picture, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1].tobytes()
            for label, best in self._best.items()
            if best.picture is not None
        }

    def _update_label(self, frame: Frame, caption: Caption) -> None:
        best = self._best.setdefault(caption.label, _Best())
        box = caption.region.box
        bound = caption.probability * size_score(frame.size_px, box)
        if bound <= max(best.score, best.shot_bound) * _MIN_IMPROVEMENT:
            return
        best.shot_bound = bound
        score = portrait_score(frame.image, box, caption.probability)
        if best.picture is None or score > best.score:
            best.score = score
            best.picture = portrait(frame.image, box, SIZE_PX, pixel_aspect=self._pixel_aspect)
