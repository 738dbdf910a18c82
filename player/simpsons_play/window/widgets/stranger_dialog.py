"""The dialog that shows all heads of one stranger, from which those of others can be taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.dragged_heads import dragged

_PICTURE_PX, _WIDTH_PX, _HEIGHT_PX = 96, 480, 380
_HINT = "Select heads of somebody else, and split them off or drag them onto a row of the panel."


class StrangerDialog(QDialog):
    """Shows one picture for each shot in which a stranger is seen. Not modal, so that heads can be dragged.

    Args:
        parent: Qt parent.

    Attributes:
        split_off: Signal(object): The user says that these heads, by the keys of their tracks, show another.
        undo_requested: Signal(): The user wants to take back the last change.
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
    """

    split_off = Signal(object)
    undo_requested = Signal()
    seek_requested = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self._heads = _Heads(self)
        self._heads.itemSelectionChanged.connect(self._on_selected)
        self._heads.itemActivated.connect(
            lambda item: self.seek_requested.emit(item.data(Qt.ItemDataRole.UserRole + 1))
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self._split = buttons.addButton("&Split off", QDialogButtonBox.ButtonRole.ActionRole)
        self._split.setToolTip("The selected heads show somebody else (Delete)")
        self._split.clicked.connect(self._split_off)
        QShortcut(QKeySequence.StandardKey.Delete, self, self._split_off)
        QShortcut(QKeySequence.StandardKey.Undo, self, self.undo_requested.emit)
        buttons.rejected.connect(self.reject)
        hint = QLabel(_HINT, self)
        hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        for widget in (hint, self._heads, buttons):
            layout.addWidget(widget)
        self._on_selected()

    def show_heads(self, heads: Sequence[tuple[str, float]], pictures: Mapping[str, QPixmap]) -> None:
        """Show heads, and keep those selected that stay.

        Args:
            heads: Key of the track and time of its picture, in seconds.
            pictures: Pictures by key; those that are missing are shown later.
        """
        if [key for key, _ in heads] != self._heads.keys(selected=False):
            chosen = self._heads.keys(selected=True)
            self._heads.clear()
            for key, time_s in heads:
                item = QListWidgetItem(format_time(time_s), self._heads)
                item.setSizeHint(self._heads.item_size)
                item.setData(Qt.ItemDataRole.UserRole, key)
                item.setData(Qt.ItemDataRole.UserRole + 1, time_s)
                item.setSelected(key in chosen)
        for row, (key, _) in enumerate(heads):
            item = self._heads.item(row)
            if item.icon().isNull() and key in pictures:
                item.setIcon(QIcon(pictures[key]))
        self._on_selected()

    def _on_selected(self) -> None:
        self._split.setEnabled(0 < len(self._heads.selectedItems()) < self._heads.count())

    def _split_off(self) -> None:
        if self._split.isEnabled():
            self.split_off.emit(frozenset(self._heads.keys(selected=True)))


class _Heads(QListWidget):
    """Pictures of heads, which can be dragged."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(QSize(_PICTURE_PX, _PICTURE_PX))
        line = self.fontMetrics().height()
        self.item_size = QSize(_PICTURE_PX + line, _PICTURE_PX + 2 * line)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setAccessibleName("Heads")

    def keys(self, *, selected: bool) -> list[str]:
        """The keys of all heads, or of the selected ones, in their order."""
        items = [self.item(row) for row in range(self.count())]
        return [i.data(Qt.ItemDataRole.UserRole) for i in items if i.isSelected() or not selected]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """What is dragged: the heads."""
        return dragged([item.data(Qt.ItemDataRole.UserRole) for item in items])
