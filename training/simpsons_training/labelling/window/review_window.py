"""The window of a review: a contact sheet for each proposed character, made for the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QImage, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.label_search import by_name
from simpsons_play.core.names import counted, display_name
from simpsons_play.window.widgets.announcement import announce
from simpsons_play.window.widgets.dialog_place import free_place
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.theme import BACKGROUND, EDGE_PX
from simpsons_training.labelling.name_search import NameMatch, labels_to_choose, match_name
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Entry, ReviewSession, Sheet, State
from simpsons_training.labelling.window.rename_dialog import RenameDialog
from simpsons_training.labelling.window.review_controls import ButtonRow, Heading
from simpsons_training.labelling.window.review_keys import binding_for
from simpsons_training.labelling.window.review_sheet import SheetModel, SheetView
from simpsons_training.labelling.window.review_tiles import verdict_of
from simpsons_training.labelling.window.review_zoom import Zoom
from simpsons_training.labelling.window.sheet_list import SheetList

_SIZE_PX = (1180, 760)
_STYLE = f"QWidget#review {{ background: {BACKGROUND.name()}; }}"


class ReviewWindow(QWidget):
    """Shows the sheets of a session.

    Args:
        session: what is reviewed.
        load: reads a picture; None if that fails.
        labels: the labels that the data set and the cast of the user have.

    Attributes:
        closed: Signal(): The window has been closed.
    """

    closed = Signal()

    def __init__(
        self,
        session: ReviewSession[Pending],
        *,
        load: Callable[[Pending], QImage | None],
        labels: Sequence[str],
    ) -> None:
        super().__init__()
        self.setObjectName("review")
        self.setWindowTitle("Review")
        self.setStyleSheet(_STYLE)
        self.resize(*_SIZE_PX)
        self._session, self._load, self._labels = session, load, labels
        self._sheet = 0
        self._actions: dict[str, Callable[[], object]] = {
            "accept_rest": self.accept_rest,
            "toggle": self.toggle,
            "rename": self.rename,
            "undo": self.undo,
            "toggle_zoom": self.toggle_zoom,
            "previous": lambda: self.step(-1),
            "next": lambda: self.step(1),
            "escape": self.escape,
            "close": self.close,
        }
        self.characters = SheetList(session.sheets, self)
        self._model = SheetModel(load, self)
        self.tiles = SheetView(self._model, self)
        self._zoom = Zoom(self.tiles)
        self._heading, self._message = Heading(session.sheets, self), QLabel(self)
        self.errors = ErrorBanner(self)
        self._lay_out()
        self.characters.currentRowChanged.connect(self._show_sheet)
        self.tiles.current_changed.connect(self._show_zoomed)
        self.tiles.doubleClicked.connect(self.toggle_zoom)
        self._zoom.clicked.connect(self.toggle_zoom)
        self.errors.changed.connect(self._place_errors)
        for widget in (self.characters, self.tiles):
            widget.installEventFilter(self)
        first = next((row for row, sheet in enumerate(session.sheets) if sheet.character is not None), 0)
        self.characters.setCurrentRow(first)
        self.tiles.setFocus()

    @property
    def sheet(self) -> Sheet[Pending]:
        """The sheet that is shown."""
        return self._session.sheets[self._sheet]

    @property
    def entry(self) -> Entry[Pending] | None:
        """The current picture; None if there is none."""
        return self._model.entry(self.tiles.row) if self.tiles.row >= 0 else None

    @property
    def message(self) -> str:
        """What the last key has done."""
        return self._message.text()

    @property
    def zoomed(self) -> bool:
        """Whether one picture is enlarged."""
        return not self._zoom.isHidden()

    def toggle(self) -> None:
        """Reject the current picture, or take the rejection back."""
        if self.entry is None:
            return
        if self.entry.state is State.ACCEPTED:
            self._tell("This picture is accepted already; u takes that back, r gives it another name")
            return
        entry = self.entry
        if self._done(lambda: self._session.toggle(self._sheet, entry)):
            self._tell("Rejected" if entry.state is State.REJECTED else "Proposed again")

    def accept_rest(self) -> None:
        """Accept all pictures of the sheet that are left, and go to the next one with any left."""
        sheet, accepted = self.sheet, 0
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            before = sheet.count(State.ACCEPTED)
            done = self._done(lambda: self._session.accept_rest(self._sheet))
            accepted = sheet.count(State.ACCEPTED) - before
        finally:
            QApplication.restoreOverrideCursor()
        if accepted:
            whose = f" of {display_name(sheet.character)}" if sheet.character is not None else ""
            self._tell(f"Accepted {counted(accepted, 'picture')}{whose}")
        elif done:
            self._tell("Nothing is left on this sheet")
        if done:
            self._go_on()

    def rename(self) -> None:
        """Ask for another name of the current picture, and accept it under that."""
        entry = self.entry
        if entry is None:
            return
        dialog = RenameDialog(self._match, entry.character, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(lambda label: self._rename(entry, label))
        screen = self.screen().availableGeometry()
        avoided = [] if self.zoomed else [self.tiles.current_rect()]
        dialog.move(free_place(dialog.size(), self.frameGeometry(), screen, avoided))
        dialog.open()

    def undo(self) -> None:
        """Take the last step back, and show where it was."""
        if not self._session.can_undo:
            self._tell("Nothing to undo")
            return
        undone = []
        if self._done(lambda: undone.append(self._session.undo())) and undone[0] is not None:
            self.characters.setCurrentRow(undone[0].sheet)
            self.tiles.select_row(self._model.row_of(undone[0].entries[0]))
            self._tell(f"Undone: {counted(len(undone[0].entries), 'picture')}")

    def step(self, step: int) -> None:
        """Go to the next character (1) or the previous one (-1)."""
        row = self._sheet + step
        if 0 <= row < self.characters.count():
            self.characters.setCurrentRow(row)
        else:
            self._tell("This is the last sheet" if step > 0 else "This is the first sheet")

    def toggle_zoom(self) -> None:
        """Enlarge the current picture, or show the sheet again."""
        if self.zoomed or self.entry is None:
            self._zoom.hide()
            return
        self._zoom.setGeometry(self.tiles.rect())
        self._zoom.show()
        self._zoom.raise_()
        self._show_zoomed()

    def escape(self) -> None:
        """Leave the enlarged picture, or close the window."""
        if self.errors.lines:
            self.errors.clear()
        elif self.zoomed:
            self.toggle_zoom()
        else:
            self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Run the action of a key."""
        if not self._run_key(event):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys of the lists before the lists do; buttons keep theirs."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._run_key(event)
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside everything gives the keys back to the sheet."""
        self.tiles.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place what lies on top."""
        super().resizeEvent(event)
        self._place_errors()
        self._zoom.setGeometry(self.tiles.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that it is closed; everything is saved already."""
        super().closeEvent(event)
        for dialog in self.findChildren(RenameDialog):
            dialog.reject()
        self.closed.emit()

    def _lay_out(self) -> None:
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        right = QVBoxLayout()
        right.addWidget(self._heading)
        right.addWidget(self.tiles, stretch=1)
        right.addWidget(self._message)
        right.addWidget(ButtonRow(self._actions, self))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(EDGE_PX, EDGE_PX, EDGE_PX, EDGE_PX)
        layout.addWidget(self.characters)
        layout.addLayout(right, stretch=1)

    def _run_key(self, event: QKeyEvent) -> bool:
        binding = binding_for(event)
        if binding is not None and not event.isAutoRepeat():
            self._actions[binding.action]()
        return binding is not None

    def _match(self, text: str) -> NameMatch:
        given = (entry.character for sheet in self._session.sheets for entry in sheet.entries)
        return match_name(text, by_name(labels_to_choose([*self._labels, *given])))

    def _rename(self, entry: Entry[Pending], label: str) -> None:
        if self._done(lambda: self._session.rename(self._sheet, entry, label)):
            self._tell(f"Accepted as {display_name(entry.character)}")

    def _done(self, step: Callable[[], object]) -> bool:
        """Carry a step out; an error is shown. Shows what has become of the pictures in either case."""
        try:
            step()
        except SimpsonsError as error:
            self.errors.add(str(error))
            return False
        finally:
            self._refresh()
        return True

    def _go_on(self) -> None:
        """Go to the next sheet on which pictures are left, from the top again after the last."""
        sheets = self._session.sheets
        for step in range(1, len(sheets)):
            row = (self._sheet + step) % len(sheets)
            if sheets[row].count(State.PROPOSED):
                self.characters.setCurrentRow(row)
                return
        if not self.sheet.count(State.PROPOSED):
            accepted = self._session.count(State.ACCEPTED)
            self._tell(f"{self.message}. All are reviewed: {counted(accepted, 'picture')} accepted in all")

    def _show_sheet(self, row: int) -> None:
        if row < 0:
            return
        self._sheet = row
        self._model.set_sheet(self.sheet)
        left = (n for n, entry in enumerate(self.sheet.entries) if entry.state is State.PROPOSED)
        self.tiles.select_row(next(left, 0))
        self._refresh()

    def _refresh(self) -> None:
        self._model.refresh()
        self.characters.refresh()
        self._heading.show_sheet(self._sheet)
        self._show_zoomed()

    def _show_zoomed(self) -> None:
        if self.zoomed and self.entry is not None:
            item = self.entry.item
            words = f"{display_name(item.character)}, {verdict_of(self.entry)}"
            self._zoom.show_picture(self._load(item), item.head, description=words)

    def _tell(self, message: str) -> None:
        self._message.setText(message)
        announce(self, message)

    def _place_errors(self) -> None:
        self.errors.place(self.width(), max_height=self.height() // 3)
