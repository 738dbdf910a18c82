"""The panel beside the picture: who is on screen now, and how long everybody was so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.font_aware import Lettered

_LONGEST_NAME = "Apu Nahasapeemapetilon"
"""Of the shipped networks: it fits whatever is beside it."""

_LARGE = 1.15
_DOT, _SPACE = 0.8, 0.6
"""The size of a dot and what is between things, in heights of a letter."""

_KEPT_ROWS = 2
"""So many have room in the upper list, there or not: what is below must not jump at each cut."""

_TOP_PX, _STRIPE_PX, _BAR_PX, _SCROLL_PX, _GAP_PX = 6, 3, 4, 3, 6


class CastPanel(Lettered):
    """Two lists: on screen now, with how sure the network is; so far, with how long, the longest first.

    Where there is no room for all, rows move closer together and then scroll; who is chosen stays in sight.

    Attributes:
        picked: Signal(str): the label of a row that was clicked.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: Sequence[CastMember] = ()
        self._labels: Sequence[str] = ()
        self._chosen: str | None = None
        self._scrolled = 0.0
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("click: n and p go to the next and the previous appearance of this character")
        self.setAccessibleName("who is on screen")
        self._fit()

    @property
    def members(self) -> Sequence[CastMember]:
        """Everybody who is shown, the longest on screen first."""
        return self._members

    def show_cast(self, members: Sequence[CastMember], labels: Sequence[str], chosen: str | None) -> None:
        """Show these; `labels` are all that the network knows, for their colours."""
        if (members, chosen) == (self._members, self._chosen):
            return
        again = chosen == self._chosen
        self._members, self._labels, self._chosen = members, labels, chosen
        self.setAccessibleDescription(", ".join(display_name(m.label) for m in self._now()))
        self._scroll_to(self._scrolled if again else self._in_sight())
        self.update()

    def row_of(self, label: str) -> QRectF:
        """Where somebody's row is, the upper one where there are two; empty where there is none."""
        rows = (*self._now_rows(), *self._so_far_rows())
        return next((row for member, row in rows if member.label == label), QRectF())

    def sizeHint(self) -> QSize:
        """Wide enough for the longest name, and high enough for a few."""
        return QSize(self.width(), 240)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick who was clicked."""
        seen = self._list_top <= event.position().y() < self._list_top + self._list_room
        for member, row in (*self._now_rows(), *(self._so_far_rows() if seen else ())):
            if row.contains(event.position()):
                self.picked.emit(member.label)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll what has no room."""
        self._scroll_to(self._scrolled - event.angleDelta().y() / 120 * 3 * self._pitch)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint both lists."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.GROUND)
        now = self._now_rows()
        self._paint_title(painter, _TOP_PX, "On screen now")
        for member, row in now:
            self._paint_now(painter, row, member)
        if not now:
            painter.setPen(theme.QUIET)
            place = QRectF(theme.EDGE_PX, _TOP_PX + self._line, self.width(), self._line)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, "nobody we know")
        if counted := self._counted():
            self._paint_title(painter, self._list_top - self._line, "So far")
            room, whole = self._list_room, self._pitch * len(counted)
            painter.setClipRect(QRectF(0, self._list_top, self.width(), room))
            most = max(member.seconds or 0.0 for member in counted)
            for member, row in self._so_far_rows():
                self._paint_so_far(painter, row, member, most)
            if whole > room > 0:
                thumb = QRectF(self.width() - _SCROLL_PX - 1, 0, _SCROLL_PX, room**2 / whole)
                thumb.moveTop(self._list_top + self._scrolled / whole * room)
                painter.fillRect(thumb, theme.QUIET)
        painter.end()

    def _paint_title(self, painter: QPainter, top: float, words: str) -> None:
        painter.setFont(self.font())
        painter.setPen(theme.ACCENT)
        place = QRectF(theme.EDGE_PX, top, self.width(), self._line)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_now(self, painter: QPainter, row: QRectF, member: CastMember) -> None:
        """Dot and name, and under them how sure it is."""
        inside = self._begin_row(painter, row, member)
        painter.setFont(theme.resized(self.font(), _LARGE, bold=True))
        painter.setPen(theme.TEXT)
        name = QRectF(inside.left(), row.top() + 2, inside.width(), self._line * _LARGE)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, _shortened(painter, member.label, name.width()))
        painter.setFont(self.font())
        below = QRectF(inside.left(), name.bottom() - 2, inside.width(), self._line)
        percent = f"{(member.probability or 0.0) * 100:.0f} %"
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, percent)
        room = painter.fontMetrics().horizontalAdvance("100 %  ")
        bar = QRectF(below.left(), below.center().y() - _BAR_PX / 2, below.width() - room, _BAR_PX)
        painter.fillRect(bar, theme.HELD)
        bar.setWidth(bar.width() * (member.probability or 0.0))
        painter.fillRect(bar, theme.label_colour(member.label, self._labels))

    def _paint_so_far(self, painter: QPainter, row: QRectF, member: CastMember, most: float) -> None:
        """Dot, name and time, over a line as long as the time where there is room for one."""
        inside = self._begin_row(painter, row, member)
        painter.setFont(self.font())
        painter.setPen(theme.TEXT if member.probability is not None else theme.QUIET)
        time = format_time(member.seconds or 0.0)
        room = painter.fontMetrics().horizontalAdvance(time) + _GAP_PX
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, time)
        name = _shortened(painter, member.label, inside.width() - room)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, name)
        if most > 0 and row.height() > self._letters + 8:
            line = QRectF(inside.left(), row.bottom() - 2, inside.width(), 2)
            painter.fillRect(line, theme.RAISED)
            line.setWidth(line.width() * (member.seconds or 0.0) / most)
            painter.fillRect(line, theme.label_colour(member.label, self._labels))

    def _begin_row(self, painter: QPainter, row: QRectF, member: CastMember) -> QRectF:
        """Ground, stripe and dot of a row; gives back where words may stand."""
        colour = theme.label_colour(member.label, self._labels)
        if member.label == self._chosen:
            painter.fillRect(row, theme.HELD)
            painter.fillRect(QRectF(row.left(), row.top(), _STRIPE_PX, row.height()), colour)
        dot, line = self._em * _DOT, min(row.height(), self._line * _LARGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(theme.EDGE_PX, row.top() + (line - dot) / 2 + 1, dot, dot))
        return row.adjusted(theme.EDGE_PX + dot + self._em * _SPACE, 0, -theme.EDGE_PX, 0)

    def _now(self) -> list[CastMember]:
        return sorted((m for m in self._members if m.probability is not None), key=lambda m: m.label)

    def _counted(self) -> list[CastMember]:
        return [member for member in self._members if member.seconds is not None]

    def _now_rows(self) -> list[tuple[CastMember, QRectF]]:
        top = _TOP_PX + self._line
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
    def _letters(self) -> int:
        return self.fontMetrics().height()

    @property
    def _line(self) -> float:
        return self._letters + 6.0

    @property
    def _now_pitch(self) -> float:
        return self._line * (1 + _LARGE)

    @property
    def _list_top(self) -> float:
        """Where the lower list begins, under its title."""
        return _TOP_PX + 2 * self._line + self._now_pitch * max(_KEPT_ROWS, len(self._now())) + _TOP_PX

    @property
    def _pitch(self) -> float:
        """Height of a row of the lower list: as there is room, but letters are never cut."""
        room = (self.height() - self._list_top - _TOP_PX) / max(1, len(self._counted()))
        return min(self._letters + 12.0, max(self._letters + 1.0, room))

    @property
    def _list_room(self) -> float:
        """Height of the rows of the lower list that are seen: whole ones, no row is cut."""
        room = self.height() - self._list_top - _TOP_PX / 2
        rows = min(max(0, int(room // self._pitch)), len(self._counted()))
        return rows * self._pitch

    def _in_sight(self) -> float:
        """How far to scroll so that whoever is chosen is seen."""
        order = [member.label for member in self._counted()]
        if self._chosen not in order:
            return self._scrolled
        top = order.index(self._chosen) * self._pitch
        return min(max(self._scrolled, top + self._pitch - self._list_room), top)

    def _scroll_to(self, scrolled: float) -> None:
        most = self._pitch * len(self._counted()) - self._list_room
        self._scrolled = min(max(0.0, round(scrolled / self._pitch) * self._pitch), max(0.0, most))

    def _fit(self) -> None:
        large = QFontMetrics(theme.resized(self.font(), _LARGE, bold=True)).horizontalAdvance(_LONGEST_NAME)
        with_time = self.fontMetrics().horizontalAdvance(f"{_LONGEST_NAME}0:00:00") + _GAP_PX
        around = 2 * theme.EDGE_PX + self._em * (_DOT + _SPACE)
        self.setFixedWidth(round(max(large, with_time) + around) + 1)
        self.update()


def _shortened(painter: QPainter, label: str, width: float) -> str:
    return painter.fontMetrics().elidedText(display_name(label), Qt.TextElideMode.ElideRight, int(width))
