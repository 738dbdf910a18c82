"""Opens the window, waits until what it shows is over, and turns what went wrong into our errors.

Loads Qt only when called.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.render.overlay import preload_font
from simpsons_play.window.playback.ports import Analysis, Draw, NetworkInfo, OpenFrames, PlayQueue
from simpsons_play.window.shell.application import application, import_qt, interruptible
from simpsons_play.window.shell.display import require_display
from simpsons_play.window.shell.qt_log import quiet_qt


def load_window() -> None:
    """Load Qt and all that the window is made of, so that it is there at once when it is wanted.

    Raises:
        DependencyError: PySide6 is not installed, or a version that cannot run here is.
        DisplayError: there is no screen to open a window on, or a library for it is missing.
    """
    require_display()
    import_qt()
    import simpsons_play.window.shell.feed_choice
    import simpsons_play.window.shell.player  # noqa: F401 both for later


class Player:
    """One window, in which sources are played one after the other: a context manager, open while entered.

    Args:
        corrections: the folder for pictures whose name was wrong.
        play_queue: what is played, and asked for what is to be played instead.
    """

    def __init__(self, *, corrections: Path, play_queue: PlayQueue) -> None:
        self._corrections, self._play_queue = corrections, play_queue
        self._around = ExitStack()

    def __enter__(self) -> Self:
        """Make the window; it shows when something is to be seen in it.

        Raises:
            DependencyError: as `load_window`.
            DisplayError: as `load_window`.
        """
        load_window()
        self._around.enter_context(quiet_qt())
        self._application = application()
        from simpsons_play.window.shell.player import PlayerWindow

        self._window = PlayerWindow(corrections=self._corrections, play_queue=self._play_queue)
        self._interrupted = self._around.enter_context(interruptible(self._window))
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
        """Show one line in the window for a few seconds; from any thread."""
        self._window.told.emit(line)

    @property
    def left_at_s(self) -> float:
        """Where the source that was played last was left, in seconds from its start."""
        return self._window.left_at_s

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
        start_s: float = 0.0,
        duration_s: float | None = None,
        close_at_end: bool = False,
        loops: int = 1,
    ) -> bool:
        """Play a source, and return when the programme has gone on or the window has closed.

        One line goes to stderr where there should be sound and is none, and for each warning of the source.

        Args:
            title: name of the source, as the user called it.
            media: a video file, or an address on the web, to be played with its sound; None for all other
                sources.
            info: what a file is; None for all other sources.
            open_frames: opens the source anew.
            analysis: of the frames.
            draw: draws the captions of a result on a copy of an image.
            network: the model that the analysis runs.
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
        from PySide6.QtCore import QTimer

        from simpsons_play.window.shell import feed_choice

        self._window.begin(
            title, analysis, draw=draw, network=network, times=times, close_at_end=close_at_end, loops=loops
        )
        feed_choice.begin_feed(
            self._window,
            media,
            open_frames=open_frames,
            start_s=start_s,
            duration_s=duration_s,
            info=info,
        )
        QTimer.singleShot(0, preload_font)  # there is time until the first frame comes
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
