"""The interface of what plays one source: frames when they are due, with its sound."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal

_END_MARGIN_S = 0.25
"""Seeks stop this far before the end: at the very end, playback would end immediately."""


class Playback(QObject):
    """Plays one source. Lives in the window's thread and emits all its signals there.

    Attributes:
        frame: Signal(Frame): Show this frame, at `due_s`.
        blanked: Signal(): Show no picture; the first one is due later.
        ended: Signal(): The last frame has been shown for its full duration.
        failed: Signal(Exception): Playback has stopped with this error.
        warning: Signal(str): One line for the user; playback goes on.
        changed: Signal(): One of the properties below has changed.
    """

    frame = Signal(object)
    blanked = Signal()
    ended = Signal()
    failed = Signal(object)
    warning = Signal(str)
    changed = Signal()

    def __init__(self, *, start_s: float, duration_s: float | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        if start_s < 0:
            raise ValueError(f"start_s must be 0 or more, not {start_s}")
        self._start_s = start_s
        self._limit_s = None if duration_s is None else start_s + duration_s
        self._position_s = start_s
        self._known_end_s: float | None = None
        self._at_end = False

    @property
    def duration_s(self) -> float | None:
        """End of playback in seconds from the start of the source; None if unknown."""
        return self._limited(self._known_end_s)

    @property
    def video_end_s(self) -> float | None:
        """End of the video in seconds from the start of the source; the sound may be longer."""
        return self._limited(self._known_end_s)

    @property
    def position_s(self) -> float:
        """Time of the current frame, or of the last seek, in seconds from the start of the source."""
        return self._position_s

    @property
    def due_s(self) -> float:
        """When to paint the current frame, by `time.monotonic()`; at most some milliseconds from now."""
        return 0.0

    @property
    def at_end(self) -> bool:
        """Whether the last frame has been shown; `play` then starts over."""
        return self._at_end

    @property
    def dropped(self) -> int:
        """Frames that were due and never shown because the window was busy."""
        return 0

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` have any effect."""
        return False

    @property
    def has_sound(self) -> bool:
        """Whether there is sound to hear."""
        return False

    @property
    def pictures(self) -> int:
        """How many pictures the source has if it is a folder of pictures or a single one; otherwise 0."""
        return 0

    @property
    def picture_number(self) -> int:
        """The number of the picture on screen, from 1."""
        return 0

    @property
    def picture_name(self) -> str:
        """File name of the picture on screen; empty for videos."""
        return ""

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel over its height."""
        return 1.0

    @property
    def playing(self) -> bool:
        """Whether it is playing rather than paused or at the end."""
        return False

    def play(self) -> None:
        """Play; from the start once the end has been reached."""
        raise NotImplementedError

    def pause(self) -> None:
        """Pause on the current frame."""
        raise NotImplementedError

    def seek(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source; stays playing or paused."""
        raise NotImplementedError

    def step(self, frames: int) -> None:
        """Pause and go forward by a number of frames, or backward if negative."""
        raise NotImplementedError

    def stop(self) -> None:
        """Release the source and the sound device. No signal is emitted afterwards."""
        raise NotImplementedError

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness (not the amplitude), 0-1; does nothing without sound."""

    @property
    def sound_streams(self) -> tuple[str, ...]:
        """Descriptions of the sound streams, such as `2: English, commentary`; empty without sound."""
        return ()

    @property
    def sound_stream(self) -> int:
        """Index of the current sound stream."""
        return 0

    def set_sound_stream(self, number: int) -> None:
        """Switch to another sound stream; does nothing without sound."""

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal. Live sources ignore it."""

    def set_display_size(self, size: QSize) -> None:
        """Set the size available on screen, in physical pixels, so that frames can be scaled early."""

    def _limited(self, end_s: float | None) -> float | None:
        return min((end for end in (end_s, self._limit_s) if end is not None), default=None)

    def _clamped(self, time_s: float) -> float:
        """The nearest time that can be sought."""
        end = self.duration_s
        if end is not None:
            time_s = min(time_s, end - _END_MARGIN_S)
        return max(time_s, 0.0)
