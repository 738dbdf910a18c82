"""Pictures of heads that nobody knows, taken before it is known which of them show one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.head_tracks import Look
from simpsons_play.analysis.strangers import MIN_PX, MIN_SCORE
from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult
from simpsons_play.render.portraits import portrait
from simpsons_play.sinks.report.portraits import SIZE_PX, jpeg
from simpsons_play.sinks.report.thumbnails import thumbnail_jpeg

_COLOUR_BGR = (200, 200, 200)


@dataclass(frozen=True, slots=True)
class StrangerPicture:
    """Pictures of one look at a head.

    Attributes:
        portrait: JPEG file content, square.
        thumbnail: JPEG file content of the whole frame, with a bracket around the head.
    """

    portrait: bytes
    thumbnail: bytes


class StrangerPictures:
    """Takes a picture of each look at a head that may be unknown: some each second at most.

    Args:
        threshold: probability from which the model's name for a head is shown, 0-1.
        pixel_aspect: width of a pixel over its height.
    """

    def __init__(self, threshold: float, *, pixel_aspect: float = 1.0) -> None:
        self._threshold, self._pixel_aspect = threshold, pixel_aspect
        self._pictures: dict[tuple[float, Box], StrangerPicture] = {}
        self._before: npt.NDArray[np.float16] | None = None

    def update(self, frame: Frame, result: FrameResult) -> None:
        """Look at the next frame; frames are in order of their times."""
        detections = result.detections
        before, self._before = self._before, detections.embeddings
        if detections.embeddings is None or (
            before is not None and np.array_equal(before, detections.embeddings)
        ):
            return  # of the frame before
        for i in np.flatnonzero(detections.embeddings.any(axis=1)):
            box = Box.rounded(detections.boxes[i])
            if (
                detections.scores[i] >= MIN_SCORE
                and max(box.width, box.height) >= MIN_PX
                and detections.probabilities[i].max(initial=0) < self._threshold
            ):
                self._pictures[result.time_s, box] = StrangerPicture(
                    jpeg(portrait(frame.image, box, SIZE_PX, pixel_aspect=self._pixel_aspect)),
                    thumbnail_jpeg(frame.image, box, _COLOUR_BGR, pixel_aspect=self._pixel_aspect),
                )

    def of(self, look: Look) -> StrangerPicture | None:
        """The pictures of a look; None if there are none."""
        return self._pictures.get((look.time_s, look.box))
