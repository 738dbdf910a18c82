"""The window of the player."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.feed import Feed
from simpsons_play.window.playback.ports import Analysis, Draw, NetworkInfo, PlayQueue
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.menu import fill_menu
from simpsons_play.window.shell.presenter import Presenter
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.shell.window_size import WindowFitter
from simpsons_play.window.widgets.keys import Binding, binding_of
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.switches import Switches

_MESSAGE_MS = 3000


class PlayerWindow(QMainWindow):
    """Shows what feeds give, one source after the other, and does what the keys say.

    Args:
        corrections: the folder for pictures whose name was wrong.
        play_queue: what is played, and asked for what is to be played instead.

    Attributes:
        left: Signal(): what is shown is over: the programme has gone on, or the window has closed.
        told: Signal(str): tells, from any thread, one line that the user should see for a moment.
    """

    left = Signal()
    told = Signal(str)

    def __init__(self, *, corrections: Path, play_queue: PlayQueue) -> None:
        super().__init__()
        self._corrections = Corrections(corrections)
        self._name = self._source = self._note = self._message = ""
        self._remembered = False
        self._close_at_end = self._closed = False
        self._error: BaseException | None = None
        self._presenter: Presenter | None = None
        self._network: NetworkInfo | None = None
        self._names_shown, self._left_at_s = True, 0.0
        self._transport, self._layout = Transport(self), Layout(self)
        self._source_picker = SourcePicker(play_queue, self._transport, self)
        self._layout.setStyleSheet("Layout { background: black; }")
        self.setCentralWidget(self._layout)
        self._fitter = WindowFitter(
            self, lambda: self._layout.around() + QSize(0, self.menuBar().sizeHint().height())
        )
        # Whoever has the keys gets them back when a menu closes.
        self._layout.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._layout.setFocus()
        self.setWindowTitle("simpsons-play")
        self.setMinimumSize(320, 240)
        self.setAcceptDrops(True)
        fill_menu(
            self.menuBar(),
            act=self._do,
            is_on=Switches(
                self, transport=self._transport, layout=self._layout, names_shown=self._are_names_shown
            ).is_on,
            open_dialog=self._source_picker.open_dialog,
            open_address=self._source_picker.open_address,
            open_source=self._source_picker.play_instead,
            recent=self._source_picker.recent,
        )
        self.told.connect(self.say)
        self._listen_to(self._transport)
        self._transport.frame.connect(self._on_frame)
        self._transport.ended.connect(self._on_ended)
        self._layout.picture.resized.connect(self._transport.set_room)
        self._transport.sought.connect(self._layout.peek)
        self._layout.controls.grown.connect(self._fitter.grow)
        self._layout.controls.sought.connect(self._transport.seek_to)
        self._layout.double_clicked.connect(self.toggle_full_screen)
        self._source_picker.said.connect(self.say)
        self._source_picker.gone.connect(self._leave)
        self._forget = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._forget.timeout.connect(self._clear_message)

    def welcome(self) -> None:
        """Say how to begin, until something is played."""
        welcome = self._layout.welcome(self._source_picker.recent())
        welcome.source_picker.connect(self._source_picker.open_dialog)
        welcome.chosen.connect(self._source_picker.play_instead)
        self.setWindowTitle("simpsons-play")

    def begin(
        self,
        name: str,
        analysis: Analysis,
        *,
        draw: Draw,
        network: NetworkInfo,
        times: StageTimes,
        close_at_end: bool = False,
        loops: int = 1,
    ) -> None:
        """Another source is shown from now on; the feed follows with `use`.

        Args:
            name: of the source, for the title and the file names of screenshots; a folder before it is left
                out.
            analysis: of the frames.
            draw: draws the captions of a result on a copy of an image.
            network: the model that the analysis runs.
            times: what the stages of the work take; told of what the window itself does.
            close_at_end: close when the source ends; otherwise stay on its last frame.
            loops: play it so many times; 0 again and again.
        """
        shown = one_line(name)
        self._name, self._note, self._close_at_end = Path(shown).name or shown, "", close_at_end
        self._network = network
        self._transport.begin(analysis, loops=loops)
        self._forget_presenter()
        self._presenter = Presenter(
            self._name,
            analysis,
            draw=draw,
            labels=network.labels,
            transport=self._transport,
            layout=self._layout,
            corrections=self._corrections,
            names_shown=self._names_shown,
            parent=self,
        )
        self._listen_to(self._presenter)
        self._layout.begin(times)
        self._layout.hud.watch(self._transport, analysis, times, runs_on=network.runs_on)
        which = f" ({self._source_picker.which})" if self._source_picker.which else ""
        self.setWindowTitle(f"{self._name}{which} - simpsons-play")
        self._source, self._remembered = name, False
        if "://" in name:
            self._layout.picture.clear()
            self.say(f"opening {shown} …")
        self._on_changed()

    @property
    def failed(self) -> bool:
        """Whether an error has ended what is shown."""
        return self._error is not None

    def take_error(self) -> BaseException | None:
        """What ended this source, where it was not the user; afterwards there is none."""
        error, self._error = self._error, None
        return error

    @property
    def closed(self) -> bool:
        """Whether the window has closed, and nothing is to be played any more."""
        return self._closed

    @property
    def feed(self) -> Feed | None:
        """What is shown."""
        return self._transport.feed

    @property
    def left_at_s(self) -> float:
        """Where the source that was shown last was left, in seconds from its start."""
        return self._left_at_s

    @property
    def source_picker(self) -> SourcePicker:
        """Where the user chooses what is played."""
        return self._source_picker

    @property
    def picture(self) -> Picture:
        """The widget that shows the frames."""
        return self._layout.picture

    def words(self) -> tuple[str, str]:
        """What the line of status says, left and right."""
        return self._layout.controls.words()

    def use(self, feed: Feed, *, note: str = "") -> None:
        """Show what this feed gives, from now on, and play it.

        Args:
            feed: the window takes it over and stops it.
            note: what the user should know of it, for the line of status.
        """
        self._note = note
        self._transport.use(feed)

    def fit_picture(self, info: SourceInfo) -> None:
        """Make the window fit a source, before its first frame is there."""
        self._fitter.fit(QSize(round(info.width * float(info.pixel_aspect)), info.height))

    def say(self, message: str) -> None:
        """Show one line for a few seconds."""
        self._message = one_line(message)
        self._layout.osd.show_words(self._message)
        self._forget.start()
        self._layout.peek()
        self._on_changed()

    def fail(self, error: BaseException) -> None:
        """This source cannot go on: keep the first error for whoever opened it, and leave it."""
        self._error = self._error or error
        self._leave()

    def toggle_panel(self) -> None:
        """Show or hide who is on screen."""
        self._layout.toggle_cast()

    def toggle_hud(self) -> None:
        """Show or hide how fast it all is."""
        self._layout.toggle_hud()

    def toggle_full_screen(self) -> None:
        """Full screen or window."""
        full = not self.isFullScreen()
        self._layout.set_full(full)
        self.menuBar().setVisible(not full)
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        self._layout.toggle_help()

    def escape(self) -> None:
        """Leave the page of keys, else the full screen."""
        if self._layout.help_shown:
            self.toggle_help()
        elif self.isFullScreen():
            self.toggle_full_screen()

    def quit(self) -> None:
        """Close the window."""
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key says."""
        binding = binding_of(event)
        if binding is None:
            super().keyPressEvent(event)
        else:
            self._do(binding)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Leave Tab to the player."""
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and addresses."""
        if event.mimeData().urls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Play what was dropped."""
        if self._source_picker.drop(event.mimeData()):
            event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the source, and of a dialog that still asks."""
        self._closed = True
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        event.accept()
        self._leave()

    def _listen_to(self, source: Transport | Presenter) -> None:
        source.failed.connect(self.fail)
        source.changed.connect(self._on_changed)
        source.said.connect(self.say)

    def _clear_message(self) -> None:
        self._message = ""
        self._on_changed()

    def _leave(self) -> None:
        """Let go of what is shown; its last picture stays until the next one comes."""
        self._left_at_s = self.feed.position_s if self.feed is not None else 0.0
        self._forget_presenter()
        self._transport.stop()
        self.left.emit()

    def _forget_presenter(self) -> None:
        if self._presenter is not None:
            self._names_shown = self._presenter.names_shown
            self._presenter.stop()
            self._presenter.deleteLater()
            self._presenter = None

    def _are_names_shown(self) -> bool:
        return self._names_shown if self._presenter is None else self._presenter.names_shown

    def _do(self, binding: Binding) -> None:
        owners = (self, self._presenter, self._transport, self._source_picker)
        owner = next((o for o in owners if hasattr(o, binding.action)), None)
        if owner is None:
            return  # nothing is played yet
        action = getattr(owner, binding.action)
        try:
            if binding.argument is None:
                action()
            else:
                action(binding.argument)
        except Exception as error:  # Qt would print it and go on
            self.fail(error)

    def _on_frame(self, frame: Frame) -> None:
        if not self._remembered:
            self._remembered = True
            self._source_picker.remember(self._source)
        if not self._fitter.fitted and self.feed is not None:
            width, height = frame.size_px
            self._fitter.fit(QSize(round(width * self.feed.pixel_aspect), height))
        self._show_time()

    def _show_time(self) -> None:
        if self.feed is not None:
            feed = self.feed
            self._layout.controls.show_time(feed.position_s, feed.duration_s, pictures_s=feed.pictures_s)

    def _on_changed(self) -> None:
        self._show_time()
        states = (self._presenter.state if self._presenter is not None else "", self._transport.state)
        state = " · ".join(part for part in states if part)
        note = "" if self.feed is not None and self.feed.has_sound else self._note  # devices come and go
        self._layout.controls.show_words(
            self._name, self._message or state or "h: keys", note=note, network=self._network
        )

    def _on_ended(self) -> None:
        goes_on = not self._source_picker.is_last and self._source_picker.skip(1)
        if not goes_on and self._close_at_end:
            self.close()
        self._on_changed()
