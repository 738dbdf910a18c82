"""The part of the cast panel that lists strangers: heads that nobody knows, grouped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QMenu, QScrollArea, QWidget

from simpsons_play.core.escaping import button_text
from simpsons_play.core.names import display_name
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.stranger_row import StrangerEntry, StrangerRow

_ROW, _TITLE = 2.9, 2.2
"""Heights of a row and of the title, in em."""


class StrangerList(QWidget):
    """Lists strangers, longest time on screen first.

    Args:
        scroll: Scrolls the list.
        parent: Qt parent.

    Attributes:
        label_clicked: Signal(str): The user has clicked the row with this label.
        name_requested: Signal(str): The user wants to name this stranger.
        known: Signal(object, str): The user says that heads, by the keys of their tracks, show the known
            character with this label.
        moved: Signal(object, str): The user says that heads show the stranger with this label.
        heads_requested: Signal(str): The user wants to see all heads of this stranger.
    """

    label_clicked = Signal(str)
    name_requested = Signal(str)
    known = Signal(object, str)
    moved = Signal(object, str)
    heads_requested = Signal(str)

    def __init__(self, scroll: QScrollArea, parent: QWidget) -> None:
        super().__init__(parent)
        self._scroll = scroll
        self._entries: Sequence[StrangerEntry] = ()
        self._portraits: Mapping[str, QPixmap] = {}
        self._rows: dict[str, StrangerRow] = {}
        self._can_name = False
        self.setAccessibleName("Unknown")

    @property
    def rows(self) -> Mapping[str, StrangerRow]:
        """The rows, by label, in their order."""
        return self._rows

    @property
    def height_px(self) -> int:
        """The height that it needs; 0 without strangers."""
        return self._title_px + len(self._rows) * self._row_px if self._rows else 0

    def show_strangers(
        self,
        entries: Sequence[StrangerEntry],
        selected: str | None,
        *,
        portraits: Mapping[str, QPixmap],
        can_name: bool,
    ) -> bool:
        """Show strangers.

        Args:
            entries: In their order.
            selected: Label of the selected character.
            portraits: The heads, by label.
            can_name: Whether strangers can be named.

        Returns:
            Whether rows have come, gone or moved, so that the list must be arranged.
        """
        self._entries, self._portraits, self._can_name = entries, portraits, can_name
        rearranged = [entry.label for entry in entries] != list(self._rows)
        before, self._rows = self._rows, {}
        for entry in entries:
            known = entry.label in before
            self._rows[entry.label] = before.pop(entry.label) if known else self._made_row(entry)
        for row in before.values():
            if row.hasFocus():
                self._scroll.setFocus()  # rather than another row
            row.hide()
            row.deleteLater()
        for entry in entries:
            self._rows[entry.label].show_stranger(
                entry, portrait=portraits.get(entry.label), selected=entry.label == selected
            )
        self.setVisible(bool(entries))
        return rearranged

    def arrange(self, top: int, width: int) -> None:
        """Place the list and its rows in its parent, in pixels."""
        self.setGeometry(0, top, width, self.height_px)
        for number, row in enumerate(self._rows.values()):
            row.setFont(self.font())
            row.setGeometry(0, self._title_px + number * self._row_px, width, self._row_px)

    def menu_of(self, label: str) -> QMenu:
        """The menu of a row."""
        entry = next(entry for entry in self._entries if entry.label == label)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        naming = menu.addAction("&Name…", lambda: self.name_requested.emit(label))
        naming.setShortcut("F2")
        naming.setEnabled(self._can_name)
        if (suggestion := entry.suggestion) is not None:
            action = menu.addAction(
                f"This &is {button_text(display_name(suggestion))}",
                lambda: self.known.emit(entry.keys, suggestion),
            )
            action.setEnabled(self._can_name)
        others = menu.addMenu("&Same as")
        for other in self._entries:
            if other is not entry:
                others.addAction(
                    QIcon(self._portraits.get(other.label, QPixmap())),
                    f"{display_name(other.label)} ({other.summary})",
                    partial(self.moved.emit, entry.keys, other.label),
                )
        others.setEnabled(len(self._entries) > 1)
        menu.addAction("Show &heads…", lambda: self.heads_requested.emit(label))
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the title."""
        painter = QPainter(self)
        painter.setPen(theme.ACCENT)
        place = QRectF(theme.EDGE_PX, 0, self.width() - theme.EDGE_PX, self._title_px)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, "Unknown")
        painter.end()

    def _made_row(self, entry: StrangerEntry) -> StrangerRow:
        label, row = entry.label, StrangerRow(entry, self)
        row.clicked.connect(lambda: self.label_clicked.emit(label))
        row.moved.connect(lambda step: self._move_focus(row, step))
        row.name_requested.connect(lambda: self._request_name(label))
        row.menu_requested.connect(lambda at: self._open_menu(label, at))
        row.heads_dropped.connect(lambda keys: self.moved.emit(keys, label))
        row.show()
        return row

    def _request_name(self, label: str) -> None:
        if self._can_name:
            self.name_requested.emit(label)

    def _open_menu(self, label: str, at: QPoint) -> None:
        self.menu_of(label).popup(at)

    def _move_focus(self, row: StrangerRow, step: int) -> None:
        rows = list(self._rows.values())
        other = rows[(rows.index(row) + step) % len(rows)]
        other.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.ensureWidgetVisible(other, 0, 0)

    @property
    def _row_px(self) -> int:
        return round(self.fontInfo().pixelSize() * _ROW)

    @property
    def _title_px(self) -> int:
        return round(self.fontInfo().pixelSize() * _TITLE)
