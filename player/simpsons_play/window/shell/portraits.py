"""The portraits of the cast panel: the best head of each character that has been seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage, QPixmap

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult
from simpsons_play.render.portraits import BestPortraits, portrait
from simpsons_play.window.playback.ports import Analysis
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.scaling import to_qt

_SIZE_PX = 128
_BETTER = 1.2
"""How much better another head must be, so that portraits seldom change."""


class Portraits(QObject):
    """Takes heads from the frames that are shown, and reads those of other characters from the source.

    Args:
        analysis: Knows where characters are seen well.
        parent: Qt parent.
    """

    def __init__(self, analysis: Analysis, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analysis = analysis
        self._previews: Previews | None = None
        self._best = BestPortraits(_SIZE_PX, better=_BETTER)
        self._pixmaps: dict[str, QPixmap] = {}
        self._requested: set[str] = set()

    @property
    def pixmaps(self) -> Mapping[str, QPixmap]:
        """The portraits, by label."""
        return self._pixmaps

    def read_from(self, previews: Previews) -> None:
        """Read missing portraits from a source."""
        self._previews = previews
        previews.made.connect(self._on_made)

    def consider(self, image: Image, result: FrameResult) -> None:
        """Take better portraits from a picture.

        Args:
            image: (H, W, 3) uint8 BGR, without captions.
            result: Its result, in pixels of the image.
        """
        new = self._best.update(result, (image.shape[1], image.shape[0]), lambda: image)
        self._pixmaps |= {label: QPixmap.fromImage(to_qt(picture)) for label, picture in new.items()}

    def forget(self, labels: Collection[str]) -> None:
        """Look for the portraits of some characters again: what showed them may be somebody else's head."""
        self._best.forget(labels)
        for label in labels:
            self._pixmaps.pop(label, None)
            self._requested.discard(label)

    def find(self, labels: Iterable[str]) -> None:
        """Read the portraits of characters that have none; each is read once."""
        if self._previews is None:
            return
        for label in labels:
            if label in self._pixmaps or label in self._requested:
                continue
            if (found := self._analysis.best_head(label)) is not None:
                self._requested.add(label)
                self._previews.make(label, found[0], _cropper(found[1]))

    def _on_made(self, label: str, image: QImage) -> None:
        self._pixmaps.setdefault(label, QPixmap.fromImage(image))


def _cropper(box: Box) -> Callable[[Frame, float], Image]:
    return lambda frame, aspect: portrait(frame.image, box, _SIZE_PX, pixel_aspect=aspect)
