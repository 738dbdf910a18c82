"""The window of the player."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from simpsons_play.core.escaping import one_line
from simpsons_play.window.export.actions import export_actions
from simpsons_play.window.export.boxes import ExportBoxes
from simpsons_play.window.export.exports import Exports
from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.ports import PlayQueue
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.action_table import make_actions
from simpsons_play.window.shell.current_presenter import CurrentPresenter
from simpsons_play.window.shell.error_reports import ErrorReports
from simpsons_play.window.shell.full_screen import FullScreen
from simpsons_play.window.shell.menu import Menus
from simpsons_play.window.shell.mouse import connect_mouse
from simpsons_play.window.shell.preview_feed import PreviewFeed
from simpsons_play.window.shell.recent import RecentRecorder
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.shell.source_session import Parts, SourceSession
from simpsons_play.window.shell.status_line import StatusLine
from simpsons_play.window.shell.undo import undo_action
from simpsons_play.window.shell.welcome_page import WelcomePage
from simpsons_play.window.shell.window_size import WindowFitter
from simpsons_play.window.widgets.keys import Binding, binding_for
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.picture import Picture

_TITLE = "simpsons-play"


class PlayerWindow(QMainWindow):
    """Plays one source after the other, controlled by keys and the menu.

    Args:
        corrections: Folder for pictures whose names were wrong.
        play_queue: The sources to play.

    Attributes:
        finished: Signal(): The source has been left: another one comes next, or the window has closed.
        message_posted: Signal(str): Emit it, from any thread, to show one line for a few seconds.
        error_posted: Signal(str): Emit it, from any thread, if a source has failed; shown until closed.
    """

    finished = Signal()
    message_posted = Signal(str)
    error_posted = Signal(str)

    def __init__(self, *, corrections: Path, play_queue: PlayQueue) -> None:
        super().__init__()
        self._closed, self._asks = False, True
        self._transport, self._layout = Transport(self), Layout(self)
        self._source_picker = SourcePicker(play_queue, self._transport, self)
        self._welcome_page = WelcomePage(self._layout, self._source_picker, self)
        self._errors = ErrorReports(self._layout.banner)
        self._presenter = CurrentPresenter(self._transport, self._layout, corrections, self)
        self._status = StatusLine(
            self._layout,
            self._transport,
            presenter_state=lambda: self._presenter.state,
            several=lambda: bool(self._source_picker.place),
            parent=self,
        )
        full_screen = FullScreen(self, self._layout)
        self._actions = make_actions(
            self,
            transport=self._transport,
            layout=self._layout,
            picker=self._source_picker,
            full_screen=full_screen,
            presenter=self._presenter,
        )
        self._layout.setStyleSheet("Layout { background: black; }")
        self.setCentralWidget(self._layout)
        self._fitter = WindowFitter(
            self, lambda width: self._layout.chrome_size(width) + QSize(0, self.menuBar().sizeHint().height())
        )
        # The widget with the focus gets it back when a menu closes.
        self._layout.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._layout.setFocus()
        self.setWindowTitle(_TITLE)
        self.setMinimumSize(320, 240)
        self.setAcceptDrops(True)
        self._boxes = boxes = ExportBoxes(self._layout.picture, self._layout.controls, self._layout)
        self._exports = Exports(
            boxes,
            self._transport,
            followed=lambda: (self._presenter.selected, self._presenter.only_selected),
            window=self,
        )
        self._export_actions = export_actions(self._exports, self)
        self.addActions(self._export_actions)  # their keys also work while the menu bar is hidden
        self._undo = undo_action(self._presenter, self)
        self.addAction(self._undo)
        self._menus = Menus(
            self,
            run=self._run_action,
            is_on=self._actions.is_on,
            picker=self._source_picker,
            exports=self._export_actions,
            undo=self._undo,
            has_source=lambda: self.playback is not None,
        )
        self._menus.fill(self.menuBar())
        self._session = SourceSession(
            Parts(
                transport=self._transport,
                layout=self._layout,
                picker=self._source_picker,
                presenter=self._presenter,
                actions=self._actions,
                status=self._status,
                exports=self._exports,
                errors=self._errors,
                recorder=RecentRecorder(self._source_picker.recent_sources),
                previews=PreviewFeed(self._layout, self),
                welcome=self._welcome_page,
                fitter=self._fitter,
            ),
            self,
        )
        self._session.left.connect(self.finished)
        self._session.titled.connect(lambda title: self.setWindowTitle(f"{title} - {_TITLE}"))
        self._session.close_requested.connect(self.close)
        connect_mouse(self._layout, self._transport, run=self._run_action, naming=self._presenter.naming_at)
        self.message_posted.connect(self.show_message)
        self.error_posted.connect(self._session.report)
        for source in (self._transport, self._presenter):
            source.changed.connect(self._status.refresh)
            source.message.connect(self.show_message)
        self._presenter.refreshed.connect(self._status.show_position)
        self._transport.seeked.connect(self._layout.reveal_controls)
        self._layout.picture.resized.connect(self._transport.set_display_size)
        self._layout.picture.resized.connect(self._status.refresh)
        self._layout.controls.height_changed.connect(self._fitter.grow)
        self._layout.controls.seek_requested.connect(self._transport.seek_to)
        self._source_picker.message.connect(self.show_message)
        self._source_picker.failed.connect(self._errors.add)
        self._source_picker.chosen.connect(self._errors.on_chosen)

    def show_welcome(self) -> None:
        """Show the welcome page until something is played."""
        self._welcome_page.show()
        self.setWindowTitle(_TITLE)

    @property
    def session(self) -> SourceSession:
        """Opens and plays sources."""
        return self._session

    @property
    def playback(self) -> Playback | None:
        """The current playback."""
        return self._transport.playback

    @property
    def closed(self) -> bool:
        """Whether the window has been closed."""
        return self._closed

    @property
    def source_picker(self) -> SourcePicker:
        """Changes the source."""
        return self._source_picker

    @property
    def picture(self) -> Picture:
        """The widget that shows the frames."""
        return self._layout.picture

    def status_text(self) -> tuple[str, str]:
        """The left and right text of the status line."""
        return self._layout.controls.status_text()

    def show_message(self, message: str) -> None:
        """Show one line for a few seconds."""
        self._status.show_message(message)

    def close_without_asking(self) -> None:
        """Close the window, and cancel the exports that run; a line on stderr names each of them."""
        self._asks = False
        for path in self._exports.running():
            sys.stderr.write(f"{one_line(f'Warning: the export of {path} is cancelled')}\n")
        self._reject_dialogs()  # one of them may be the question
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Run the action of the key; those that an open menu does not know are not meant for the player."""
        binding = binding_for(event) if QApplication.activePopupWidget() is None else None
        if binding is None:
            super().keyPressEvent(event)
        else:
            self._run_action(binding)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab on the welcome page while it covers the controls; in full screen, show the controls."""
        self._layout.reveal_controls()
        moved = self._welcome_page.move_focus(forward=forward, beside=self._boxes.focusable())
        return moved or super().focusNextPrevChild(forward)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the right mouse button, or of the menu key."""
        at = self._layout.picture.mapFromGlobal(event.globalPos())
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        on_picture = not is_key and self._layout.picture.rect().contains(at)
        naming = self._presenter.naming_at(QPointF(at)) if on_picture else None
        menu = self._menus.context_menu(naming=naming)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and addresses."""
        if event.mimeData().urls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Play what was dropped."""
        if self._source_picker.drop(event.mimeData()):
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close open dialogs and release the source, unless the user wants to wait for an export."""
        if self._asks and not self._closed and not self._exports.may_close() and self._asks:
            event.ignore()
            return
        self._closed = True
        self._exports.cancel()
        self._welcome_page.close()
        self._reject_dialogs()
        event.accept()
        self._session.leave()

    def _reject_dialogs(self) -> None:
        for dialog in self.findChildren(QDialog):
            dialog.reject()

    def _run_action(self, binding: Binding) -> None:
        try:
            self._actions.run(binding)
        except Exception as error:  # Qt would only print it
            self._session.fail(error)
        if not self._closed:
            self._status.refresh()
