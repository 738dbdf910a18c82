"""One row of the cast panel: a character with a portrait, a name, and a confidence or a time."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.panel_row import PanelRow

_LARGE = 1.1
"""Size of the name of a large row, relative to the font."""

_BAR_PX = 4
"""Height of a bar."""


class CastRow(PanelRow):
    """A character.

    Args:
        large: Whether it is in the list of characters on screen now, and shows the confidence of the name;
            otherwise it shows the time on screen.
        parent: Qt parent.
    """

    def __init__(self, *, large: bool, parent: QWidget) -> None:
        super().__init__(dot=0.35 if large else 0.6, border_px=2 if large else 1, parent=parent)
        self._large, self._share = large, 0.0
        self._member: CastMember | None = None

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

    def _paint_text(self, painter: QPainter, place: QRectF) -> None:
        if self._member is None:
            return
        if self._large:
            self._paint_confidence(painter, place, self._member)
        else:
            self._paint_time(painter, place, self._member)

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
