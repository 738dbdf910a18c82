"""A feed from any source: cameras, pictures, and videos where Qt cannot play them. Without sound."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from simpsons_play.types import Frame, SourceInfo
from simpsons_play.window.feed import Feed
from simpsons_play.window.ports import OpenFrames
from simpsons_play.window.reader import Listener, Reader

_STOP_S = 3.0


class SourceFeed(Feed):
    """Shows a source at its own speed. Of frames the window has no time for, the newest wins."""

    # From the thread that reads to the thread of the window.
    _opened = Signal(object, float)
    _arrived = Signal()
    _finished = Signal(int)
    _broke = Signal(object)

    def __init__(
        self,
        open_frames: OpenFrames,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(start_s=start_s, duration_s=duration_s, parent=parent)
        self._lock = threading.Lock()
        self._newest: tuple[Frame, int] | None = None
        self._info: SourceInfo | None = None
        self._playing = self._stopped = False
        self._number = 0
        self._opened.connect(self._on_opened)
        self._arrived.connect(self._on_arrived)
        self._finished.connect(self._on_finished)
        self._broke.connect(self._on_broke)
        listener = Listener(
            opened=self._opened.emit,
            frame=self._put,
            ended=self._finished.emit,
            warned=self.warned.emit,
            failed=self._broke.emit,
        )
        self._reader = Reader(open_frames, listener, start_s=start_s, end_s=self._limit_s)

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` do anything; not before the source is open."""
        return self._info is not None and self._info.can_seek

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel of its frames over its height."""
        return float(self._info.pixel_aspect) if self._info is not None else 1.0

    @property
    def playing(self) -> bool:
        """Whether frames come."""
        return self._playing and not self._at_end

    def play(self) -> None:
        """Go on; from the start where the end was reached."""
        if self._at_end:
            self.seek(self._start_s)
        self._set_playing(True)

    def pause(self) -> None:
        """Stay on this frame."""
        self._set_playing(False)

    def seek(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source."""
        if self.can_seek:
            self._seek(self._inside(time_s))

    def step(self, frames: int) -> None:
        """Pause, and go so many frames forward, or backward where negative."""
        if not self.can_seek or self._info is None:
            return
        self.pause()
        if frames == 1 and not self._at_end:
            self._reader.show_next()
        else:
            self._seek(max(0.0, self._position_s + frames / float(self._info.rate or 1)))

    def set_speed(self, speed: float) -> None:
        """How fast it plays, 1 as it should."""
        self._reader.set_speed(speed)

    def stop(self) -> None:
        """Let go of the source. No signal comes afterwards."""
        self._stopped = True
        self._reader.stop(_STOP_S)
        self.blockSignals(True)

    def _seek(self, time_s: float) -> None:
        if self._at_end:
            self._at_end = False
            self._set_playing(False)
        self._position_s = time_s
        self._number = self._reader.seek(time_s)
        self.changed.emit()

    def _set_playing(self, playing: bool) -> None:
        if self._stopped:
            return
        self._playing = playing
        self._reader.set_playing(playing)
        if not self._reader.is_alive() and self._reader.ident is None:
            self._reader.start()
        self.changed.emit()

    def _put(self, frame: Frame, number: int) -> None:
        with self._lock:
            first = self._newest is None
            self._dropped += self._newest is not None and self._newest[1] == number
            self._newest = (frame, number)
        if first:
            self._arrived.emit()

    def _on_arrived(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is None or self._stopped or newest[1] != self._number:
            return
        self._position_s = newest[0].time_s
        self.frame.emit(newest[0])

    def _on_opened(self, info: SourceInfo, time_s: float) -> None:
        self._info = info
        self._known_s = None if info.duration_s is None else time_s + info.duration_s
        self.changed.emit()

    def _on_finished(self, number: int) -> None:
        if number == self._number and not self._stopped:
            self._at_end = True
            self.changed.emit()
            self.ended.emit()

    def _on_broke(self, error: BaseException) -> None:
        if not self._stopped:
            self._playing = False
            self.failed.emit(error)
