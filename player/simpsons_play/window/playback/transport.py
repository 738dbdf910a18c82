"""Playback controls: play, pause, seek, speed and volume, for keys and widgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from PySide6.QtCore import QObject, QSize, Signal

from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.ports import Analysis
from simpsons_play.window.playback.tempo import MIN_AUDIBLE_SPEED

_LONG_SEEK_S = 30.0
"""Seeks from this length on go further than one picture."""

_MIN_SPEED, _MAX_SPEED = 0.1, 8.0


class Transport(QObject):
    """Controls the current playback, and resets the analysis before each jump in time.

    Attributes:
        frame: Signal(Frame): Show this frame, at `playback.due_s`.
        blanked: Signal(): Show no picture for now.
        ended: Signal(): The last frame has been shown.
        failed: Signal(Exception): Playback has stopped with this error.
        changed: Signal(): Something that the status line shows has changed.
        message: Signal(str): One line to show to the user for a few seconds.
        seeked: Signal(): The user has gone to another time.
    """

    frame = Signal(object)
    blanked = Signal()
    ended = Signal()
    failed = Signal(object)
    changed = Signal()
    message = Signal(str)
    seeked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analysis: Analysis | None = None
        self._playback: Playback | None = None
        self._volume, self._muted, self._speed = 1.0, False, 1.0
        self._loops_left = 0.0
        self._size = QSize()

    @property
    def playback(self) -> Playback | None:
        """The current playback."""
        return self._playback

    def prepare(self, analysis: Analysis, *, loops: int) -> None:
        """Stop the current source and prepare for another one; speed and volume stay.

        Args:
            analysis: Analyses the frames of the next source.
            loops: How many times to play it; 0 loops forever.
        """
        self.stop()
        self._analysis = analysis
        if self._loops_left != inf:  # a user who loops one source forever wants the same for the next one
            self._loops_left = loops - 1 if loops else inf

    @property
    def looping(self) -> bool:
        """Whether it starts over at the end."""
        return self._loops_left > 0

    @property
    def muted(self) -> bool:
        """Whether the sound is muted."""
        return self._muted

    @property
    def volume(self) -> float:
        """The perceived loudness, 0-1."""
        return self._volume

    @property
    def speed(self) -> float:
        """The playback speed; 1 is normal."""
        return self._speed

    @property
    def stopped_state(self) -> str:
        """`ended`, `paused`, or empty while it plays."""
        if self._playback is None:
            return "paused"
        return "ended" if self._playback.at_end else "" if self._playback.playing else "paused"

    @property
    def state(self) -> str:
        """State for the status line, such as `loop · 1.5x · muted · paused`; empty in normal playback."""
        if self._playback is None:
            return ""
        muted = "muted" if self._muted and self._playback.has_sound else ""
        speed = "" if self._speed == 1 else f"{self._speed:.3g}x"
        looping = "loop" if self._loops_left else ""
        return " · ".join(part for part in (looping, speed, muted, self.stopped_state) if part)

    def set_playback(self, playback: Playback, *, paused: bool = False) -> None:
        """Stop the current playback, take ownership of this one, and play it or show its first frame."""
        self.stop()
        playback.setParent(self)
        self._playback = playback
        playback.frame.connect(self.frame)
        playback.blanked.connect(self.blanked)
        playback.ended.connect(self._on_ended)
        playback.failed.connect(self.failed)
        playback.changed.connect(self.changed)
        playback.warning.connect(self.message)
        playback.set_volume(self._volume, muted=self._muted)
        playback.set_speed(self._speed)
        playback.set_display_size(self._size)
        if paused:
            playback.pause()
        else:
            playback.play()

    def set_display_size(self, size: QSize) -> None:
        """Set the size available on screen, in physical pixels."""
        self._size = size
        if self._playback is not None:
            self._playback.set_display_size(size)

    def stop(self) -> None:
        """Stop and release the current playback."""
        if self._playback is not None:
            self._playback.stop()
            self._playback.deleteLater()
            self._playback = None

    def toggle_pause(self) -> None:
        """Pause or play; start over at the end."""
        if self._playback is None:
            return
        if self._playback.playing:
            self._playback.pause()
        else:
            if self._playback.at_end:
                self._reset_analysis()
            self._playback.play()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause inside the block, such as while a dialog is open."""
        playback = self._playback
        was_playing = playback is not None and playback.playing
        if playback is not None and was_playing:
            playback.pause()
        try:
            yield
        finally:
            if playback is not None and was_playing and playback is self._playback:
                playback.play()

    def seek_by(self, seconds: float) -> None:
        """Go forward by some seconds, or back if negative; of pictures, by one, or by ten for a minute."""
        if self._playback is None:
            return
        if self._playback.pictures:
            self.step_picture((1 if abs(seconds) < _LONG_SEEK_S else 10) * (1 if seconds > 0 else -1))
        else:
            self.seek_to(self._playback.position_s + seconds)

    def step_picture(self, step: int) -> bool:
        """Go to another picture, and say so if there is none.

        Args:
            step: By how many pictures; back if negative.

        Returns:
            Whether there is one, so that the picture changes.
        """
        playback = self._playback
        if playback is None or not playback.pictures:
            return False
        number = min(max(playback.picture_number + step, 1), playback.pictures)
        if number == playback.picture_number:
            return False
        self.seek_to((number - 1) / playback.pictures * (playback.video_end_s or 0.0))
        return True

    def seek_to(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source."""
        if self._playback is not None and self._playback.can_seek:
            self._reset_analysis()
            self._playback.seek(time_s)
            self.seeked.emit()

    def step(self, frames: float) -> None:
        """Pause and go forward by a number of frames, or backward if negative."""
        if self._playback is not None and self._playback.pictures:
            self.step_picture(int(frames))
        elif self._playback is not None and self._playback.can_seek:
            if frames != 1:
                self._reset_analysis()
            self._playback.step(int(frames))

    def set_volume(self, volume: float) -> None:
        """Set the volume, 0-1, and unmute the sound."""
        self._volume, self._muted = min(max(volume, 0.0), 1.0), False
        self._apply_volume(f"Volume {self._volume:.0%}")

    def change_volume(self, change: float) -> None:
        """Change the volume, of which the maximum is 1; quieter if negative."""
        self.set_volume(self._volume + change)

    def change_speed(self, factor: float) -> None:
        """Multiply the speed by a factor; 0 restores normal speed."""
        self.set_speed(self._speed * factor if factor else 1.0)

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal."""
        self._speed = min(max(speed, _MIN_SPEED), _MAX_SPEED)
        if abs(self._speed - 1) < 0.01:
            self._speed = 1.0  # undo rounding: slower and faster as often cancel each other out
        if self._playback is not None:
            self._playback.set_speed(self._speed)
        has_sound = self._playback is not None and self._playback.has_sound
        note = ", too slow for sound" if has_sound and self._speed < MIN_AUDIBLE_SPEED else ""
        self.message.emit(f"Speed {self._speed:.3g}x{note}")
        self.changed.emit()

    def toggle_loop(self) -> None:
        """Start over at the end, or stop there."""
        self._loops_left = 0 if self._loops_left else inf
        self.message.emit("Loop on" if self._loops_left else "Loop off")

    def next_sound(self) -> None:
        """Switch to the next sound stream, cyclically."""
        streams = self._playback.sound_streams if self._playback is not None else ()
        if self._playback is None or not streams:
            self.message.emit("No sound")
        else:
            self.set_sound_stream((self._playback.sound_stream + 1) % len(streams))

    def set_sound_stream(self, number: int) -> None:
        """Switch to a sound stream, by its index."""
        if self._playback is not None and number < len(self._playback.sound_streams):
            self._playback.set_sound_stream(number)
            self.message.emit(f"Sound stream {self._playback.sound_streams[number]}")

    def toggle_mute(self) -> None:
        """Mute or unmute the sound."""
        self._muted = not self._muted
        self._apply_volume("Muted" if self._muted else "Unmuted")

    def _on_ended(self) -> None:
        if self._loops_left and self._playback is not None and self._playback.can_seek:
            self._loops_left -= 1
            self._reset_analysis()
            self._playback.play()
        else:
            self.ended.emit()

    def _reset_analysis(self) -> None:
        if self._analysis is not None:
            self._analysis.reset()

    def _apply_volume(self, message: str) -> None:
        if self._playback is None or not self._playback.has_sound:
            self.message.emit("No sound")
        else:
            self._playback.set_volume(self._volume, muted=self._muted)
            self.message.emit(message)
        self.changed.emit()
