"""The window of the player."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow

from simpsons_play.bench import StageTimes
from simpsons_play.corrections import Corrections
from simpsons_play.types import Frame, SourceInfo
from simpsons_play.window.asked import Asked, Habits
from simpsons_play.window.feed import Feed
from simpsons_play.window.files_dialog import ask_for_files
from simpsons_play.window.fitting import SCREEN_SHARE, window_size
from simpsons_play.window.keys import Binding, binding_of
from simpsons_play.window.menu import fill_menu
from simpsons_play.window.picture import Picture
from simpsons_play.window.ports import Annotator
from simpsons_play.window.recent import RecentFiles
from simpsons_play.window.showing import Showing
from simpsons_play.window.stage import Stage
from simpsons_play.window.switches import Switches
from simpsons_play.window.transport import Transport

_MESSAGE_MS = 3000


class PlayerWindow(QMainWindow):
    """Shows what a feed gives, with what the annotator knows of it, and does what the keys say.

    Args:
        name: of the source, for the title and the file names of screenshots; a folder before it is left out.
        provider_line: what the network runs on, in words.
        annotator: looks at frames and draws on them.
        times: what the stages of the work take; told of what the window itself does.
        labels: all that the network knows.
        corrections: the folder for pictures whose name was wrong.
        close_at_end: close when the source ends; otherwise stay on its last frame.
        loops: play it so many times; 0 again and again.
        place: of the source among those that are played one after the other, from 0, and how many those are;
            at its end the next one is asked for.
        habits: how to begin; told of how it was in the end.

    Attributes:
        closed: Signal(): the window has closed and the feed has stopped.
    """

    closed = Signal()

    def __init__(
        self,
        *,
        name: str,
        provider_line: str,
        annotator: Annotator,
        times: StageTimes,
        labels: tuple[str, ...] = (),
        corrections: Path = Path("corrections"),
        close_at_end: bool = False,
        loops: int = 1,
        place: tuple[int, int] = (0, 1),
        habits: Habits | None = None,
    ) -> None:
        super().__init__()
        self._name, self._provider_line = Path(name).name or name, provider_line
        self._close_at_end = close_at_end
        self._error: BaseException | None = None
        self._asked: Asked | None = None
        self._place, self._habits = place, habits or Habits()
        self._note = self._message = ""
        self._fitted = False
        self._recent = RecentFiles()
        self._transport, self._stage = Transport(annotator, self), Stage(self)
        self._showing = Showing(
            self._name,
            annotator,
            labels=labels,
            transport=self._transport,
            stage=self._stage,
            corrections=Corrections(corrections),
            parent=self,
        )
        self._stage.picture.painted.connect(lambda seconds: times.add("show", seconds))
        self._stage.hud.watch(self._transport, annotator, times, provider=provider_line)
        self._stage.setStyleSheet("Stage { background: black; }")
        self.setCentralWidget(self._stage)
        number, count = place[0] + 1, place[1]
        which = f" ({number}/{count})" if count > 1 else ""
        self.setWindowTitle(f"{self._name}{which} - simpsons-play")
        self.setMinimumSize(320, 240)
        self.setAcceptDrops(True)
        fill_menu(
            self.menuBar(),
            act=self._do,
            is_on=Switches(self, transport=self._transport, showing=self._showing, stage=self._stage).is_on,
            open_dialog=self.open_dialog,
            open_path=self.play_instead,
            recent=self._recent.paths,
        )
        for source in (self._transport, self._showing):
            source.failed.connect(self.fail)
            source.changed.connect(self._on_changed)
            source.said.connect(self.say)
        self._transport.frame.connect(self._on_frame)
        self._transport.ended.connect(self._on_ended)
        self._transport.sought.connect(self._stage.peek)
        self._transport.sought.connect(self._stage.show_time)
        self._stage.controls.grown.connect(self._on_grown)
        self._stage.controls.sought.connect(self._transport.seek_to)
        self._stage.double_clicked.connect(self.toggle_full_screen)
        self._forget = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._forget.timeout.connect(lambda: self.say(""))
        self.fit(QSize(16 * 60, 9 * 60))
        self._fitted = self._habits.geometry is not None
        self._transport.begin(self._habits, loops=loops)

    def open(self) -> None:
        """Show the window where and how the one before it was."""
        if self._habits.geometry is not None:
            self.setGeometry(*self._habits.geometry)
        if self._habits.full_screen:
            self.toggle_full_screen()
        else:
            self.show()

    @property
    def error(self) -> BaseException | None:
        """What closed the window, where it was not the user."""
        return self._error

    @property
    def feed(self) -> Feed | None:
        """What is shown."""
        return self._transport.feed

    @property
    def picture(self) -> Picture:
        """The widget that shows the frames."""
        return self._stage.picture

    @property
    def asked(self) -> Asked | None:
        """What is to be played next, where the user has closed this one for it."""
        return self._asked

    def words(self) -> tuple[str, str]:
        """What the line of status says, left and right."""
        return self._stage.controls.words()

    def use(self, feed: Feed, *, note: str = "") -> None:
        """Show what this feed gives, from now on, and play it.

        Args:
            feed: the window takes it over and stops it.
            note: what the user should know of it, for the line of status.
        """
        self._note = note
        self._transport.use(feed)

    def fit(self, size: QSize) -> None:
        """Make the window fit a picture, once: neither too small to read nor larger than the screen."""
        if self._fitted or size.isEmpty() or self.isFullScreen() or self.isMaximized():
            return
        self._fitted = True
        around = self._stage.around() + QSize(0, self.menuBar().sizeHint().height())
        self.resize(window_size(size, around, self.screen().availableSize()))

    def fit_picture(self, info: SourceInfo) -> None:
        """Make the window fit a source, before its first frame is there."""
        self.fit(QSize(round(info.width * float(info.pixel_aspect)), info.height))

    def say(self, message: str) -> None:
        """Show one line for a few seconds; an empty one takes it away."""
        self._message = message
        self._stage.osd.show_words(message)
        if message:
            self._forget.start()
            self._stage.peek()
        self._on_changed()

    def fail(self, error: BaseException) -> None:
        """Keep the first error for whoever opened the window, and close."""
        self._error = self._error or error
        self.close()

    def open_dialog(self) -> None:
        """Ask for files, and play them instead."""
        paths = ask_for_files(self)
        if paths:
            self.play_instead(*paths)

    def play_instead(self, *paths: Path) -> None:
        """Play files or folders instead: closes this window and says so in `asked`."""
        self._asked = Asked(paths)
        self.close()

    def skip(self, step: float) -> None:
        """Go to the next source, or the one before where negative: closes this window and says so."""
        number, count = self._place
        if 0 <= number + step < count:
            self._asked = Asked(step=int(step))
            self.close()
        else:
            self.say("nothing comes after it" if step > 0 else "nothing comes before it")

    def remember(self, path: Path) -> None:
        """Put a file first among those that were played last."""
        self._recent.add(path)

    def toggle_panel(self) -> None:
        """Show or hide who is on screen."""
        self._stage.toggle_cast()

    def toggle_hud(self) -> None:
        """Show or hide how fast it all is."""
        self._stage.hud.toggle()

    def toggle_full_screen(self) -> None:
        """Full screen or window."""
        full = not self.isFullScreen()
        self._stage.set_full(full)
        self.menuBar().setVisible(not full)
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        self._stage.toggle_help()

    def escape(self) -> None:
        """Leave the page of keys, else the full screen, else the player."""
        if self._stage.help_shown:
            self.toggle_help()
        elif self.isFullScreen():
            self.toggle_full_screen()
        else:
            self.close()

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
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Play what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.play_instead(*paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the source."""
        self._transport.end(self._habits)
        self._habits.full_screen = self.isFullScreen()
        if not self.isFullScreen():
            shape = self.geometry()
            self._habits.geometry = (shape.x(), shape.y(), shape.width(), shape.height())
        self._showing.stop()
        self._transport.stop()
        event.accept()
        self.closed.emit()

    def _do(self, binding: Binding) -> None:
        owner = next(o for o in (self, self._showing, self._transport) if hasattr(o, binding.action))
        action = getattr(owner, binding.action)
        try:
            if binding.argument is None:
                action()
            else:
                action(binding.argument)
        except Exception as error:  # Qt would print it and go on
            self.fail(error)

    def _on_frame(self, frame: Frame) -> None:
        if not self._fitted:
            self.fit(self.picture.natural_size())

    def _on_changed(self) -> None:
        if self.feed is not None:
            self._stage.controls.show_time(self.feed.position_s, self.feed.duration_s)
        state = " · ".join(part for part in (self._showing.state, self._transport.state) if part)
        self._stage.controls.show_words(
            self._name, self._message or state or "h: keys", note=self._note, provider=self._provider_line
        )

    def _on_grown(self, more: int) -> None:
        """Leave the picture as large as it is, where there is room."""
        if not self.isFullScreen() and not self.isMaximized():
            room = round(self.screen().availableSize().height() * SCREEN_SHARE)
            self.resize(self.width(), max(self.height(), min(self.height() + more, room)))

    def _on_ended(self) -> None:
        number, count = self._place
        if number + 1 < count:
            self.skip(1)
        elif self._close_at_end:
            self.close()
        self._on_changed()
