"""One portrait for each character: the best head of the whole video."""

from __future__ import annotations

import cv2

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import FrameResult
from simpsons_play.render.portraits import BestPortraits

SIZE_PX = 96
"""Width and height of a portrait."""

_JPEG_QUALITY = 88


class Portraits:
    """Chooses a portrait for each character, frame by frame; see `BestPortraits`.

    Args:
        pixel_aspect: width of a pixel over its height.
    """

    def __init__(self, *, pixel_aspect: float = 1.0) -> None:
        self._best = BestPortraits(SIZE_PX, pixel_aspect=pixel_aspect)

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Look at the heads of the next frame; frames are in order of their times."""
        self._best.update(result, frame.size_px, lambda: frame.image)

    def jpegs(self) -> dict[str, bytes]:
        """Label -> JPEG file content, `SIZE_PX` wide and high."""
        return {label: jpeg(picture) for label, picture in self._best.pictures.items()}


def jpeg(picture: Image) -> bytes:
    """A portrait as JPEG file content."""
    return cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1].tobytes()
