"""The box that shows one export: its progress, and then its result."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from simpsons_play.core.escaping import one_line
from simpsons_play.window.export import file_manager
from simpsons_play.window.export.ports import ExportJob, ExportProgress, ExportState
from simpsons_play.window.widgets.announcement import announce
from simpsons_play.window.widgets.theme import ACCENT, OVERLAY_STYLE, SELECTED, TEXT, font_for

_SHOWN_MS = 15_000
"""How long a box stays when its export is done, in milliseconds; longer with the mouse or the focus in it."""

_MARGIN_PX = 10
_WIDTH_CHARACTERS = 44
_STYLE = f"""
ExportBox {{ {OVERLAY_STYLE} }}
QLabel {{ color: {TEXT.name()}; background: transparent; border: none; }}
QPushButton {{
    background: {SELECTED.name()}; color: {TEXT.name()}; border: 2px solid transparent; border-radius: 3px;
    padding: 1px 6px;
}}
QPushButton:hover {{ background: {ACCENT.name()}; color: #000000; }}
QPushButton:focus {{ border-color: {ACCENT.name()}; }}
QPushButton:hover:focus {{ border-color: {TEXT.name()}; }}
QProgressBar {{ background: {SELECTED.name()}; border: none; border-radius: 2px; max-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT.name()}; border-radius: 2px; }}
"""


class ExportBox(QFrame):
    """Shows the progress of one export, and then its result.

    Its buttons get the focus by Tab only: after a click, all keys still belong to the player. Esc gives the
    focus back to the player, and closes the box if the export has ended.

    Args:
        job: The export.
        parent: Qt parent.

    Attributes:
        closed: Signal(): The box is not needed any more.
        grown: Signal(): The box needs more room.
        focus_returned: Signal(): The box has the focus, and the player should get it back.
    """

    closed = Signal()
    grown = Signal()
    focus_returned = Signal()

    def __init__(self, job: ExportJob, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job, self._name = job, one_line(job.path.name)
        self._progress, self._cancelled = ExportProgress(ExportState.WAITING), False
        self.setStyleSheet(_STYLE)
        self.setAccessibleName(f"Export of {self._name}")
        self._note = ""
        self._label, self._bar = QLabel(), QProgressBar()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._bar.setTextVisible(False)
        self._bar.setMaximum(1000)
        self._bar.setAccessibleName("Progress")
        self._cancel = self._button("Cancel", f"Cancel the export of {self._name}", self.cancel)
        self._show = self._button("Show in folder", f"Show {self._name} in its folder", self._show_in_folder)
        self._open = self._button("Open", f"Open {self._name}", self._open_file)
        self._close = self._button("\N{MULTIPLICATION SIGN}", "Close", self.closed.emit)
        self._close.setToolTip("Close")
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in self.buttons:
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        for part in (self._label, self._bar):
            layout.addWidget(part)
        layout.addLayout(buttons)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._show_progress()

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self._label.text()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """All its buttons, in the order of Tab; which of them are visible depends on the state."""
        return self._cancel, self._show, self._open, self._close

    @property
    def has_focus(self) -> bool:
        """Whether one of its buttons has the focus of the window."""
        return self.window().focusWidget() in self.buttons

    @property
    def running(self) -> bool:
        """Whether the export runs and is not being cancelled."""
        return not self._cancelled and not self.job.progress().state.is_final

    @property
    def has_ended(self) -> bool:
        """Whether the end of the export is shown."""
        return self._progress.state.is_final

    def cancel(self) -> None:
        """Cancel the export; the box closes when its files are removed."""
        self._cancelled = True
        if self.has_focus:  # Qt would move it to the next widget
            self.focus_returned.emit()
        self._cancel.setEnabled(False)
        self.job.cancel()

    def update_progress(self) -> None:
        """Show how far the export is."""
        progress = self.job.progress()
        if progress == self._progress:
            return
        self._progress = progress
        self._show_progress()
        if progress.state in (ExportState.DONE, ExportState.FAILED):
            announce(self, self.text, urgent=progress.state is ExportState.FAILED)
        if progress.state is ExportState.CANCELLED:
            self.closed.emit()
        elif progress.state is ExportState.DONE and not progress.warnings:
            self._timer.start()

    def set_font_for(self, height: int) -> None:
        """Scale the text to the height of the window, in pixels."""
        self.setFont(font_for(height))
        for part in self.findChildren(QWidget):
            part.setFont(self.font())
        self.setFixedWidth(self.fontMetrics().averageCharWidth() * _WIDTH_CHARACTERS)

    def set_mnemonics(self, *, enabled: bool) -> None:
        """Let Alt and a letter press its buttons, or not; only one box may have the letters."""
        for button in self.buttons:
            text = button.text().replace("&", "")
            button.setText(f"&{text}" if enabled and text.isascii() else text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the focus back on Esc, and close the box if the export has ended."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.has_ended:
            self.closed.emit()
        else:
            self.focus_returned.emit()

    def _show_progress(self) -> None:
        progress = self._progress
        self._show_text()
        self._bar.setValue(round(1000 * progress.share))
        ended, done = progress.state.is_final, progress.state is ExportState.DONE
        had_focus = self.has_focus
        for part, shown in (
            (self._bar, not ended),
            (self._cancel, not ended),
            (self._show, done),
            (self._open, done),
            (self._close, ended),
        ):
            part.setVisible(shown)
        if had_focus and ended:  # the button that had it is gone
            self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_text(self) -> None:
        self._label.setText("\n".join(filter(None, (text_of(self._name, self._progress), self._note))))

    def _show_in_folder(self) -> None:
        file_manager.show_in_folder(
            self.job.shown, self, failed=lambda: self._show_path("No file manager answers.")
        )

    def _open_file(self) -> None:
        file_manager.open_file(
            self.job.shown, self, failed=lambda: self._show_path("No program opens this kind of file.")
        )

    def _show_path(self, problem: str) -> None:
        """Show the path below the result, and keep the box open until it is closed."""
        self._note = f"{problem} The file is:\n{one_line(str(self.job.shown))}"
        self._timer.stop()
        self._show_text()
        self.grown.emit()
        announce(self, self._note)

    def _on_timeout(self) -> None:
        if self.underMouse() or self.has_focus:
            self._timer.start()
        else:
            self.closed.emit()

    def _button(self, text: str, name: str, clicked: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoDefault(True)  # Enter presses it
        button.clicked.connect(lambda: clicked())
        return button


def text_of(name: str, progress: ExportProgress) -> str:
    """What a box says.

    Args:
        name: Name of the file or folder.
        progress: The progress of its export.

    Example:
        >>> text_of("a.mp4", ExportProgress(ExportState.RUNNING, 0.42, left_s=70.4))
        'Exporting a.mp4: 42%, 1 min 10 s left'
    """
    left = "" if progress.left_s is None else f", {_duration(progress.left_s)} left"
    match progress.state:
        case ExportState.WAITING:
            return f"Exporting {name}: waiting for the analysis, {progress.share:.0%}{left}"
        case ExportState.RUNNING:
            return f"Exporting {name}: {progress.share:.0%}{left}"
        case ExportState.DONE:
            return "\n".join([f"Exported {name}", *(f"Warning: {line}" for line in progress.warnings)])
        case ExportState.CANCELLED:
            return f"Cancelled the export of {name}"
        case ExportState.FAILED:
            return f"Cannot export {name}: {progress.error}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
