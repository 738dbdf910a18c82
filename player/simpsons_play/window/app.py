"""Opens the window, waits until what it shows is over, and turns what went wrong into our errors.

Loads Qt only when called.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from simpsons_play.bench import StageTimes
from simpsons_play.errors import DependencyError, DisplayError
from simpsons_play.types import SourceInfo
from simpsons_play.window.display import require_display
from simpsons_play.window.multimedia import missing_library, why_no_multimedia, why_no_sound_device
from simpsons_play.window.ports import Annotator, OpenFrames, Programme
from simpsons_play.window.quiet import quiet_qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from simpsons_play.window.feed import Feed
    from simpsons_play.window.player import PlayerWindow

_GUI_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_LISTEN_MS = 100


class Player:
    """One window, in which sources are played one after the other: a context manager, open while entered.

    Args:
        provider_line: what the network runs on, in words.
        labels: all that the network knows.
        corrections: the folder for pictures whose name was wrong.
        programme: what is played, and asked for what is to be played instead.
    """

    def __init__(
        self, *, provider_line: str, labels: tuple[str, ...], corrections: Path, programme: Programme
    ) -> None:
        self._about = (provider_line, labels, corrections, programme)
        self._around = ExitStack()

    def __enter__(self) -> Self:
        """Make the window; it shows when something is to be seen in it.

        Raises:
            DependencyError: PySide6 is not installed, or a version that cannot run here is.
            DisplayError: there is no screen to open a window on, or a library for it is missing.
        """
        require_display()
        _import_qt()
        self._around.enter_context(quiet_qt())
        self._application = _application()
        from simpsons_play.window.player import PlayerWindow

        provider_line, labels, corrections, programme = self._about
        self._window = PlayerWindow(
            provider_line=provider_line, labels=labels, corrections=corrections, programme=programme
        )
        self._interrupted = self._around.enter_context(_interruptible(self._window))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the window."""
        self._window.close()
        self._window.deleteLater()
        self._application.processEvents()
        self._around.close()

    def wait(self) -> bool:
        """Show how to begin, and wait until something is to be played; False where the user closes it."""
        self._window.welcome()
        return self._run()

    def tell(self, line: str) -> None:
        """Show one line in the window for a few seconds."""
        self._window.say(line)

    def play(
        self,
        *,
        title: str,
        path: Path | None,
        info: SourceInfo | None,
        open_frames: OpenFrames,
        annotator: Annotator,
        times: StageTimes,
        start_s: float = 0.0,
        duration_s: float | None = None,
        close_at_end: bool = False,
        loops: int = 1,
    ) -> bool:
        """Play a source, and return when the programme has gone on or the window has closed.

        One line goes to stderr where there should be sound and is none, and for each warning of the source.

        Args:
            title: name of the source, as the user called it.
            path: a video file, to be played with its sound; None for all other sources.
            info: what that file is; None for all other sources.
            open_frames: opens the source anew; for all that is not a file, and files that Qt cannot play.
            annotator: looks at the frames and draws on them.
            times: what the stages of the work take.
            start_s: where to begin, in seconds from the start of the source.
            duration_s: how long to play from there, in seconds; None plays to the end.
            close_at_end: close the window when the last source ends.
            loops: play it so many times; 0 again and again.

        Returns:
            Whether something else is to be played.

        Raises:
            SourceError: the source cannot be opened or played.
            KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
        """
        self._window.begin(title, annotator, times=times, close_at_end=close_at_end, loops=loops)
        choice = _FeedChoice(self._window, path, open_frames, start_s, duration_s, info)
        choice.begin()
        return self._run()

    def _run(self) -> bool:
        """Show the window, until what is shown is over."""
        from PySide6.QtCore import QEventLoop

        window, loop = self._window, QEventLoop()
        window.left.connect(loop.quit)
        if not self._interrupted.is_set() and not window.failed and not window.closed:
            window.show()
            loop.exec()
        window.left.disconnect(loop.quit)
        if self._interrupted.is_set():
            window.close()
            raise KeyboardInterrupt
        if (error := window.take_error()) is not None:
            raise error
        return not window.closed


