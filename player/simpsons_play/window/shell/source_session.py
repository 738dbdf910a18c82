"""Plays one source after the other in the parts of the window: opens it, shows it and leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.export.exports import Exports
from simpsons_play.window.export.ports import Exporter
from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.ports import (
    Analysis,
    Draw,
    NetworkInfo,
    NoTeacher,
    StrangerGroups,
    Teacher,
)
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.actions import Actions
from simpsons_play.window.shell.current_presenter import CurrentPresenter
from simpsons_play.window.shell.error_reports import ErrorReports
from simpsons_play.window.shell.first_hint import take_hint
from simpsons_play.window.shell.preview_feed import PreviewFeed
from simpsons_play.window.shell.recent import RecentRecorder
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.shell.status_line import StatusLine
from simpsons_play.window.shell.welcome_page import WelcomePage
from simpsons_play.window.shell.window_size import WindowFitter
from simpsons_play.window.widgets.layout import Layout


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the window that a source is shown in."""

    transport: Transport
    layout: Layout
    picker: SourcePicker
    presenter: CurrentPresenter
    actions: Actions
    status: StatusLine
    exports: Exports
    errors: ErrorReports
    recorder: RecentRecorder
    previews: PreviewFeed
    welcome: WelcomePage
    fitter: WindowFitter


class SourceSession(QObject):
    """The source that the window plays, and the error that has ended it, if any.

    Args:
        parts: The parts of the window.
        parent: Qt parent.

    Attributes:
        left: Signal(): The source has been left.
        titled: Signal(str): The title of a source that is being opened.
        close_requested: Signal(): The last source has ended, and the window is to close then.
    """

    left = Signal()
    titled = Signal(str)
    close_requested = Signal()

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._close_at_end = False
        self._error: BaseException | None = None
        self._last_position_s = 0.0
        for source in (parts.transport, parts.presenter):
            source.failed.connect(self.fail)
        parts.transport.frame.connect(self._on_frame)
        parts.transport.ended.connect(self._on_ended)
        parts.picker.source_changed.connect(self.leave)

    def open_source(
        self,
        name: str,
        analysis: Analysis,
        *,
        draw: Draw,
        network: NetworkInfo,
        times: StageTimes,
        exporter: Exporter | None = None,
        teacher: Teacher | None = None,
        close_at_end: bool = False,
        loops: int = 1,
        only: frozenset[str] | None = None,
        strangers: StrangerGroups | None = None,
    ) -> None:
        """Prepare for another source; its playback follows with `set_playback`.

        Args:
            name: Path or address. The title and file names of screenshots contain only its last part.
            analysis: Analyses the frames.
            draw: Draws the captions of a result on a copy of an image.
            network: The network that the analysis runs.
            times: Stage times; the time for painting is added to them.
            exporter: Exports the source; None if nothing can be exported.
            teacher: Teaches characters; None if nothing can be taught.
            close_at_end: Close the window when the source ends; otherwise stay on its last frame.
            loops: How many times to play it; 0 loops forever.
            only: Labels of the characters to show; None shows all.
            strangers: Groups heads that nobody knows; None lists none.
        """
        line = one_line(name)
        title = Path(line).name or line
        self._parts.welcome.close()
        self._parts.recorder.open_source(name)
        self._parts.picker.on_opened(name)
        self._close_at_end = close_at_end
        self._parts.transport.prepare(analysis, loops=loops)
        self._parts.presenter.open_source(
            title,
            analysis,
            draw=draw,
            teacher=teacher or NoTeacher(network.labels),
            actions=self._parts.actions,
            only=only,
            strangers=strangers,
        )
        self._parts.layout.open_source(times)
        self._parts.exports.set_exporter(exporter)
        self._parts.layout.stats.watch(self._parts.transport, analysis, times, runs_on=network.runs_on)
        self._parts.status.open_source(title, network)
        place = f" ({self._parts.picker.place})" if self._parts.picker.place else ""
        self.titled.emit(f"{title}{place}")
        if "://" in name:
            self._parts.layout.picture.clear()
            self._parts.status.show_message(f"Opening {line} …")
        self._parts.status.refresh()

    def set_playback(
        self, playback: Playback, *, note: str = "", previews: Previews | None = None, paused: bool = False
    ) -> None:
        """Take ownership of the playback of the source, and play it.

        Args:
            playback: Stopped by the window.
            note: Note about it for the status line, such as why there is no sound.
            previews: Reads pictures of other moments; stopped by the window. None shows no such pictures.
            paused: Show the first frame and wait.
        """
        self._parts.status.set_note(note)
        self._parts.previews.read_from(previews)
        if previews is not None:
            self._parts.presenter.read_from(previews)
        self._parts.transport.set_playback(playback, paused=paused)

    @property
    def failed(self) -> bool:
        """Whether an error has ended the source."""
        return self._error is not None

    def take_error(self) -> BaseException | None:
        """Return and clear the error that ended the source."""
        error, self._error = self._error, None
        return error

    @property
    def closes_at_end(self) -> bool:
        """Whether the window closes when the source ends."""
        return self._close_at_end

    @property
    def playback(self) -> Playback | None:
        """The current playback."""
        return self._parts.transport.playback

    @property
    def last_position_s(self) -> float:
        """Position at which the last source was left, in seconds from its start."""
        return self._last_position_s

    def fit_to(self, info: SourceInfo) -> None:
        """Fit the window to a source before its first frame arrives."""
        self._parts.fitter.fit(info.width, info.height, float(info.pixel_aspect))

    def fail(self, error: BaseException) -> None:
        """Leave the source because of an error; the first error is kept for `take_error`."""
        self._error = self._error or error
        self.leave()

    def leave(self) -> None:
        """Release the source; its last frame stays until the next one arrives."""
        self._last_position_s = 0.0
        if self.playback is not None:
            self._last_position_s = self.playback.position_s
            self._parts.recorder.leave_source(self.playback.pixel_aspect)
        self._parts.layout.hint.dismiss()
        self._parts.presenter.close_source(self._parts.actions)
        self._parts.exports.set_exporter(None)
        self._parts.previews.read_from(None)
        self._parts.transport.stop()
        self.left.emit()

    def report(self, line: str) -> None:
        """Show why a source cannot be played, until the user has read it."""
        self._parts.status.clear_message()  # that it is being opened
        self._parts.errors.on_failed()
        self._parts.errors.add(line)

    def _on_frame(self, frame: Frame) -> None:
        if self._parts.recorder.on_frame(frame):
            self._parts.errors.on_playing()
            if not (self._close_at_end or frame.name) and (hint := take_hint()):
                self._parts.layout.hint.show_hint(hint)
        if self.playback is not None:
            self._parts.fitter.fit(*frame.size_px, self.playback.pixel_aspect)

    def _on_ended(self) -> None:
        continued = self._parts.picker.has_next and self._parts.picker.advance()
        if not continued and self._close_at_end:
            self.close_requested.emit()
        self._parts.status.refresh()
