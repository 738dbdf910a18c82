"""A flat button with an icon or a short text, for the controls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.icons import draw_icon

_ICON, _PADDING = 1.25, 0.35
"""Size of the icon, and of the space around it, in em."""

_RADIUS_PX = 4


class IconButton(QToolButton):
    """Shows an icon, or its text if it has no icon; as high as the font needs.

    Only Tab gives it the focus: after a click, all keys still belong to the player.

    Args:
        icon: Name of an icon, see `icons`; empty to show the text.
        name: What it does, for screen readers and the tooltip.
        parent: Qt parent.
    """

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.describe(icon, name)

    def describe(self, icon: str, name: str, tooltip: str = "") -> None:
        """Show another icon, and describe what the button does now.

        Args:
            icon: Name of the icon.
            name: For screen readers.
            tooltip: If it differs from the name, such as with the key in parentheses.
        """
        if (icon, name) == (self._icon, self.accessibleName()) and tooltip in ("", self.toolTip()):
            return
        self._icon = icon
        self.setAccessibleName(name)
        self.setToolTip(tooltip or name)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Return press it; all other keys belong to the player, arrow keys as well."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        """A square, or as wide as the text."""
        em = self.fontInfo().pixelSize()
        side = round(em * (_ICON + 2 * _PADDING))
        text = (
            self.fontMetrics().horizontalAdvance(self.text()) + round(2 * em * _PADDING)
            if not self._icon
            else 0
        )
        return QSize(max(side, text), side)

    def minimumSizeHint(self) -> QSize:
        """The same as the size hint."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Fit to a new font."""
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon or the text, and a background while the pointer is over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        hovered = self.underMouse() and self.isEnabled()
        if self.isDown() or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.SELECTED if self.isDown() else theme.RAISED)
            painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        if self.hasFocus():
            painter.setPen(theme.ACCENT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        colour = theme.TEXT if self.isEnabled() else theme.DISABLED
        if self.isChecked():  # not by colour alone
            colour = theme.ACCENT
            painter.fillRect(QRectF(place.left() + 3, place.bottom() - 2, place.width() - 6, 2), colour)
        if self._icon:
            size = self.fontInfo().pixelSize() * _ICON
            square = QRectF(place.center().x() - size / 2, place.center().y() - size / 2, size, size)
            draw_icon(painter, self._icon, square, colour)
        else:
            painter.setPen(colour)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()