class _FeedChoice:
    """Chooses the feed: Qt's player with sound where it can, else the bare source, once and for good."""

    def __init__(
        self,
        window: PlayerWindow,
        path: Path | None,
        open_frames: OpenFrames,
        start_s: float,
        duration_s: float | None,
        info: SourceInfo | None,
    ) -> None:
        self._window, self._path, self._open_frames = window, path, open_frames
        self._start_s, self._duration_s, self._info = start_s, duration_s, info
        self._told: set[str] = set()

    def begin(self) -> None:
        """Give the window its feed."""
        if self._info is not None:
            self._window.fit_picture(self._info)
        if self._path is None:
            self._use_source("")
            return
        reason = why_no_multimedia()
        if reason is not None:
            self._use_source(f"no sound: {reason}" if self._sounds else "")
            return
        from simpsons_play.window.media_feed import MediaFeed

        reason = why_no_sound_device()
        note = f"no sound: {reason}" if reason is not None and self._sounds else ""
        feed = MediaFeed(self._path, start_s=self._start_s, duration_s=self._duration_s, sound=reason is None)
        feed.refused.connect(lambda words: self._use_source(f"no sound: {words}" if self._sounds else ""))
        self._use(feed, note)

    @property
    def _sounds(self) -> bool:
        return self._info is not None and self._info.has_sound

    def _use_source(self, note: str) -> None:
        from simpsons_play.window.source_feed import SourceFeed

        self._use(SourceFeed(self._open_frames, start_s=self._start_s, duration_s=self._duration_s), note)

    def _use(self, feed: Feed, note: str) -> None:
        feed.warned.connect(self._tell)
        self._tell(note)
        self._window.use(feed, note=note)

    def _tell(self, line: str) -> None:
        if line and line not in self._told:
            self._told.add(line)
            sys.stderr.write(f"{line}\n")


def _import_qt() -> None:
    try:
        import PySide6.QtWidgets
    except ModuleNotFoundError as error:
        raise DependencyError(
            "the window needs PySide6: pip install PySide6-Essentials PySide6-Addons"
        ) from error
    except ImportError as error:
        raise DisplayError(
            f"Qt cannot be loaded: {missing_library(error, _GUI_PACKAGES)}; without a window: add --no-window"
        ) from error
    if _steals_references():
        version, python = PySide6.__version__, sys.version.split()[0]
        raise DependencyError(
            f"PySide6 {version} crashes on Python {python}: "
            "pip install 'PySide6-Essentials<6.12' 'PySide6-Addons<6.12'"
        )


def _steals_references() -> bool:
    """Whether each call into Qt takes a reference to None away.

    PySide6 6.12.0 does so before Python 3.12, which made None immortal: the process dies after some
    thousand calls.
    """
    from PySide6.QtCore import QObject

    probe, calls = QObject(), 50
    before = sys.getrefcount(None)
    for _ in range(calls):
        probe.setObjectName("")
    return sys.getrefcount(None) <= before - calls // 2


def _application() -> QApplication:
    from PySide6.QtWidgets import QApplication

    from simpsons_play.window.theme import dress

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["simpsons-play"])
        application.setApplicationName("simpsons-play")
        application.setDesktopFileName("simpsons-play")
        dress(application)
    return application


@contextmanager
def _interruptible(window: PlayerWindow) -> Iterator[threading.Event]:
    """Ctrl-C closes the window, once it is open; the event says that it came."""
    from PySide6.QtCore import QTimer

    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # signals are for the main thread alone
        return

    def look() -> None:
        if interrupted.is_set():
            window.close()

    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    # Python sees a signal only when it runs, and a paused window runs no Python by itself. A window that is
    # closed before it is shown opens all the same, so that the signal itself must not close it.
    listen = QTimer(window, interval=_LISTEN_MS)
    listen.timeout.connect(look)
    listen.start()
    try:
        yield interrupted
    finally:
        listen.stop()
        signal.signal(signal.SIGINT, before)
