"""A feed from any source, with sound where there is some."""

from __future__ import annotations

import threading
from math import inf

from PySide6.QtCore import QObject, QSize, QTimer, Signal

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.window.playback.feed import Feed
from simpsons_play.window.playback.pace import PlayClock
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.reader import Listener, Reader
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.widgets.picture import size_shown

_STOP_S = 3.0
_LOOK_MS = 100
_ALONE_S = 0.3
"""Sound that goes on for so long without a picture moves the time that is shown."""


class SourceFeed(Feed):
    """Shows a source at its own speed. Of frames the window has no time for, the newest wins.

    Args:
        open_frames: opens the source.
        start_s: where to begin, in seconds from the start of the source.
        duration_s: how long to play from there, in seconds.
        sound: of the source; not started yet. It leads, and pictures follow.
        parent: who owns it.
    """

    # From the threads that read and sound to the thread of the window.
    _opened = Signal(object, float)
    _arrived = Signal()
    _blanked = Signal(int)
    _finished = Signal(int)
    _broke = Signal(object)
    _sound_warned = Signal(str)

    def __init__(
        self,
        open_frames: OpenFrames,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        sound: Sound | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(start_s=start_s, duration_s=duration_s, parent=parent)
        self._lock = threading.Lock()
        self._newest: tuple[Frame, int] | None = None
        self._info: SourceInfo | None = None
        self._playing = self._stopped = False
        self._number = 0
        self._room = QSize()
        self._there = False  # where the last seek went to
        self._shown_s = start_s  # of the frame on screen
        self._steps_back: tuple[float, int] | None = None  # from this frame; asked for and not shown yet
        self._opened.connect(self._on_opened)
        self._arrived.connect(self._on_arrived)
        self._blanked.connect(self._on_blanked)
        self._finished.connect(self._on_finished)
        self._broke.connect(self._on_broke)
        self._sound_warned.connect(self._on_sound_warned)
        self._sound_warnings: list[
            str
        ] = []  # until there are pictures: what cannot be opened has no sound either
        listener = Listener(
            opened=self._opened.emit,
            coming=self._prepare,
            frame=self._put,
            blank=self._blanked.emit,
            ended=self._finished.emit,
            warned=self.warned.emit,
            failed=self._broke.emit,
        )
        self._sound, self._pace = sound, sound or PlayClock()
        if sound is not None:
            sound.listen(warn=self._sound_warned.emit, changed=self.changed.emit)
        self._reader = Reader(open_frames, listener, self._pace, start_s=start_s, end_s=self._limit_s)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._on_look)

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` do anything; not before the source is open."""
        return self._info is not None and self._info.can_seek

    @property
    def has_sound(self) -> bool:
        """Whether something is to be heard when it plays."""
        return self._sound is not None and self._sound.audible

    @property
    def duration_s(self) -> float | None:
        """Seconds from the start of the source to the end of pictures and sound, as in mpv."""
        heard_s = self._sound.end_s if self._sound is not None and self.has_sound else None
        known_s = self._known_s
        return self._limited(known_s if known_s is None or heard_s is None else max(known_s, heard_s))

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel of its frames over its height."""
        return float(self._info.pixel_aspect) if self._info is not None else 1.0

    @property
    def playing(self) -> bool:
        """Whether frames come."""
        return self._playing and not self._at_end

    @property
    def dropped(self) -> int:
        """Frames that were due and never shown, because they came too late or the window had no time."""
        return self._dropped + self._reader.dropped

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
        """Pause, and go so many frames forward, or backward where negative; each as long as it lasts."""
        if not self.can_seek or self._info is None:
            return
        self.pause()
        if frames > 0:
            for _ in range(0 if self._at_end else frames):
                self._reader.show_next()
            return
        from_s, steps = self._steps_back or (self._shown_s, 0)
        steps -= frames
        self._seek(max(0.0, from_s - steps / float(self._info.rate or 1)), back_from=(from_s, steps))

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard."""
        if self._sound is not None:
            self._sound.set_volume(volume, muted=muted)

    def next_sound(self) -> str:
        """Play the next sound stream, after the last one the first; says which, or nothing without sound."""
        if self._sound is None or not self.has_sound:
            return ""
        streams = self._sound.streams
        number = (self._sound.stream + 1) % len(streams)
        self._sound.set_stream(number)
        words = streams[number].words
        return f"sound {number + 1} of {len(streams)}{': ' if words else ''}{words}"

    def set_speed(self, speed: float) -> None:
        """How fast it plays, 1 as it should; voices keep their pitch."""
        self._reader.set_speed(speed)

    def set_room(self, room: QSize) -> None:
        """There are so many pixels of the screen for a frame."""
        self._room = room

    def stop(self) -> None:
        """Let go of the source and of the sound device. No signal comes afterwards."""
        self._stopped = True
        self._look.stop()
        self._reader.stop(_STOP_S)
        self.blockSignals(True)

    def _seek(self, time_s: float, *, back_from: tuple[float, int] | None = None) -> None:
        if self._at_end:
            self._at_end = False
            self._set_playing(False)
        self._position_s, self._steps_back, self._there = time_s, back_from, False
        if back_from is None:
            self._number = self._reader.seek(time_s)
        else:
            self._number = self._reader.seek(back_from[0], back=back_from[1])
        self.changed.emit()

    def _set_playing(self, playing: bool) -> None:
        if self._stopped:
            return
        self._playing = playing
        self._reader.set_playing(playing)
        if not self._reader.is_alive() and self._reader.ident is None:
            if self._sound is not None:
                self._sound.open()
                self._look.start()
            self._reader.start()
        self.changed.emit()

    def _prepare(self, frame: Frame) -> None:
        """Scale a frame in the thread that reads, which has time until it is due."""
        size = size_shown(frame, self.pixel_aspect, self._room)
        if not size.isEmpty():
            frame.scaled(size.width(), size.height())

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
        self._position_s = self._shown_s = newest[0].time_s
        self._steps_back, self._there = None, True
        self.frame.emit(newest[0])

    def _on_blanked(self, number: int) -> None:
        if number == self._number and not self._stopped:
            self._there = True
            self.blank.emit()

    def _on_look(self) -> None:
        """Where sound goes on alone, so does the time that is shown."""
        if self.playing and self._there:
            now_s = min(self._pace.now(), self.duration_s or inf)
            if abs(now_s - self._position_s) > _ALONE_S:
                self._position_s = now_s
                self.changed.emit()

    def _on_opened(self, info: SourceInfo, time_s: float) -> None:
        self._info = info
        self._known_s = None if info.duration_s is None else time_s + info.duration_s
        while self._sound_warnings:
            self.warned.emit(self._sound_warnings.pop(0))
        self.changed.emit()

    def _on_sound_warned(self, line: str) -> None:
        if self._info is None:
            self._sound_warnings.append(line)
        else:
            self.warned.emit(line)

    def _on_finished(self, number: int) -> None:
        if number == self._number and not self._stopped:
            self._at_end = True
            self.changed.emit()
            self.ended.emit()

    def _on_broke(self, error: BaseException) -> None:
        if not self._stopped:
            self._playing = False
            self.failed.emit(error)
