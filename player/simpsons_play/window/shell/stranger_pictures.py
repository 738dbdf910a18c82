"""Pictures of strangers, read from the source: portraits, and whole frames as examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from simpsons_play.analysis.head_tracks import HeadTrack, Look
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.render.portraits import portrait
from simpsons_play.window.playback.ports import HeadExample
from simpsons_play.window.playback.previews import Previews

_SIZE_PX = 128
_HEAD, _EXAMPLE = "stranger-head ", "stranger-example "


class StrangerPictures(QObject):
    """Reads pictures of heads in the thread of the previews.

    Attributes:
        changed: Signal(): There is another portrait.
        examples_read: Signal(str, object): All examples with this name are read; list of `HeadExample`, empty
            if none of the frames can be read.
    """

    changed = Signal()
    examples_read = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._previews: Previews | None = None
        self._portraits: dict[str, QPixmap] = {}
        self._requested: set[str] = set()
        self._examples: dict[str, list[HeadExample]] = {}

    @property
    def portraits(self) -> Mapping[str, QPixmap]:
        """Portraits, by the key of the track."""
        return self._portraits

    def read_from(self, previews: Previews) -> None:
        """Read from a source."""
        self._previews = previews
        previews.made.connect(self._on_made)
        previews.missed.connect(self._on_done)

    def find(self, tracks: Sequence[HeadTrack]) -> None:
        """Read the portraits of tracks that have none; each is read once."""
        for track in tracks:
            if self._previews is not None and track.key not in self._requested:
                self._requested.add(track.key)
                self._previews.make(f"{_HEAD}{track.key}", track.best.time_s, _cropper(track.best.box))

    def read_examples(self, name: str, looks: Sequence[Look], *, source: str) -> bool:
        """Read the frames of some looks, and emit `examples_read`.

        Args:
            name: Name of the examples in the signal.
            looks: The looks.
            source: Name of the source.

        Returns:
            Whether there is a source to read from.
        """
        if self._previews is None:
            return False
        found = self._examples[name] = []
        for number, look in enumerate(looks, 1):
            last = name if number == len(looks) else ""
            self._previews.make(f"{_EXAMPLE}{last}", look.time_s, _taker(look, source, found))
        return True

    def _on_made(self, name: str, image: QImage) -> None:
        if name.startswith(_HEAD):
            self._portraits[name.removeprefix(_HEAD)] = QPixmap.fromImage(image)
            self.changed.emit()
        self._on_done(name)

    def _on_done(self, name: str) -> None:
        examples = self._examples.pop(name.removeprefix(_EXAMPLE), None)
        if examples is not None:
            self.examples_read.emit(name.removeprefix(_EXAMPLE), examples)


def _cropper(box: Box) -> Callable[[Frame, float], Image]:
    return lambda frame, aspect: portrait(frame.image, box, _SIZE_PX, pixel_aspect=aspect)


def _taker(look: Look, source: str, found: list[HeadExample]) -> Callable[[Frame, float], Image]:
    """Takes the whole frame; called in the thread of the previews."""

    def take(frame: Frame, aspect: float) -> Image:
        found.append(HeadExample(frame.image, look.box, source, look.time_s))
        return portrait(frame.image, look.box, 1)

    return take
