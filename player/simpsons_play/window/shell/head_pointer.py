"""The head at the pointer: outlines it, and knows it when the user clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from simpsons_play.core.names import display_name
from simpsons_play.core.results import Region
from simpsons_play.window.widgets.head_outline import HeadOutline
from simpsons_play.window.widgets.picture import Picture

_TIP, _TIP_NAMED = "Click to name", "{name}: click to correct"
"""What a click does: at a head without a name, and at one with a name, whose plate the tip may cover."""

_IDLE_MS = 2500
"""While a video plays, a pointer that has not moved for this long points at nothing."""


class HeadPointer(QObject):
    """Outlines the head at the pointer, so that it is clear that a click means this head.

    Args:
        picture: Shows the frames.
        outline: Outlines the head.
        heads: Returns the heads in the frame on screen, with the names shown for them, None for no name.
        playing: Returns whether the video plays.
        parent: Qt parent.
    """

    def __init__(
        self,
        picture: Picture,
        outline: HeadOutline,
        *,
        heads: Callable[[], Sequence[tuple[Region, str | None]]],
        playing: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._picture, self._outline, self._heads, self._playing = picture, outline, heads, playing
        self._point: QPointF | None = None
        self._region: Region | None = None
        self._idle_timer = QTimer(self, singleShot=True, interval=_IDLE_MS)
        self._idle_timer.timeout.connect(self.refresh)
        picture.hovered.connect(self._on_hovered)

    @property
    def region(self) -> Region | None:
        """The head that is outlined; None if none is."""
        return self._region

    def stop(self) -> None:
        """Outline nothing any more."""
        self._picture.hovered.disconnect(self._on_hovered)
        self._on_hovered(None)

    def refresh(self) -> None:
        """Look again: other heads, or none, are at the pointer now."""
        rests = self._playing() and not self._idle_timer.isActive()
        found = None if self._point is None or rests else self._head_at(self._point)
        self._region = None if found is None else found[0]
        if found is not None:
            region, label = found
            tip = _TIP if label is None else _TIP_NAMED.format(name=display_name(label))
            self._outline.show_at(self._picture.place_of(region.box), tip)
            self._picture.setCursor(Qt.CursorShape.PointingHandCursor)
        elif not self._outline.isHidden():
            self._outline.hide()
            if self._picture.cursor().shape() == Qt.CursorShape.PointingHandCursor:
                self._picture.setCursor(Qt.CursorShape.ArrowCursor)

    def head_at(self, point: QPointF) -> Region | None:
        """The smallest head at a point, in pixels of the picture's widget; None without one."""
        found = self._head_at(point)
        return None if found is None else found[0]

    def _head_at(self, point: QPointF) -> tuple[Region, str | None] | None:
        at = point.toPoint()
        found = [head for head in self._heads() if self._picture.place_of(head[0].box).contains(at)]
        return min(found, key=lambda head: head[0].box.width * head[0].box.height, default=None)

    def _on_hovered(self, point: QPointF | None) -> None:
        self._point = point
        if point is not None:
            self._idle_timer.start()
        self.refresh()
