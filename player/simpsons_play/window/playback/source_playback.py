"""Plays any source, with its sound if it has any."""

from __future__ import annotations

import time
from math import inf

from PySide6.QtCore import QObject, QSize, QTimer, Signal

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.window.playback.clock import WallClock
from simpsons_play.window.playback.frame_scheduler import MAX_LEAD_S
from simpsons_play.window.playback.newest_frame import NewestFrame
from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.reader import Listener, Reader
from simpsons_play.window.playback.scaling import display_size
from simpsons_play.window.playback.sound import Sound

_STOP_TIMEOUT_S = 3.0
_POSITION_INTERVAL_MS = 100
_SOUND_ONLY_S = 0.3
"""Sound that is this far ahead of the last picture moves the displayed position."""


class SourcePlayback(Playback):
    """Plays a source at its own rate. If the window is too busy to show every frame, the newest wins.

    Args:
        open_frames: Opens the source.
        start_s: Where to start, in seconds from the start of the source.
        duration_s: How long to play from there, in seconds; None plays to the end.
        sound: The sound of the source, not yet opened; frames follow it.
        parent: Qt parent.
    """

    # From the threads of the reader and the sound to the window's thread.
    _opened = Signal(object, float)
    _frame_arrived = Signal()
    _blank_arrived = Signal(int)
    _reader_ended = Signal(int)
    _reader_failed = Signal(object)
    _sound_warning = Signal(str)

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
        self._newest = NewestFrame()
        self._info: SourceInfo | None = None
        self._playing = self._stopped = False
        self._number = 0  # of the last seek
        self._size = QSize()
        self._arrived = False  # at the target of the last seek
        self._shown_s = start_s  # time of the frame on screen
        self._shown_name = ""
        self._due_s = 0.0
        self._steps_back: tuple[float, int] | None = None  # requested from this time and not yet shown
        # Until the source is open: one that cannot be opened has no sound either, and needs one message.
        self._sound_warnings: list[str] = []
        self._opened.connect(self._on_opened)
        self._frame_arrived.connect(self._on_frame_arrived)
        self._blank_arrived.connect(self._on_blank_arrived)
        self._reader_ended.connect(self._on_reader_ended)
        self._reader_failed.connect(self._on_reader_failed)
        self._sound_warning.connect(self._on_sound_warning)
        listener = Listener(
            opened=self._opened.emit,
            upcoming=self._prepare,
            frame=self._hand_over,
            blanked=self._blank_arrived.emit,
            ended=self._reader_ended.emit,
            warning=self.warning.emit,
            failed=self._reader_failed.emit,
        )
        self._sound, self._clock = sound, sound or WallClock()
        if sound is not None:
            sound.set_callbacks(on_warning=self._sound_warning.emit, on_change=self.changed.emit)
        self._reader = Reader(open_frames, listener, self._clock, start_s=start_s, end_s=self._limit_s)
        self._position_timer = QTimer(self, interval=_POSITION_INTERVAL_MS)
        self._position_timer.timeout.connect(self._follow_sound)

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` have any effect; False until the source is open."""
        return self._info is not None and self._info.can_seek

    @property
    def has_sound(self) -> bool:
        """Whether there is sound to hear."""
        return self._sound is not None and self._sound.audible

    @property
    def duration_s(self) -> float | None:
        """End of the longest stream, video or sound, in seconds, as in mpv; None if unknown."""
        sound_end_s = self._sound.end_s if self._sound is not None and self.has_sound else None
        video_end_s = self._known_end_s
        if video_end_s is None or sound_end_s is None:
            return self._limited(video_end_s)
        return self._limited(max(video_end_s, sound_end_s))

    @property
    def due_s(self) -> float:
        """When to paint the current frame, by `time.monotonic()`; at most `MAX_LEAD_S` from now."""
        return self._due_s

    @property
    def pictures(self) -> int:
        """How many pictures the source has if it is a folder of pictures or a single one; otherwise 0."""
        info = self._info
        if info is None or not info.stills or not info.rate:
            return 0
        return round((self._known_end_s or 0.0) * float(info.rate))

    @property
    def picture_number(self) -> int:
        """The number of the picture on screen, from 1."""
        rate = float(self._info.rate) if self._info is not None and self._info.rate else 1.0
        return round(self._shown_s * rate) + 1

    @property
    def picture_name(self) -> str:
        """File name of the picture on screen; empty for videos."""
        return self._shown_name

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel over its height."""
        return float(self._info.pixel_aspect) if self._info is not None else 1.0

    @property
    def playing(self) -> bool:
        """Whether it is playing rather than paused or at the end."""
        return self._playing and not self._at_end

    @property
    def dropped(self) -> int:
        """Frames that were never shown: they were late, or the window was busy."""
        return self._newest.dropped + self._reader.dropped

    def play(self) -> None:
        """Play; from the start once the end has been reached."""
        if self._at_end:
            self.seek(self._start_s)
        self._set_playing(True)

    def pause(self) -> None:
        """Pause on the current frame."""
        self._set_playing(False)

    def seek(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source."""
        if self.can_seek:
            self._seek(self._clamped(time_s))

    def step(self, frames: int) -> None:
        """Pause and go forward by a number of frames, or backward if negative."""
        if not self.can_seek or self._info is None:
            return
        self.pause()
        if frames > 0:
            for _ in range(0 if self._at_end else frames):
                self._reader.step()
            return
        from_s, steps = self._steps_back or (self._shown_s, 0)
        steps -= frames
        self._seek(max(0.0, from_s - steps / float(self._info.rate or 1)), steps_back=(from_s, steps))

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness, 0-1."""
        if self._sound is not None:
            self._sound.set_volume(volume, muted=muted)

    @property
    def sound_streams(self) -> tuple[str, ...]:
        """Descriptions of the sound streams, such as `2: English, commentary`; empty without sound."""
        if self._sound is None or not self.has_sound:
            return ()
        return tuple(
            f"{stream.number + 1}{': ' if stream.words else ''}{stream.words}"
            for stream in self._sound.streams
        )

    @property
    def sound_stream(self) -> int:
        """Index of the current sound stream."""
        return self._sound.stream if self._sound is not None else 0

    def set_sound_stream(self, number: int) -> None:
        """Switch to another sound stream; does nothing without sound."""
        if self._sound is not None and self.has_sound:
            self._sound.set_stream(number)
            self.changed.emit()

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal. Voices keep their pitch."""
        self._reader.set_speed(speed)

    def set_display_size(self, size: QSize) -> None:
        """Set the size available on screen, in physical pixels, so that frames can be scaled early."""
        self._size = size

    def stop(self) -> None:
        """Release the source and the sound device. No signal is emitted afterwards."""
        self._stopped = True
        self._position_timer.stop()
        self._reader.stop(_STOP_TIMEOUT_S)
        self.blockSignals(True)

    def _seek(self, time_s: float, *, steps_back: tuple[float, int] | None = None) -> None:
        if self._at_end:
            self._at_end = False
            self._set_playing(False)
        self._position_s, self._steps_back, self._arrived = time_s, steps_back, False
        if steps_back is None:
            self._number = self._reader.seek(time_s)
        else:
            self._number = self._reader.seek(steps_back[0], back=steps_back[1])
        self.changed.emit()

    def _set_playing(self, playing: bool) -> None:
        if self._stopped:
            return
        self._playing = playing
        self._reader.set_playing(playing)
        if not self._reader.is_alive() and self._reader.ident is None:
            if self._sound is not None:
                self._sound.open()
                self._position_timer.start()
            self._reader.start()
        self.changed.emit()

    def _prepare(self, frame: Frame) -> None:
        """Scale a frame in the reader's thread, which has time until the frame is due."""
        size = display_size(frame, self.pixel_aspect, self._size)
        if not size.isEmpty():
            frame.scaled(size.width(), size.height())

    def _hand_over(self, frame: Frame, number: int) -> None:
        """Pass a frame from the reader's thread to the window's."""
        if self._newest.put(frame, number):
            self._frame_arrived.emit()

    def _on_frame_arrived(self) -> None:
        newest = self._newest.take()
        if newest is None or self._stopped or newest[1] != self._number:
            return
        self._position_s = self._shown_s = newest[0].time_s
        if newest[0].name != self._shown_name:
            self._shown_name = newest[0].name
            self.changed.emit()
        early_s = -self._clock.late_s(newest[0].time_s)
        # The first frame after a seek is shown immediately, even if it is due later.
        self._due_s = time.monotonic() + (early_s if early_s <= MAX_LEAD_S else 0.0)
        self._steps_back, self._arrived = None, True
        self.frame.emit(newest[0])

    def _on_blank_arrived(self, number: int) -> None:
        if number == self._number and not self._stopped:
            self._arrived = True
            self.blanked.emit()

    def _follow_sound(self) -> None:
        """Move the displayed position while only sound is playing."""
        if self.playing and self._arrived:
            now_s = min(self._clock.now(), self.duration_s or inf)
            if abs(now_s - self._position_s) > _SOUND_ONLY_S:
                self._position_s = now_s
                self.changed.emit()

    def _on_opened(self, info: SourceInfo, time_s: float) -> None:
        self._info = info
        self._known_end_s = None if info.duration_s is None else time_s + info.duration_s
        while self._sound_warnings:
            self.warning.emit(self._sound_warnings.pop(0))
        self.changed.emit()

    def _on_sound_warning(self, line: str) -> None:
        if self._info is None:
            self._sound_warnings.append(line)
        else:
            self.warning.emit(line)

    def _on_reader_ended(self, number: int) -> None:
        if number == self._number and not self._stopped:
            self._at_end = True
            self.changed.emit()
            self.ended.emit()

    def _on_reader_failed(self, error: BaseException) -> None:
        if not self._stopped:
            self._playing = False
            self.failed.emit(error)
