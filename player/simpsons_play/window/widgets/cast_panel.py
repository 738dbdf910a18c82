"""The cast panel next to the picture: who is on screen now, for how long so far, and whom nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QScrollArea, QWidget

from simpsons_play.core.names import display_name
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.cast_row import CastRow
from simpsons_play.window.widgets.font_aware import FontAware
from simpsons_play.window.widgets.icon_button import IconButton
from simpsons_play.window.widgets.keys import binding_of
from simpsons_play.window.widgets.panel_row import GAP, PanelRow
from simpsons_play.window.widgets.stranger_list import StrangerList
from simpsons_play.window.widgets.stranger_row import StrangerEntry

_NAME = "Groundskeeper Willie"
"""The panel is wide enough for this name and those of the included models; longer ones are shortened."""

_NOW, _TOTAL = 3.4, 1.9
"""Heights of the rows of the two lists, in em."""

_RESERVED_ROWS = 2
"""Minimum height of the upper list, so that the lower one does not jump at each cut."""

_TOP_PX, _LINE_PX = 6, 6


class CastPanel(FontAware):
    """Lists: characters on screen now, with the confidence of their names; screen time so far; strangers.

    The lower lists scroll if they are too long; the selected row stays visible.

    Attributes:
        strangers: The list of strangers, below the others.
        label_clicked: Signal(str): The user has clicked the row with this label.
        only_toggled: Signal(bool): The user wants to see only the selected character, or everyone.
        jump_requested: Signal(int): The user wants to go to the next appearance of the selected character
            (1), or to the previous one (-1).
    """

    label_clicked = Signal(str)
    jump_requested = Signal(int)
    only_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members: Sequence[CastMember] = ()
        self._labels: Sequence[str] = ()
        self._portraits: Mapping[str, QPixmap] = {}
        self._selected: str | None = None
        self._nobody = ""
        self._now: dict[str, CastRow] = {}
        self._totals: dict[str, CastRow] = {}
        self._list, self._takes_heads = QWidget(), False
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        self._scroll.setWidget(self._list)
        self.strangers = StrangerList(self._scroll, self._list)
        self._only = QCheckBox("Only this one", self)
        self._only.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._only.toggled.connect(self.only_toggled)
        self._jumps = [_jump_button(name, step, self) for name, step in (("previous", -1), ("next", 1))]
        for step, button in zip((-1, 1), self._jumps, strict=True):
            button.clicked.connect(lambda checked=False, step=step: self.jump_requested.emit(step))
        for widget in (self._only, *self._jumps):
            widget.hide()
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
        moved = self._set_rows(self._now, now, large=True, parent=self)
        moved |= self._set_rows(self._totals, totals, large=False, parent=self._list)
        longest_s = max((member.seconds or 0.0 for member in totals), default=0.0)
        for rows, shown in ((self._now, now), (self._totals, totals)):
            for member in shown:
                rows[member.label].show_member(
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

    def show_strangers(
        self,
        entries: Sequence[StrangerEntry],
        selected: str | None,
        *,
        portraits: Mapping[str, QPixmap],
        can_name: bool,
    ) -> None:
        """Show strangers; the arguments are those of `StrangerList.show_strangers`."""
        self._takes_heads = can_name
        for row in (*self._now.values(), *self._totals.values()):
            row.setAcceptDrops(can_name)
        if self.strangers.show_strangers(entries, selected, portraits=portraits, can_name=can_name):
            self._arrange()

    def row_rect(self, label: str) -> QRectF:
        """Where the first row with this label is; empty if there is none."""
        row = self._now.get(label) or self._totals.get(label)
        return QRectF() if row is None else QRectF(row.mapTo(self, QPoint()), row.size())

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

    def _set_rows(
        self, rows: dict[str, CastRow], members: Sequence[CastMember], *, large: bool, parent: QWidget
    ) -> bool:
        """Create or remove rows, and sort them as the members are; returns whether anything has changed.

        A character keeps the row, and with it the focus.
        """
        labels = [member.label for member in members]
        if list(rows) == labels:
            return False
        for label in [label for label in rows if label not in labels]:
            row = rows.pop(label)
            if row.hasFocus():
                self.setFocus()  # rather than another character's row
            row.hide()
            row.deleteLater()
        sorted_rows = {label: rows.get(label) or self._made_row(label, large, parent) for label in labels}
        rows.clear()
        rows.update(sorted_rows)
        return True

    def _made_row(self, label: str, large: bool, parent: QWidget) -> CastRow:
        row = CastRow(large=large, parent=parent)
        row.setFont(self.font())
        row.clicked.connect(lambda: self.label_clicked.emit(label))
        row.moved.connect(lambda step: self._move_focus(row, step))
        row.heads_dropped.connect(lambda keys: self.strangers.known.emit(keys, label))
        row.setAcceptDrops(self._takes_heads)
        row.show()
        return row

    def _move_focus(self, row: CastRow, step: int) -> None:
        """Move the focus to the next row of the same list, or to the previous one."""
        rows = list((self._now if row in self._now.values() else self._totals).values())
        other = rows[(rows.index(row) + step) % len(rows)]
        other.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(other, 0, 0)

    def _show_only(self, selected: str | None, *, only: bool) -> None:
        if self._only.isHidden() == (selected is not None):
            for widget in (self._only, *self._jumps):
                widget.setVisible(selected is not None)
            self._arrange()
        if selected is not None:
            self._only.setToolTip(f"Show and count only {display_name(selected)} (c)")
        self._only.blockSignals(True)
        self._only.setChecked(only)
        self._only.blockSignals(False)

    def _arrange(self) -> None:
        em, width = self.fontInfo().pixelSize(), self.width()
        now_height, total_height = round(em * _NOW), round(em * _TOTAL)
        for number, row in enumerate(self._now.values()):
            row.setGeometry(0, round(_TOP_PX + self._line_height) + number * now_height, width, now_height)
        bottom = self.height() - _TOP_PX
        if not self._only.isHidden():
            side = self._jumps[0].sizeHint().height()
            bottom -= side + _TOP_PX
            left = width - theme.EDGE_PX - len(self._jumps) * side
            self._only.setGeometry(theme.EDGE_PX, bottom + _TOP_PX, left - theme.EDGE_PX, side)
            for number, button in enumerate(self._jumps):
                button.setGeometry(left + number * side, bottom + _TOP_PX, side, side)
        top = round(self._list_top)
        self._scroll.setGeometry(0, top, width, max(0, bottom - top))
        list_height = total_height * len(self._totals) + self.strangers.height_px
        scrolls = list_height > bottom - top
        bar = self._scroll.verticalScrollBar().sizeHint().width() if scrolls else 0
        for number, row in enumerate(self._totals.values()):
            row.setGeometry(0, number * total_height, width - bar, total_height)
        self.strangers.arrange(total_height * len(self._totals), width - bar)
        self._list.resize(width - bar, list_height)
        self._scroll.verticalScrollBar().setSingleStep(total_height)
        self._set_tab_order()
        self.update()

    def _set_tab_order(self) -> None:
        # One row of each list can be reached by Tab, the others from there with the up and down keys.
        order: list[QWidget] = []
        lists: tuple[Mapping[str, PanelRow], ...] = (self._now, self._totals, self.strangers.rows)
        for rows in lists:
            focused = next((row for row in rows.values() if row.hasFocus()), None)
            stop = focused or rows.get(self._selected or "") or next(iter(rows.values()), None)
            for row in rows.values():
                row.setFocusPolicy(Qt.FocusPolicy.TabFocus if row is stop else Qt.FocusPolicy.NoFocus)
            order += rows.values()
        order += [self._only, *self._jumps]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    @property
    def _line_height(self) -> float:
        return float(self.fontMetrics().height() + _LINE_PX)

    @property
    def _list_top(self) -> float:
        """Top of the lower list, under its title."""
        rows = max(_RESERVED_ROWS, len(self._now))
        return _TOP_PX + 2 * self._line_height + rows * round(self.fontInfo().pixelSize() * _NOW) + _TOP_PX

    def _scroll_to_selected(self) -> None:
        selected = self._selected or ""
        row: PanelRow | None = self._totals.get(selected) or self.strangers.rows.get(selected)
        if row is not None:
            self._scroll.ensureWidgetVisible(row, 0, 0)

    def _fit(self) -> None:
        em = self.fontInfo().pixelSize()
        name = self.fontMetrics().horizontalAdvance(f"{_NAME}0:00:00")
        self.setFixedWidth(round(name + em * (_TOTAL + GAP) + 3 * theme.EDGE_PX))
        rows = *self._now.values(), *self._totals.values()
        for widget in (*rows, self.strangers, self._only, *self._jumps):
            widget.setFont(self.font())
        self._arrange()


def _jump_button(icon: str, step: int, parent: QWidget) -> IconButton:
    binding = binding_of("jump", step)
    button = IconButton(icon, binding.title, parent)
    button.setToolTip(binding.tooltip)
    return button
