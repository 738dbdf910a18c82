"""The player for the command line: opens the window, plays sources in it and raises their errors.

Loads Qt only when needed.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.render.overlay import preload_font
from simpsons_play.window.export.ports import Exporter
from simpsons_play.window.playback.ports import (
    Analysis,
    Draw,
    NetworkInfo,
    OpenFrames,
    PlayQueue,
    StrangerGroups,
    Teacher,
)
from simpsons_play.window.shell.application import application, import_qt, interruptible
from simpsons_play.window.shell.display import require_display
from simpsons_play.window.shell.qt_log import quiet_qt


def load_window() -> None:
    """Import Qt and the modules of the window in advance, so that the window opens without delay.

    Raises:
        DependencyError: PySide6 is not installed, or this version of it does not work here.
        DisplayError: There is no display, or a library that Qt needs is missing.
    """
    require_display()
    import_qt()
    import simpsons_play.window.shell.playback_setup
    import simpsons_play.window.shell.player  # noqa: F401 - for later


class Player:
    """One window that plays sources one after the other. Use it as a context manager.

    Args:
        corrections: Folder for pictures whose names were wrong.
        play_queue: The sources to play.
    """

    def __init__(self, *, corrections: Path, play_queue: PlayQueue) -> None:
        self._corrections, self._play_queue = corrections, play_queue
        self._exit_stack = ExitStack()

    def __enter__(self) -> Self:
        """Create the window; `play` and `wait` show it.

        Raises:
            DependencyError: See `load_window`.
            DisplayError: See `load_window`.
        """
        load_window()
        self._exit_stack.enter_context(quiet_qt())
        self._application = application()
        from simpsons_play.window.shell.player import PlayerWindow

        self._window = PlayerWindow(corrections=self._corrections, play_queue=self._play_queue)
        self._interrupted = self._exit_stack.enter_context(
            interruptible(self._window, self._window.close_without_asking)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the window."""
        self._window.close_without_asking()
        self._window.deleteLater()
        self._application.processEvents()
        self._exit_stack.close()

    def wait(self) -> bool:
        """Show the welcome page until the user chooses a source; returns False if the window is closed."""
        self._window.show_welcome()
        return self._run()

    def show_message(self, line: str) -> None:
        """Show one line in the window for a few seconds. Thread-safe."""
        self._window.message_posted.emit(line)

    def show_error(self, line: str) -> None:
        """Show an error in the window until it is closed or the user opens another source. Thread-safe."""
        self._window.error_posted.emit(line)

    @property
    def last_position_s(self) -> float:
        """Position at which the last source was left, in seconds from its start."""
        return self._window.session.last_position_s

    def play(
        self,
        *,
        title: str,
        media: str | Path | None,
        info: SourceInfo | None,
        open_frames: OpenFrames,
        analysis: Analysis,
        draw: Draw,
        network: NetworkInfo,
        times: StageTimes,
        exporter: Exporter | None = None,
        teacher: Teacher | None = None,
        start_s: float = 0.0,
        duration_s: float | None = None,
        close_at_end: bool = False,
        loops: int = 1,
        only: frozenset[str] | None = None,
        strangers: StrangerGroups | None = None,
    ) -> bool:
        """Play a source until the play queue moves on or the window is closed.

        Warnings of the source are written to stderr, and so is the reason if its sound cannot be played.

        Args:
            title: Path or address of the source, as the user entered it.
            media: A video file or web address to play with its sound; None for all other sources.
            info: Information about a source that opens quickly, such as a file; None for all others.
            open_frames: Opens the source again.
            analysis: Analyses the frames.
            draw: Draws the captions of a result on a copy of an image.
            network: The network that the analysis runs.
            times: Stage times; the time for painting is added to them.
            exporter: Exports the source; None if nothing can be exported.
            teacher: Teaches characters; None if nothing can be taught.
            start_s: Where to start, in seconds from the start of the source.
            duration_s: How long to play from there, in seconds; None plays to the end.
            close_at_end: Close the window when the last source ends.
            loops: How many times to play it; 0 loops forever.
            only: Labels of the characters to show; None shows all.
            strangers: Groups heads that nobody knows; None lists none.

        Returns:
            Whether there is another source to play.

        Raises:
            SourceError: The source cannot be opened or played.
            KeyboardInterrupt: The user pressed Ctrl-C in the terminal; the window has been closed.
        """
        from PySide6.QtCore import QTimer

        from simpsons_play.window.shell import playback_setup

        self._window.session.open_source(
            title,
            analysis,
            draw=draw,
            network=network,
            times=times,
            exporter=exporter,
            teacher=teacher,
            close_at_end=close_at_end,
            loops=loops,
            only=only,
            strangers=strangers,
        )
        playback_setup.start_playback(
            self._window,
            media,
            open_frames=open_frames,
            start_s=start_s,
            duration_s=duration_s,
            info=info,
        )
        QTimer.singleShot(0, preload_font)  # while waiting for the first frame
        return self._run()

    def _run(self) -> bool:
        """Show the window until it is finished with the source; returns whether it is still open."""
        from PySide6.QtCore import QEventLoop

        window, loop = self._window, QEventLoop()
        window.finished.connect(loop.quit)
        if not self._interrupted.is_set() and not window.session.failed and not window.closed:
            window.show()
            loop.exec()
        window.finished.disconnect(loop.quit)
        if self._interrupted.is_set():
            window.close_without_asking()
            raise KeyboardInterrupt
        if (error := window.session.take_error()) is not None:
            raise error
        return not window.closed
