"""The cast panel next to the picture: who is on screen now, and for how long so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QScrollArea, QWidget

from simpsons_play.core.names import display_name
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.cast_row import GAP, CastRow
from simpsons_play.window.widgets.font_aware import FontAware

_NAME = "Apu Nahasapeemapetilon"
"""The panel is wide enough for this name of the included models; longer ones are shortened."""

_NOW, _TOTAL = 3.4, 1.9
"""Heights of the rows of the two lists, in em."""

_RESERVED_ROWS = 2
"""Minimum height of the upper list, so that the lower one does not jump at each cut."""

_TOP_PX, _LINE_PX = 6, 6


class CastPanel(FontAware):
    """Two lists: characters on screen now, with the confidence of their names, and screen time so far.

    The lower list scrolls if it is too long; the selected row stays visible.

    Attributes:
        label_clicked: Signal(str): The user has clicked the row with this label.
        only_toggled: Signal(bool): The user wants to see only the selected character, or everyone.
    """

    label_clicked = Signal(str)
    only_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: Sequence[CastMember] = ()
        self._labels: Sequence[str] = ()
        self._portraits: Mapping[str, QPixmap] = {}
        self._selected: str | None = None
        self._nobody = ""
        self._now: list[CastRow] = []
        self._totals: list[CastRow] = []
        self._list = QWidget()
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        self._scroll.setWidget(self._list)
        self._only = QCheckBox("Only this one", self)
        self._only.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._only.toggled.connect(self.only_toggled)
        self._only.hide()
        self.setAccessibleName("Who is on screen")
        self._fit()

    @property
    def members(self) -> Sequence[CastMember]:
        """The characters shown, longest time on screen first."""
        return self._members

    @property
    def only_box(self) -> QCheckBox:
        """The box to show only the selected character."""
        return self._only

    def show_cast(
        self,
        members: Sequence[CastMember],
        labels: Sequence[str],
        selected: str | None,
        *,
        portraits: Mapping[str, QPixmap] | None = None,
        only: bool = False,
        nobody: str = "",
    ) -> None:
        """Show a cast list.

        Args:
            members: Longest time on screen first.
            labels: All labels that the network knows, for their colours.
            selected: Label of the selected character.
            portraits: The heads of characters, by label.
            only: Whether only the selected character is shown everywhere.
            nobody: What to say if no one is on screen.
        """
        reselected = selected != self._selected
        if nobody != self._nobody:
            self._nobody = nobody
            self.update()
        self._members, self._labels, self._selected = members, labels, selected
        self._portraits = portraits or {}
        now, totals = self._on_screen(), self._counted()
        moved = self._set_rows(self._now, len(now), large=True, parent=self)
        moved |= self._set_rows(self._totals, len(totals), large=False, parent=self._list)
        longest_s = max((member.seconds or 0.0 for member in totals), default=0.0)
        for rows, shown in ((self._now, now), (self._totals, totals)):
            for row, member in zip(rows, shown, strict=True):
                row.show_member(
                    member,
                    portrait=self._portraits.get(member.label),
                    colour=theme.label_colour(member.label, labels),
                    selected=member.label == selected,
                    longest_s=longest_s,
                )
        self._show_only(selected, only=only)
        if moved or reselected:
            self._arrange()
            self.setAccessibleDescription(
                ", ".join(display_name(member.label) for member in now) or self._nobody
            )
        if reselected:
            self._scroll_to_selected()

    def row_rect(self, label: str) -> QRectF:
        """Where the first row with this label is; empty if there is none."""
        for row in (*self._now, *self._totals):
            if row.label == label:
                return QRectF(row.mapTo(self, QPoint()), row.size())
        return QRectF()

    def sizeHint(self) -> QSize:
        """Wide enough for a long name, and high enough for a few rows."""
        return QSize(self.width(), 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the rows."""
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the titles."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        self._paint_line(painter, _TOP_PX, "On screen now", colour=theme.ACCENT)
        if not self._now:
            self._paint_line(painter, _TOP_PX + self._line_height, self._nobody, colour=theme.MUTED)
        if self._totals:
            self._paint_line(
                painter, self._list_top - self._line_height, "Screen time so far", colour=theme.ACCENT
            )
        painter.end()

    def _paint_line(self, painter: QPainter, top: float, text: str, *, colour: QColor) -> None:
        painter.setPen(colour)
        place = QRectF(theme.EDGE_PX, top, self.width() - theme.EDGE_PX, self._line_height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)

    def _on_screen(self) -> list[CastMember]:
        return sorted((m for m in self._members if m.probability is not None), key=lambda m: m.label)

    def _counted(self) -> list[CastMember]:
        return [member for member in self._members if member.seconds is not None]

    def _set_rows(self, rows: list[CastRow], count: int, *, large: bool, parent: QWidget) -> bool:
        """Create or remove rows; returns whether that was necessary."""
        if len(rows) == count:
            return False
        while len(rows) > count:
            row = rows.pop()
            row.hide()
            row.deleteLater()
        while len(rows) < count:
            row = CastRow(large=large, parent=parent)
            row.setFont(self.font())
            row.clicked.connect(lambda checked=False, row=row: self.label_clicked.emit(row.label))
            row.moved.connect(lambda step, row=row: self._move_focus(rows, row, step))
            row.show()
            rows.append(row)
        return True

    def _move_focus(self, rows: list[CastRow], row: CastRow, step: int) -> None:
        other = rows[(rows.index(row) + step) % len(rows)]
        other.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(other, 0, 0)

    def _show_only(self, selected: str | None, *, only: bool) -> None:
        if self._only.isHidden() == (selected is not None):
            self._only.setVisible(selected is not None)
            self._arrange()
        if selected is not None:
            self._only.setToolTip(f"Show and count only {display_name(selected)} (c)")
        self._only.blockSignals(True)
        self._only.setChecked(only)
        self._only.blockSignals(False)

    def _arrange(self) -> None:
        em, width = self.fontInfo().pixelSize(), self.width()
        now_height, total_height = round(em * _NOW), round(em * _TOTAL)
        for number, row in enumerate(self._now):
            row.setGeometry(0, round(_TOP_PX + self._line_height) + number * now_height, width, now_height)
        bottom = self.height() - _TOP_PX
        if not self._only.isHidden():
            height = self._only.sizeHint().height()
            bottom -= height + _TOP_PX
            self._only.setGeometry(theme.EDGE_PX, bottom + _TOP_PX, width - theme.EDGE_PX, height)
        top = round(self._list_top)
        self._scroll.setGeometry(0, top, width, max(0, bottom - top))
        scrolls = total_height * len(self._totals) > bottom - top
        bar = self._scroll.verticalScrollBar().sizeHint().width() if scrolls else 0
        for number, row in enumerate(self._totals):
            row.setGeometry(0, number * total_height, width - bar, total_height)
        self._list.resize(width - bar, total_height * len(self._totals))
        self._scroll.verticalScrollBar().setSingleStep(total_height)
        # One row of each list can be reached by Tab, the others from there with the up and down keys.
        for rows in (self._now, self._totals):
            stop = next((row for row in rows if row.label == self._selected), rows[0] if rows else None)
            for row in rows:
                row.setFocusPolicy(Qt.FocusPolicy.TabFocus if row is stop else Qt.FocusPolicy.NoFocus)
        self.update()

    @property
    def _line_height(self) -> float:
        return float(self.fontMetrics().height() + _LINE_PX)

    @property
    def _list_top(self) -> float:
        """Top of the lower list, under its title."""
        rows = max(_RESERVED_ROWS, len(self._now))
        return _TOP_PX + 2 * self._line_height + rows * round(self.fontInfo().pixelSize() * _NOW) + _TOP_PX

    def _scroll_to_selected(self) -> None:
        for row in self._totals:
            if row.label == self._selected:
                self._scroll.ensureWidgetVisible(row, 0, 0)

    def _fit(self) -> None:
        em = self.fontInfo().pixelSize()
        name = self.fontMetrics().horizontalAdvance(f"{_NAME}0:00:00")
        self.setFixedWidth(round(name + em * (_TOTAL + GAP) + 3 * theme.EDGE_PX))
        for row in (*self._now, *self._totals):
            row.setFont(self.font())
        self._only.setFont(self.font())
        self._arrange()
