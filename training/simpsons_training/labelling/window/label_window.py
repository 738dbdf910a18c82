"""The window for labelling: a frame, the keys for its parts, the name, and what has been saved."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.theme import BACKGROUND, TEXT
from simpsons_training.labelling.picture_folder import Crop, SavedPicture
from simpsons_training.labelling.session import LabelSession, Selection
from simpsons_training.labelling.window.crop_picture import CropPicture
from simpsons_training.labelling.window.name_picker import FIELD_STYLE
from simpsons_training.labelling.window.side_panel import SidePanel

_SIZE_PX = (1100, 680)
_STYLE = f"LabelWindow {{ background: {BACKGROUND.name()}; }} QLabel {{ color: {TEXT.name()}; }}"
_QUESTIONS = {
    "full": "Who is in the frame?",
    "left": "Who is in the left half?",
    "right": "Who is in the right half?",
    "box": "Who is in the box?",
}
_Key = Qt.Key


class LabelWindow(QWidget):
    """Shows the frames of a session, and saves the parts that the user selects and names.

    Args:
        session: The session; entered.
        folder: Where it saves, for the title.

    Attributes:
        closed: Signal(): The window has been closed.
    """

    closed = Signal()
    _ready = Signal()

    def __init__(self, session: LabelSession, folder: Path) -> None:
        super().__init__()
        self._session, self._folder = session, folder
        self._selection: Selection | None = None
        self._is_step = True
        self.setWindowTitle(f"Label pictures - {folder}")
        self.resize(*_SIZE_PX)
        self.setStyleSheet(_STYLE + FIELD_STYLE)
        self._view = QWidget(self)
        self._picture = CropPicture(self._view)
        self._panel = SidePanel(session.match, self)
        self._picker = self._panel.picker
        self._crops: dict[Crop, QPushButton] = {
            "left": self._button("\u2190 &Left half", lambda: self._select("left"), _Key.Key_Left),
            "full": self._button("\u2191 &Whole frame", lambda: self._select("full"), _Key.Key_Up),
            "right": self._button("\u2192 &Right half", lambda: self._select("right"), _Key.Key_Right),
        }
        self._next = self._button("Space: &next", self._leave, _Key.Key_Down)
        space = QShortcut(QKeySequence(_Key.Key_Space), self._picture, self._next.click)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)  # on a button, it presses that
        undo_keys = _Key.Key_U, _Key.Key_Backspace, QKeySequence.StandardKey.Undo
        self._undo = self._button("u: &undo", self._undo_step, *undo_keys)
        self._quit = self._button("q: &quit", self.close, _Key.Key_Q)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Quit), self, self.close)
        self._arrange()
        self._picture.box_drawn.connect(self._select_box)
        self._picker.chosen.connect(self._save)
        self._picker.cancelled.connect(self._clear_selection)
        self._ready.connect(self._show_next, Qt.ConnectionType.QueuedConnection)
        self._go_on()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Report that the window is closed."""
        super().closeEvent(event)
        self.closed.emit()

    @property
    def _buttons(self) -> tuple[QPushButton, ...]:
        return (*self._crops.values(), self._next, self._undo, self._quit)

    def _button(self, text: str, call: object, *keys: Qt.Key | QKeySequence.StandardKey) -> QPushButton:
        """A button below the frame, and the keys that press it while the name is not being typed."""
        button = QPushButton(text, self._view)
        button.setAutoDefault(True)
        button.setAccessibleName(text.split("&")[-1].capitalize())
        button.clicked.connect(call)
        for key in keys:
            shortcut = QShortcut(QKeySequence(key), self._view, button.click)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        return button

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        for button in self._buttons:
            buttons.addWidget(button)
        view = QVBoxLayout(self._view)
        view.setContentsMargins(0, 0, 0, 0)
        view.addWidget(self._picture, 1)
        view.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.addWidget(self._view, 1)
        layout.addWidget(self._panel)
        for first, second in pairwise((self._picture, *self._buttons)):
            self.setTabOrder(first, second)

    def _select(self, crop: Crop) -> None:
        try:
            self._ask(self._session.selection(crop))
        except SimpsonsError as error:
            self._panel.tell(str(error), is_error=True)

    def _select_box(self, box: Box) -> None:
        if not self._next.isEnabled():  # the next frame is about to be shown
            self._picture.select(None)
            return
        self._ask(Selection("box", box))

    def _ask(self, selection: Selection) -> None:
        self._selection = selection
        self._picture.select(selection.box)
        self._picker.ask(_QUESTIONS[selection.crop])

    def _clear_selection(self) -> None:
        self._selection = None
        self._picker.stop()
        self._picture.select(None)
        self._picture.setFocus()

    def _save(self, label: str) -> None:
        selection = self._selection
        if selection is None:
            return
        try:
            saved = self._session.save(selection, label)
        except SimpsonsError as error:
            self._panel.tell(str(error), is_error=True)
            return
        self._panel.tell(f"Saved {self._described(saved)}")
        self._clear_selection()
        self._show_counts()
        if selection.crop == "full":  # there is nobody else to name
            self._go_on(is_step=False)

    def _leave(self) -> None:
        self._panel.tell("")
        self._go_on()

    def _undo_step(self) -> None:
        try:
            removed = self._session.undo()
        except SimpsonsError as error:
            self._panel.tell(str(error), is_error=True)
            return
        self._panel.tell(
            "Back to the frame before" if removed is None else f"Removed {self._described(removed)}"
        )
        self._show_frame()

    def _described(self, saved: SavedPicture) -> str:
        return f"{display_name(saved.character)}: {saved.path.relative_to(self._folder).as_posix()}"

    def _go_on(self, *, is_step: bool = True) -> None:
        """Show the next frame as soon as it is read."""
        self._is_step = is_step
        self._clear_selection()
        self._enable(False)
        self._undo.setEnabled(False)
        self._panel.show_place("Looking for the next frame...")
        self._session.when_ready(self._report_ready)

    def _report_ready(self) -> None:
        with suppress(RuntimeError):  # the window was deleted
            self._ready.emit()

    def _show_next(self) -> None:
        try:
            self._session.go_on(is_step=self._is_step)
        except SimpsonsError as error:
            self._panel.tell(str(error), is_error=True)
            self._picture.clear()
            self._panel.show_place("The next frame cannot be shown.")
            self._next.setEnabled(True)  # tries again
        else:
            self._show_frame()

    def _show_frame(self) -> None:
        frame = self._session.frame
        if frame is None:
            self._picture.clear()
            self._panel.show_place("No more frames: every shot of these episodes has been offered.")
        else:
            time = Fraction(frame.time_s).limit_denominator(1000)
            self._picture.show_frame(Frame(frame.image, 0, time))
            seen, moments = self._session.progress
            place = f"{frame.episode}, {format_time(frame.time_s)}"
            self._panel.show_place(f"{place}\n{seen:,} of {counted(moments, 'moment')} seen")
        self._clear_selection()
        self._enable(frame is not None)
        self._show_counts()

    def _enable(self, is_shown: bool) -> None:
        for button in (*self._crops.values(), self._next):
            button.setEnabled(is_shown)

    def _show_counts(self) -> None:
        self._panel.show_counts(self._session.counts)
        self._undo.setEnabled(self._session.can_undo)
