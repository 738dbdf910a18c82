"""The cast panel next to the picture: who is on screen now, and for how long so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.core.names import display_name, no_one
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.font_aware import FontAware

_LONGEST_NAME = "Apu Nahasapeemapetilon"
"""Of the included models. The panel is wide enough for it."""

_LARGE = 1.15
_DOT, _SPACE = 0.8, 0.6
"""Size of a dot and of the space next to it, in em."""

_RESERVED_ROWS = 2
"""Minimum height of the upper list, so that the lower one does not jump at each cut."""

_TOP_PX, _STRIPE_PX, _BAR_PX, _SCROLL_PX, _GAP_PX = 6, 3, 4, 3, 6


class CastPanel(FontAware):
    """Two lists: characters on screen now, with the confidence of their names, and screen time so far.

    If there are too many, rows move closer together and then scroll; the selected one stays visible.

    Attributes:
        label_clicked: Signal(str): The user has clicked the row with this label.
    """

    label_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: Sequence[CastMember] = ()
        self._labels: Sequence[str] = ()
        self._selected: str | None = None
        self._scrolled = 0.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("click a character, then press n or p for the next or previous appearance")
        self.setAccessibleName("who is on screen")
        self._fit()

    @property
    def members(self) -> Sequence[CastMember]:
        """The characters shown, longest time on screen first."""
        return self._members

    def show_cast(self, members: Sequence[CastMember], labels: Sequence[str], selected: str | None) -> None:
        """Show a cast list.

        Args:
            members: Longest time on screen first.
            labels: All labels that the network knows, for their colours.
            selected: Label of the selected character.
        """
        if (members, selected) == (self._members, self._selected):
            return
        unchanged = selected == self._selected
        self._members, self._labels, self._selected = members, labels, selected
        self.setAccessibleDescription(", ".join(display_name(m.label) for m in self._now()))
        self._scroll_to(self._scrolled if unchanged else self._scroll_to_selected())
        self.update()

    def row_rect(self, label: str) -> QRectF:
        """Where the first row with this label is; empty if there is none."""
        rows = (*self._now_rows(), *self._so_far_rows())
        return next((row for member, row in rows if member.label == label), QRectF())

    def sizeHint(self) -> QSize:
        """Wide enough for the longest name, and high enough for a few rows."""
        return QSize(self.width(), 240)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the character that was clicked."""
        in_list = self._list_top <= event.position().y() < self._list_top + self._list_height
        for member, row in (*self._now_rows(), *(self._so_far_rows() if in_list else ())):
            if row.contains(event.position()):
                self.label_clicked.emit(member.label)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the lower list."""
        self._scroll_to(self._scrolled - event.angleDelta().y() / 120 * 3 * self._pitch)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both lists."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        now = self._now_rows()
        self._paint_title(painter, _TOP_PX, "On screen now")
        for member, row in now:
            self._paint_now(painter, row, member)
        if not now:
            painter.setPen(theme.MUTED)
            place = QRectF(theme.EDGE_PX, _TOP_PX + self._line_height, self.width(), self._line_height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, no_one())
        if counted := self._counted():
            self._paint_title(painter, self._list_top - self._line_height, "So far")
            visible, whole = self._list_height, self._pitch * len(counted)
            painter.setClipRect(QRectF(0, self._list_top, self.width(), visible))
            longest = max(member.seconds or 0.0 for member in counted)
            for member, row in self._so_far_rows():
                self._paint_so_far(painter, row, member, longest)
            if whole > visible > 0:
                thumb = QRectF(self.width() - _SCROLL_PX - 1, 0, _SCROLL_PX, visible**2 / whole)
                thumb.moveTop(self._list_top + self._scrolled / whole * visible)
                painter.fillRect(thumb, theme.MUTED)
        painter.end()

    def _paint_title(self, painter: QPainter, top: float, text: str) -> None:
        painter.setFont(self.font())
        painter.setPen(theme.ACCENT)
        place = QRectF(theme.EDGE_PX, top, self.width(), self._line_height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_now(self, painter: QPainter, row: QRectF, member: CastMember) -> None:
        """Paint a dot and a name, and below them the confidence."""
        inside = self._paint_row(painter, row, member)
        painter.setFont(theme.resized(self.font(), _LARGE, bold=True))
        painter.setPen(theme.TEXT)
        name = QRectF(inside.left(), row.top() + 2, inside.width(), self._line_height * _LARGE)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, _elided(painter, member.label, name.width()))
        painter.setFont(self.font())
        below = QRectF(inside.left(), name.bottom() - 2, inside.width(), self._line_height)
        percent = f"{(member.probability or 0.0) * 100:.0f}%"
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, percent)
        percent_width = painter.fontMetrics().horizontalAdvance("100%  ")
        bar = QRectF(below.left(), below.center().y() - _BAR_PX / 2, below.width() - percent_width, _BAR_PX)
        painter.fillRect(bar, theme.SELECTED)
        bar.setWidth(bar.width() * (member.probability or 0.0))
        painter.fillRect(bar, theme.label_colour(member.label, self._labels))

    def _paint_so_far(self, painter: QPainter, row: QRectF, member: CastMember, longest: float) -> None:
        """Paint a dot, a name and a time, and if there is room, a line as long as the time."""
        inside = self._paint_row(painter, row, member)
        painter.setFont(self.font())
        painter.setPen(theme.TEXT if member.probability is not None else theme.MUTED)
        time = format_time(member.seconds or 0.0)
        time_width = painter.fontMetrics().horizontalAdvance(time) + _GAP_PX
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, time)
        name = _elided(painter, member.label, inside.width() - time_width)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, name)
        if longest > 0 and row.height() > self._font_height + 8:
            line = QRectF(inside.left(), row.bottom() - 2, inside.width(), 2)
            painter.fillRect(line, theme.RAISED)
            line.setWidth(line.width() * (member.seconds or 0.0) / longest)
            painter.fillRect(line, theme.label_colour(member.label, self._labels))

    def _paint_row(self, painter: QPainter, row: QRectF, member: CastMember) -> QRectF:
        """Paint background, stripe and dot of a row; returns the rectangle for its text."""
        colour = theme.label_colour(member.label, self._labels)
        if member.label == self._selected:
            painter.fillRect(row, theme.SELECTED)
            painter.fillRect(QRectF(row.left(), row.top(), _STRIPE_PX, row.height()), colour)
        dot, line = self._em * _DOT, min(row.height(), self._line_height * _LARGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(theme.EDGE_PX, row.top() + (line - dot) / 2 + 1, dot, dot))
        return row.adjusted(theme.EDGE_PX + dot + self._em * _SPACE, 0, -theme.EDGE_PX, 0)

    def _now(self) -> list[CastMember]:
        return sorted((m for m in self._members if m.probability is not None), key=lambda m: m.label)

    def _counted(self) -> list[CastMember]:
        return [member for member in self._members if member.seconds is not None]

    def _now_rows(self) -> list[tuple[CastMember, QRectF]]:
        top = _TOP_PX + self._line_height
        return [
            (member, QRectF(0, top + i * self._now_pitch, self.width(), self._now_pitch))
            for i, member in enumerate(self._now())
        ]

    def _so_far_rows(self) -> list[tuple[CastMember, QRectF]]:
        top = self._list_top - self._scrolled
        return [
            (member, QRectF(0, top + i * self._pitch, self.width(), self._pitch))
            for i, member in enumerate(self._counted())
        ]

    @property
    def _em(self) -> int:
        return self.fontInfo().pixelSize()

    @property
    def _font_height(self) -> int:
        return self.fontMetrics().height()

    @property
    def _line_height(self) -> float:
        return self._font_height + 6.0

    @property
    def _now_pitch(self) -> float:
        return self._line_height * (1 + _LARGE)

    @property
    def _list_top(self) -> float:
        """Top of the lower list, under its title."""
        return (
            _TOP_PX
            + 2 * self._line_height
            + self._now_pitch * max(_RESERVED_ROWS, len(self._now()))
            + _TOP_PX
        )

    @property
    def _pitch(self) -> float:
        """Height of a row of the lower list: lower if there are many, but never lower than the font."""
        fitting = (self.height() - self._list_top - _TOP_PX) / max(1, len(self._counted()))
        return min(self._font_height + 12.0, max(self._font_height + 1.0, fitting))

    @property
    def _list_height(self) -> float:
        """Visible height of the lower list: a whole number of rows."""
        available = self.height() - self._list_top - _TOP_PX / 2
        rows = min(max(0, int(available // self._pitch)), len(self._counted()))
        return rows * self._pitch

    def _scroll_to_selected(self) -> float:
        """The scroll position at which the selected row is visible."""
        order = [member.label for member in self._counted()]
        if self._selected not in order:
            return self._scrolled
        top = order.index(self._selected) * self._pitch
        return min(max(self._scrolled, top + self._pitch - self._list_height), top)

    def _scroll_to(self, scrolled: float) -> None:
        maximum = self._pitch * len(self._counted()) - self._list_height
        self._scrolled = min(max(0.0, round(scrolled / self._pitch) * self._pitch), max(0.0, maximum))

    def _fit(self) -> None:
        large = QFontMetrics(theme.resized(self.font(), _LARGE, bold=True)).horizontalAdvance(_LONGEST_NAME)
        with_time = self.fontMetrics().horizontalAdvance(f"{_LONGEST_NAME}0:00:00") + _GAP_PX
        margins = 2 * theme.EDGE_PX + self._em * (_DOT + _SPACE)
        self.setFixedWidth(round(max(large, with_time) + margins) + 1)
        self.update()


def _elided(painter: QPainter, label: str, width: float) -> str:
    return painter.fontMetrics().elidedText(display_name(label), Qt.TextElideMode.ElideRight, int(width))
