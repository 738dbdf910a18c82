"""The window of the player."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow

from simpsons_play.types import Analysis, Frame, SourceInfo
from simpsons_play.window.feed import Feed
from simpsons_play.window.keys import binding_of
from simpsons_play.window.picture import Picture
from simpsons_play.window.ports import Annotator
from simpsons_play.window.screenshot import save_screenshot
from simpsons_play.window.stage import Stage
from simpsons_play.window.transport import Transport

_REFRESH_MS = 50
# An answer for a frame this far from the one on screen is of another: pictures come a second apart.
_STALE_S = 0.5
_MESSAGE_MS = 3000
_MIN_HEIGHT, _SCREEN_SHARE = 600, 0.8


class PlayerWindow(QMainWindow):
    """Shows what a feed gives, with what the annotator knows of it, and does what the keys say.

    Args:
        name: of the source, for the title and the file names of screenshots; a folder before it is left out.
        provider_line: what the network runs on, in words.
        annotator: looks at frames and draws on them.
        close_at_end: close when the source ends; otherwise stay on its last frame.

    Attributes:
        closed: Signal(): the window has closed and the feed has stopped.
    """

    closed = Signal()

    def __init__(
        self, *, name: str, provider_line: str, annotator: Annotator, close_at_end: bool = False
    ) -> None:
        super().__init__()
        self._name, self._provider_line, self._annotator = Path(name).name or name, provider_line, annotator
        self._close_at_end = close_at_end
        self._transport = Transport(annotator, self)
        self._frame: Frame | None = None
        self._drawn: Analysis | None = None
        self._error: BaseException | None = None
        self._note = self._message = ""
        self._overlay, self._fitted = True, False
        self._stage = Stage(self)
        self._stage.setStyleSheet("Stage { background: black; }")
        self.setCentralWidget(self._stage)
        self.setWindowTitle(f"{self._name} - simpsons-play")
        self.setMinimumSize(320, 240)
        self._transport.frame.connect(self._on_frame)
        self._transport.ended.connect(self._on_ended)
        self._transport.failed.connect(self.fail)
        self._transport.changed.connect(self._on_changed)
        self._transport.said.connect(self.say)
        self._transport.sought.connect(self._stage.peek)
        self._stage.controls.grown.connect(self._on_grown)
        self._stage.controls.threshold_asked.connect(self.set_threshold)
        self._stage.controls.show_threshold(annotator.threshold)
        self._stage.controls.sought.connect(self._transport.seek_to)
        self._stage.double_clicked.connect(self.toggle_full_screen)
        # The network answers after the frame was shown, and the next one may be long in coming: look again.
        self._refresh = QTimer(self, interval=_REFRESH_MS)
        self._refresh.timeout.connect(self._on_refresh)
        self._refresh.start()
        self._forget = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._forget.timeout.connect(lambda: self.say(""))
        self.fit(QSize(16 * 60, 9 * 60))
        self._fitted = False

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
        strip = QSize(0, self._stage.controls.sizeHint().height())
        room = self.screen().availableSize() * _SCREEN_SHARE - strip
        size = size * max(1.0, _MIN_HEIGHT / size.height())
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        self.resize(size + strip)

    def fit_picture(self, info: SourceInfo) -> None:
        """Make the window fit a source, before its first frame is there."""
        self.fit(QSize(round(info.width * float(info.pixel_aspect)), info.height))

    def say(self, message: str) -> None:
        """Show one line for a few seconds; an empty one takes it away."""
        self._message = message
        if message:
            self._forget.start()
            self._stage.peek()
        self._on_changed()

    def fail(self, error: BaseException) -> None:
        """Keep the first error for whoever opened the window, and close."""
        self._error = self._error or error
        self.close()

    def toggle_overlay(self) -> None:
        """Names off or on."""
        self._overlay = not self._overlay
        self.say("names on" if self._overlay else "names off")
        self._redraw()

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability, 0-1; the network is not asked again."""
        threshold = min(max(round(threshold, 2), 0.0), 1.0)
        self._annotator.set_threshold(threshold)
        self._stage.controls.show_threshold(threshold)
        self.say(f"names from {threshold:.0%}")
        self._redraw()

    def change_threshold(self, change: float) -> None:
        """Name fewer, or more where negative."""
        self.set_threshold(self._annotator.threshold + change)

    def toggle_full_screen(self) -> None:
        """Full screen or window."""
        full = not self.isFullScreen()
        self._stage.set_full(full)
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

    def screenshot(self) -> Path | None:
        """Save the picture with its names, as large as the frame, as a PNG in the current directory."""
        image = self.picture.image
        if image is None or self._frame is None:
            return None
        try:
            path = save_screenshot(image, name=self._name, time_s=self._frame.time_s, folder=Path())
        except OSError as error:
            self.say(f"cannot save the picture: {error.strerror or error}")
            return None
        self.say(f"saved {path}")
        return path

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key says."""
        binding = binding_of(event)
        if binding is None:
            super().keyPressEvent(event)
            return
        action = getattr(self, binding.action, None) or getattr(self._transport, binding.action)
        try:
            if binding.argument is None:
                action()
            else:
                action(binding.argument)
        except Exception as error:  # Qt would print it and go on
            self.fail(error)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the source."""
        self._refresh.stop()
        self._transport.stop()
        event.accept()
        self.closed.emit()

    def _on_frame(self, frame: Frame) -> None:
        self._frame = frame
        try:
            self._annotator.submit(frame)
        except Exception as error:  # Qt would print it and go on, for each frame
            self.fail(error)
            return
        self._redraw()
        if not self._fitted:
            self.fit(self.picture.natural_size())
        self._on_changed()

    def _redraw(self) -> None:
        if self._frame is None or self.feed is None:
            return
        try:
            self._drawn = self._annotator.latest()
            image = self._frame.image
            if self._overlay:
                image = self._annotator.draw(image, self._known_of(self._frame))
        except Exception as error:
            self.fail(error)
            return
        self.picture.show_image(image, pixel_aspect=self.feed.pixel_aspect)

    def _known_of(self, frame: Frame) -> Analysis | None:
        """The newest answer, unless it is so old that it is of another picture."""
        known = self._drawn
        return known if known is not None and abs(known.time_s - frame.time_s) <= _STALE_S else None

    def _on_refresh(self) -> None:
        try:
            news = self._annotator.latest() is not self._drawn
            self._stage.controls.show_timeline(self._annotator.timeline())
        except Exception as error:
            self.fail(error)
            return
        if news and self.feed is not None:
            self._redraw()

    def _on_changed(self) -> None:
        if self.feed is not None:
            self._stage.controls.show_time(self.feed.position_s, self.feed.duration_s)
        about = " · ".join(part for part in (self._name, self._note, self._provider_line) if part)
        names = "" if self._overlay else "names off"
        state = " · ".join(part for part in (names, self._transport.state) if part)
        self._stage.controls.show_words(about, self._message or state or "h: keys")

    def _on_grown(self, more: int) -> None:
        """Leave the picture as large as it is, where there is room."""
        if not self.isFullScreen() and not self.isMaximized():
            room = round(self.screen().availableSize().height() * _SCREEN_SHARE)
            self.resize(self.width(), max(self.height(), min(self.height() + more, room)))

    def _on_ended(self) -> None:
        if self._close_at_end:
            self.close()
        self._on_changed()
