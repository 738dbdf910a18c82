"""A feed from a file by way of Qt's media player: with sound, in step with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QAudio, QAudioOutput, QMediaMetaData, QMediaPlayer, QVideoFrame, QVideoSink

from simpsons_play.types import Frame
from simpsons_play.window.convert import Converter
from simpsons_play.window.feed import Feed

_MICROSECONDS = 1_000_000
_USUAL_RATE = 25.0
# After a seek, frames that were on their way from the old place may still come: those so far from the new
# place are passed over for so long.
_NEAR_S = 1.0
_STRAY_S = 1.0
# Qt shows pictures by its clock and hands sound to the device by the same, where it then waits: Qt keeps
# between 22 and 64 ms there (MinDesiredBufferTime and MaxDesiredBufferTime in qffmpegaudiorenderer.cpp of
# QtMultimedia). Pictures wait for the middle of it.
_SOUND_LAG_MS = 43

_Status = QMediaPlayer.MediaStatus
_State = QMediaPlayer.PlaybackState


class MediaFeed(Feed):
    """Plays a file with its sound. Pictures come as they are shown: pixels square, upright.

    Args:
        path: the file.
        start_s: where to begin, in seconds from the start of the file.
        duration_s: how long to play from there.
        sound: whether to look for a sound device at all.
        parent: who owns it.

    Attributes:
        refused: Signal(str): Qt cannot play this file at all, and why; what breaks off midway ends there.
    """

    refused = Signal(str)

    def __init__(
        self,
        path: Path,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        sound: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(start_s=start_s, duration_s=duration_s, parent=parent)
        self._path = path
        self._convert = Converter()
        self._want_playing = self._loaded = self._stopped = self._at_limit = False
        self._last_us: int | None = None
        self._sought_at: float | None = None
        self._way = 0
        self._player = QMediaPlayer(self)
        self._sink = QVideoSink(self)
        self._player.setVideoSink(self._sink)
        self._output = QAudioOutput(self) if sound else None
        if self._output is not None:
            self._player.setAudioOutput(self._output)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.errorOccurred.connect(self._on_error)
        self._player.durationChanged.connect(self._on_duration)
        # Not before whoever made us has had the time to listen.
        QTimer.singleShot(0, self, lambda: self._player.setSource(QUrl.fromLocalFile(str(path.absolute()))))

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` do anything."""
        return self._loaded and self._player.isSeekable()

    @property
    def has_sound(self) -> bool:
        """Whether something is to be heard when it plays."""
        return self._output is not None and self._player.hasAudio()

    @property
    def playing(self) -> bool:
        """Whether frames come."""
        return self._want_playing and not self._at_end

    def play(self) -> None:
        """Go on; from the start where the end was reached."""
        if self._at_end:
            self._go(self._start_s)
        self._want_playing = True
        if self._loaded:
            self._player.play()
        self.changed.emit()

    def pause(self) -> None:
        """Stay on this frame."""
        self._want_playing = False
        # At its end, Qt's player would go back to the start when told to pause.
        if self._loaded and not self._at_end:
            self._player.pause()
        self.changed.emit()

    def seek(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the file."""
        if self.can_seek:
            self._seek(self._inside(time_s))

    def step(self, frames: int) -> None:
        """Pause, and go so many frames forward, or backward where negative."""
        if self.can_seek:
            self.pause()
            # Half a frame more: Qt shows the frame that lasts at the time that was sought.
            self._seek(self._position_s + (frames + 0.5) / self._rate())

    def stop(self) -> None:
        """Let go of the file and the sound device. No signal comes afterwards."""
        self._stopped = True
        self.blockSignals(True)
        self._player.stop()
        self._player.setVideoSink(None)  # type: ignore[arg-type] # the stubs forget None
        self._player.setAudioOutput(None)  # type: ignore[arg-type] # the stubs forget None
        self._player.setSource(QUrl())

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard."""
        if self._output is not None:
            scales = QAudio.VolumeScale
            self._output.setVolume(
                QAudio.convertVolume(volume, scales.LogarithmicVolumeScale, scales.LinearVolumeScale)
            )
            self._output.setMuted(muted)

    def set_speed(self, speed: float) -> None:
        """How fast it plays, 1 as it should; voices keep their pitch where Qt can do so."""
        self._player.setPlaybackRate(speed)

    def _seek(self, time_s: float) -> None:
        if self._at_end:
            self._want_playing = False
        self._go(max(time_s, 0.0))
        if self._player.playbackState() == _State.StoppedState:
            self._player.pause()  # a stopped player shows nothing
        self.changed.emit()

    def _go(self, time_s: float) -> None:
        self._at_end = self._at_limit = False
        self._position_s, self._last_us, self._sought_at = time_s, None, time.monotonic()
        self._way += 1
        # Rounded down, it would be the frame before where that is the time at which one begins.
        self._player.setPosition(ceil(round(time_s * 1000, 3)))

    def _rate(self) -> float:
        rate = self._player.metaData().value(QMediaMetaData.Key.VideoFrameRate)
        return float(rate) if isinstance(rate, (int, float)) and rate > 0 else _USUAL_RATE

    def _on_frame(self, _: QVideoFrame) -> None:
        # Where the window was busy, several of these wait in its queue: the sink holds the newest.
        shown = self._sink.videoFrame()
        start_us = shown.startTime()
        if self._stopped or not shown.isValid() or start_us == self._last_us or self._is_stray(start_us):
            return
        time_exact = Fraction(max(start_us, 0), _MICROSECONDS)
        if self._limit_s is not None and time_exact >= self._limit_s:
            self._reach_limit()
            return
        image = self._convert.bgr(shown)
        if image is None:
            return
        if self._last_us is not None and self.playing:
            passed = (start_us - self._last_us) / _MICROSECONDS * self._rate()
            self._dropped += max(0, round(passed) - 1)
        self._last_us = start_us
        index = max(0, round((float(time_exact) - self._start_s) * self._rate()))
        frame = Frame(image=image, index=index, time=time_exact)
        if self.playing:
            self._when_heard(lambda: self._show(frame))
        else:
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        self._position_s = frame.time_s
        self.frame.emit(frame)

    def _when_heard(self, act: Callable[[], None]) -> None:
        """Act when the sound that belongs to this moment is heard, unless we have gone elsewhere by then."""
        if not self.has_sound:
            act()
            return
        way = self._way
        QTimer.singleShot(
            _SOUND_LAG_MS,
            self,
            lambda: act() if way == self._way and not self._stopped else None,
        )

    def _is_stray(self, start_us: int) -> bool:
        if self._sought_at is None:
            return False
        far = abs(start_us / _MICROSECONDS - self._position_s) > max(_NEAR_S, 2 / self._rate())
        if far and time.monotonic() - self._sought_at < _STRAY_S:
            return True
        self._sought_at = None
        return False

    def _reach_limit(self) -> None:
        if not self._at_limit:
            self._at_limit = True
            self._player.pause()
            self._when_heard(self._end)

    def _end(self) -> None:
        self._at_end, self._want_playing = True, False
        self.changed.emit()
        self.ended.emit()

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._stopped:
            return
        if status == _Status.LoadedMedia and not self._loaded:
            self._loaded = True
            if not self._player.hasVideo():
                self.refused.emit("Qt finds no video in this file that it can play")
                return
            if self._start_s > 0:
                self._go(self._start_s)
            if self._want_playing:
                self._player.play()
            else:
                self._player.pause()  # shows the first frame
            self.changed.emit()
        elif status == _Status.EndOfMedia:
            self._when_heard(self._end)

    def _on_error(self, _: QMediaPlayer.Error, message: str) -> None:
        if not self._stopped:
            words = " ".join(message.split()) or "no reason given"
            if self._last_us is None and self._sought_at is None:
                self.refused.emit(f"Qt cannot play this file ({words})")
            else:
                # What is there can be seen again; nothing of what follows can.
                self.warned.emit(f"{self._path.name} breaks off here: {words}")
                self._when_heard(self._end)

    def _on_duration(self, milliseconds: int) -> None:
        if milliseconds > 0:
            self._known_s = milliseconds / 1000
            self.changed.emit()
