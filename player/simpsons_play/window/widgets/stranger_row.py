"""One row of the cast panel for somebody whom nobody knows: a portrait, and how often and long it is seen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from simpsons_play.core.names import counted, display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.dragged_heads import dragged
from simpsons_play.window.widgets.panel_row import PanelRow

_DRAGGED_PX = 64
_TIP = "Double-click to name, drag onto another row if it is the same"


@dataclass(frozen=True, slots=True)
class StrangerEntry:
    """One row of the list of strangers.

    Attributes:
        label: Label of the stranger.
        keys: Keys of the tracks that show the stranger.
        appearances: Number of appearances.
        seconds: Total time on screen, in whole seconds.
        suggestion: Label of the known character that it may be; None without one.
    """

    label: str
    keys: frozenset[str]
    appearances: int
    seconds: int
    suggestion: str | None = None

    @property
    def summary(self) -> str:
        """How often and how long it is seen: `14 appearances, 01:12`."""
        return f"{counted(self.appearances, 'appearance')}, {format_time(self.seconds)}"

    @property
    def perhaps(self) -> str:
        """Whom it may show: `perhaps Homer Simpson`; empty without a suggestion."""
        return f"perhaps {display_name(self.suggestion)}" if self.suggestion else ""


class StrangerRow(PanelRow):
    """A stranger. Double-click the row, or press F2, to name it; drag it onto another row to merge them.

    Attributes:
        name_requested: Signal(): The user wants to name the stranger.
        menu_requested: Signal(QPoint): The user wants the menu of the row, at this place on the screen.
    """

    name_requested = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, entry: StrangerEntry, parent: QWidget) -> None:
        super().__init__(dot=0.5, border_px=1, parent=parent)
        self._entry = entry
        self._pressed_at: QPoint | None = None
        self._colour = theme.MUTED
        self.setAcceptDrops(True)

    @property
    def label(self) -> str:
        """Label of the stranger."""
        return self._entry.label

    def show_stranger(self, entry: StrangerEntry, *, portrait: QPixmap | None, selected: bool) -> None:
        """Show a stranger.

        Args:
            entry: The stranger.
            portrait: The head; None for a dot.
            selected: Whether it is selected.
        """
        self._entry, self._portrait = entry, portrait
        self.setChecked(selected)
        self.setAccessibleName(display_name(entry.label))
        self.setAccessibleDescription(", ".join(filter(None, (entry.summary, entry.perhaps))))
        follow = f"{'Stop following' if selected else 'Follow'} {display_name(entry.label)}"
        perhaps = f"{entry.perhaps[:1].upper()}{entry.perhaps[1:]}"
        self.setToolTip(". ".join(filter(None, (follow, _TIP, perhaps))))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Name the stranger, or as other rows."""
        if event.key() == Qt.Key.Key_F2:
            self.name_requested.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag may begin here."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Name the stranger."""
        self.name_requested.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the heads to another row."""
        start, at = self._pressed_at, event.position().toPoint()
        if start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (at - start).manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self.setDown(False)
            drag = QDrag(self)
            drag.setMimeData(dragged(self._entry.keys))
            if self._portrait is not None:
                drag.setPixmap(self._portrait.scaledToHeight(_DRAGGED_PX))
            drag.exec(Qt.DropAction.MoveAction)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the row."""
        self.menu_requested.emit(event.globalPos())

    @property
    def _own_heads(self) -> frozenset[str]:
        return self._entry.keys

    def _paint_text(self, painter: QPainter, place: QRectF) -> None:
        """Paint the name and the suggestion, and below them appearances and time."""
        painter.setFont(self.font())
        middle, height = place.center().y(), painter.fontMetrics().height()
        name = display_name(self.label)
        above = QRectF(place.left(), middle - height, place.width(), height)
        painter.setPen(theme.TEXT)
        painter.drawText(above, Qt.AlignmentFlag.AlignVCenter, name)
        if self._entry.suggestion:
            used = painter.fontMetrics().horizontalAdvance(f"{name}  ")
            self._paint_elided(
                painter, above.adjusted(used, 0, 0, 0), f"{display_name(self._entry.suggestion)}?"
            )
        below = QRectF(place.left(), middle, place.width(), height)
        self._paint_elided(painter, below, self._entry.summary)

    def _paint_elided(self, painter: QPainter, place: QRectF, text: str) -> None:
        painter.setPen(theme.MUTED)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
