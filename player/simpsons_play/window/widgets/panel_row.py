"""A row of the cast panel: a portrait, and text beside it. Heads can be dropped on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.dragged_heads import heads_in

GAP = 0.5
"""Space between the portrait and the text, in em."""

_STRIPE_PX, _RADIUS_PX = 3, 3
"""Width of the stripe of a selected row, and radius of a portrait's corners."""


class PanelRow(QAbstractButton):
    """Click a row, or press space while it has the focus, to select it.

    Args:
        dot: Size of the dot without a portrait, relative to the height of a portrait.
        border_px: Width of the frame around a portrait.
        parent: Qt parent.

    Attributes:
        moved: Signal(int): The user has pressed the down key (1) or the up key (-1) to go to another row.
        heads_dropped: Signal(object): The user has dragged heads here; frozenset of the keys of their tracks.
    """

    moved = Signal(int)
    heads_dropped = Signal(object)

    def __init__(self, *, dot: float, border_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._dot, self._border_px = dot, border_px
        self._portrait: QPixmap | None = None
        self._colour, self._heads_above = QColor(), False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)

    def nextCheckState(self) -> None:
        """Stay as it is: whoever fills the row says whether it is selected."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next or previous row, or select this one."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.moved.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            event.ignore()  # all other keys belong to the player

    def enterEvent(self, event: QEvent) -> None:
        """Highlight the row."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Do not highlight it any more."""
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept heads of other rows."""
        keys = heads_in(event.mimeData())
        if keys and not keys <= self._own_heads:
            event.acceptProposedAction()
            self._mark_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Do not highlight the row any more."""
        self._mark_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the heads."""
        event.acceptProposedAction()
        self._mark_drop(False)
        self.heads_dropped.emit(heads_in(event.mimeData()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        row = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.fillRect(row, theme.SELECTED if self.isChecked() else theme.RAISED)
        if self.isChecked():
            painter.fillRect(QRectF(0, 0, _STRIPE_PX, row.height()), self._colour)
        side = row.height() - 4
        head = QRectF(theme.EDGE_PX, 2, side, side)
        self._paint_head(painter, head)
        gap = self.fontInfo().pixelSize() * GAP
        self._paint_text(painter, row.adjusted(head.right() + gap, 0, -theme.EDGE_PX, 0))
        if self.hasFocus() or self._heads_above:
            painter.setPen(theme.ACCENT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(row.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    @property
    def _own_heads(self) -> frozenset[str]:
        """The keys of the tracks that the row stands for; it cannot take them."""
        return frozenset()

    def _paint_text(self, painter: QPainter, place: QRectF) -> None:
        """Paint what is beside the portrait."""
        raise NotImplementedError

    def _paint_head(self, painter: QPainter, place: QRectF) -> None:
        """Paint the portrait in a frame of the row's colour, or a dot in that colour."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        if self._portrait is None:
            dot = place.height() * self._dot
            painter.drawEllipse(place.center(), dot / 2, dot / 2)
            return
        painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        border = self._border_px
        inside = place.adjusted(border, border, -border, -border)
        painter.drawPixmap(inside, self._portrait, QRectF(self._portrait.rect()))

    def _mark_drop(self, above: bool) -> None:
        self._heads_above = above
        self.update()
