"""Who is on screen, and how long so far: the panel beside the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.clock import clock
from simpsons_play.names import colour_of, display_name
from simpsons_play.spans import Timeline
from simpsons_play.types import Analysis

WIDTH_PX = 240
_ROW_PX, _LEAST_ROW_PX = 38.0, 20.0
_EDGE_PX = 12.0
_BACK, _LINE, _CHOSEN = QColor("#161616"), QColor("#2f2f2f"), QColor("#2b2b2b")
_HERE, _AWAY, _TITLE = QColor("#ffffff"), QColor("#8a8a8a"), QColor("#ffd90f")


@dataclass(frozen=True, slots=True)
class CastMember:
    """One row of the panel.

    Attributes:
        label: who.
        seconds: on screen so far; None where nobody counts.
        probability: of the name, where it is on screen now; else None.
    """

    label: str
    seconds: float | None
    probability: float | None


def cast_of(timeline: Timeline | None, analysis: Analysis | None, position_s: float) -> list[CastMember]:
    """Everybody seen in the source, in the order of the lanes, then who is on screen and in no lane yet.

    Args:
        timeline: who is on screen when; None where nobody goes through the whole source.
        analysis: of the frame on screen.
        position_s: of it, in seconds.
    """
    now = {c.label: c.probability for c in analysis.captions} if analysis is not None else {}
    by_label = timeline.by_label() if timeline is not None else {}
    counted = timeline is not None
    members = [
        CastMember(
            label,
            sum(max(0.0, min(span.end_s, position_s) - span.start_s) for span in spans),
            now.get(label),
        )
        for label, spans in by_label.items()
    ]
    fresh = [label for label in sorted(now) if label not in by_label]
    return members + [CastMember(label, 0.0 if counted else None, now[label]) for label in fresh]


class CastPanel(QWidget):
    """A row for each character: colour, name, time on screen so far, and how sure the network is now.

    Attributes:
        picked: Signal(str): the label of a row that was clicked.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: Sequence[CastMember] = ()
        self._labels: Sequence[str] = ()
        self._chosen: str | None = None
        self.setFixedWidth(WIDTH_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("click: n and p go to the next and the last appearance of this one")
        self.setAccessibleName("who is on screen")

    @property
    def members(self) -> Sequence[CastMember]:
        """The rows from top to bottom."""
        return self._members

    def show_cast(self, members: Sequence[CastMember], labels: Sequence[str], chosen: str | None) -> None:
        """Show these rows; `labels` are all that the network knows, for their colours."""
        if (members, chosen) == (self._members, self._chosen):
            return
        self._members, self._labels, self._chosen = members, labels, chosen
        self.setAccessibleDescription(
            ", ".join(display_name(m.label) for m in members if m.probability is not None)
        )
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as it is, and high enough for a few."""
        return QSize(WIDTH_PX, 240)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick who was clicked."""
        for member, row in zip(self._members, self._rows(), strict=False):
            if row.contains(event.position()):
                self.picked.emit(member.label)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _BACK)
        painter.setPen(_TITLE)
        painter.drawText(
            QRectF(_EDGE_PX, 8, self.width(), 20), Qt.AlignmentFlag.AlignVCenter, "On screen, so far"
        )
        most = max((member.seconds or 0.0 for member in self._members), default=0.0)
        for member, row in zip(self._members, self._rows(), strict=False):
            self._paint_row(painter, row, member, most)
        painter.end()

    def _paint_row(self, painter: QPainter, row: QRectF, member: CastMember, most: float) -> None:
        blue, green, red = colour_of(member.label, self._labels)
        colour = QColor(red, green, blue)
        if member.label == self._chosen:
            painter.fillRect(row, _CHOSEN)
            painter.fillRect(QRectF(row.left(), row.top(), 3, row.height()), colour)
        here = member.probability is not None
        inside = row.adjusted(_EDGE_PX, 2, -_EDGE_PX, -7)
        if not here:
            colour.setAlphaF(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(inside.left(), inside.center().y() - 5, 10, 10))
        right = f"{member.probability:.0%}  " if member.probability is not None else ""
        right += clock(member.seconds) if member.seconds is not None else ""
        font = QFont(painter.font())
        font.setBold(here)
        painter.setFont(font)
        painter.setPen(_HERE if here else _AWAY)
        room = painter.fontMetrics().horizontalAdvance(right) + 6
        name = painter.fontMetrics().elidedText(
            display_name(member.label), Qt.TextElideMode.ElideRight, int(inside.width() - 16 - room)
        )
        painter.drawText(inside.adjusted(16, 0, -room, 0), Qt.AlignmentFlag.AlignVCenter, name)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, right)
        font.setBold(False)
        painter.setFont(font)
        if most > 0 and row.height() > _LEAST_ROW_PX + 4:
            line = QRectF(inside.left() + 16, row.bottom() - 6, inside.width() - 16, 2)
            painter.fillRect(line, _LINE)
            line.setWidth(line.width() * (member.seconds or 0.0) / most)
            painter.fillRect(line, colour)

    def _rows(self) -> list[QRectF]:
        top, count = 32.0, len(self._members)
        height = min(_ROW_PX, max(_LEAST_ROW_PX, (self.height() - top) / max(1, count)))
        return [QRectF(0, top + i * height, self.width(), height) for i in range(count)]
