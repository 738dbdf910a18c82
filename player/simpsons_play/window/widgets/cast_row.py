"""One row of the cast panel: a character with a portrait, a name, and a confidence or a time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember

_LARGE = 1.1
"""Size of the name of a large row, relative to the font."""

GAP = 0.5
"""Space between the portrait and the text, in em."""

_STRIPE_PX, _BAR_PX, _RADIUS_PX = 3, 4, 3
"""Width of the stripe of a selected row, height of a bar, and radius of a portrait's corners."""


class CastRow(QAbstractButton):
    """A character. Click it, or press space while it has the focus, to select the character.

    Args:
        large: Whether it is in the list of characters on screen now, and shows the confidence of the name;
            otherwise it shows the time on screen.
        parent: Qt parent.

    Attributes:
        moved: Signal(int): The user has pressed the down key (1) or the up key (-1) to go to another row.
    """

    moved = Signal(int)

    def __init__(self, *, large: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._large = large
        self._member: CastMember | None = None
        self._portrait: QPixmap | None = None
        self._colour, self._share = QColor(), 0.0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)

    @property
    def label(self) -> str:
        """Label of the character."""
        return self._member.label if self._member is not None else ""

    def show_member(
        self,
        member: CastMember,
        *,
        portrait: QPixmap | None,
        colour: QColor,
        selected: bool,
        longest_s: float,
    ) -> None:
        """Show a character.

        Args:
            member: The character.
            portrait: The head; None for a coloured dot.
            colour: Colour of the character.
            selected: Whether the character is selected.
            longest_s: The longest time on screen of all characters, in seconds.
        """
        seconds = None if member.seconds is None else int(member.seconds)
        share = (member.seconds or 0.0) / longest_s if longest_s > 0 and not self._large else 0.0
        # Screen times grow with every frame, and are shown in seconds.
        share = round(share * self.width()) / max(1, self.width())
        shown = CastMember(member.label, seconds, member.probability if self._large else member.on_screen)
        if (shown, portrait, colour, selected, share) == (
            self._member,
            self._portrait,
            self._colour,
            self.isChecked(),
            self._share,
        ):
            return
        self._member, self._portrait, self._colour, self._share = shown, portrait, colour, share
        self.setChecked(selected)
        name = display_name(member.label)
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            "on screen now" if self._large else f"{format_time(seconds or 0)} so far"
        )
        self.setToolTip(f"Follow {name}" if not selected else f"Stop following {name}")
        self.update()

    def nextCheckState(self) -> None:
        """Stay as it is: `show_member` says which character is selected."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next or previous row, or select the character."""
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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the row."""
        member = self._member
        if member is None:
            return
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
        em = self.fontInfo().pixelSize()
        text = row.adjusted(head.right() + em * GAP, 0, -theme.EDGE_PX, 0)
        if self._large:
            self._paint_confidence(painter, text, member)
        else:
            self._paint_time(painter, text, member)
        if self.hasFocus():
            painter.setPen(theme.ACCENT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(row.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_head(self, painter: QPainter, place: QRectF) -> None:
        """Paint the portrait in a frame of the character's colour, or a dot in that colour."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        if self._portrait is None:
            dot = place.height() * (0.35 if self._large else 0.6)
            painter.drawEllipse(place.center(), dot / 2, dot / 2)
            return
        painter.drawRoundedRect(place, _RADIUS_PX, _RADIUS_PX)
        border = 2 if self._large else 1
        inside = place.adjusted(border, border, -border, -border)
        painter.drawPixmap(inside, self._portrait, QRectF(self._portrait.rect()))

    def _paint_confidence(self, painter: QPainter, place: QRectF, member: CastMember) -> None:
        """Paint the name, and below it the confidence."""
        probability = member.probability or 0.0
        half = place.height() / 2
        self._paint_name(
            painter,
            QRectF(place.left(), 2, place.width(), half),
            theme.resized(self.font(), _LARGE, bold=True),
        )
        painter.setFont(self.font())
        below = QRectF(place.left(), half, place.width(), half - 2)
        painter.drawText(
            below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{probability * 100:.0f}%"
        )
        number = painter.fontMetrics().horizontalAdvance("100%  ")
        bar = QRectF(below.left(), below.center().y() - _BAR_PX / 2, below.width() - number, _BAR_PX)
        painter.fillRect(bar, theme.SELECTED if not self.isChecked() else theme.BACKGROUND)
        bar.setWidth(bar.width() * probability)
        painter.fillRect(bar, self._colour)

    def _paint_time(self, painter: QPainter, place: QRectF, member: CastMember) -> None:
        """Paint the name and the time on screen, and below them a line as long as the time."""
        painter.setFont(self.font())
        painter.setPen(theme.TEXT if member.probability is not None else theme.MUTED)
        time = format_time(member.seconds or 0.0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, time)
        width = painter.fontMetrics().horizontalAdvance(time) + theme.EDGE_PX / 2
        self._paint_name(
            painter, place.adjusted(0, 0, -width, 0), self.font(), muted=member.probability is None
        )
        line = QRectF(place.left(), place.bottom() - 3, place.width(), 2)
        painter.fillRect(line, theme.RAISED)
        line.setWidth(line.width() * self._share)
        painter.fillRect(line, self._colour)

    def _paint_name(self, painter: QPainter, place: QRectF, font: QFont, *, muted: bool = False) -> None:
        painter.setFont(font)
        painter.setPen(theme.MUTED if muted else theme.TEXT)
        name = painter.fontMetrics().elidedText(
            display_name(self.label), Qt.TextElideMode.ElideMiddle, int(place.width())
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
