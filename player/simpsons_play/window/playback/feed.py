"""What shows frames at their time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal

# A seek to the very end would end at once: stop a little short of it.
_BEFORE_END_S = 0.25


class Feed(QObject):
    """Gives frames when they are due. Lives in the thread of the window, as do all its signals.

    Attributes:
        frame: Signal(Frame): show this one now.
        blank: Signal(): show nothing: the first picture comes later.
        ended: Signal(): the last frame was shown for as long as it lasts.
        failed: Signal(Exception): it cannot go on; what was wrong.
        warned: Signal(str): one line the user should know; it goes on.
        changed: Signal(): one of the properties below has changed.
    """

    frame = Signal(object)
    blank = Signal()
    ended = Signal()
    failed = Signal(object)
    warned = Signal(str)
    changed = Signal()

    def __init__(self, *, start_s: float, duration_s: float | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        if start_s < 0:
            raise ValueError(f"start_s must be 0 or more, not {start_s}")
        self._start_s = start_s
        self._limit_s = None if duration_s is None else start_s + duration_s
        self._position_s = start_s
        self._known_s: float | None = None
        self._at_end = False
        self._dropped = 0

    @property
    def duration_s(self) -> float | None:
        """Seconds from the start of the source to the end of what is played; None where nobody knows."""
        return self._limited(self._known_s)

    @property
    def pictures_s(self) -> float | None:
        """The same to the end of the pictures, which sound may outlast."""
        return self._limited(self._known_s)

    @property
    def position_s(self) -> float:
        """Seconds from the start of the source: of the frame that is shown, or of the one that was sought."""
        return self._position_s

    @property
    def at_end(self) -> bool:
        """Whether the last frame was shown; `play` then starts anew."""
        return self._at_end

    @property
    def dropped(self) -> int:
        """Frames that were due and never shown, because the window had no time for them."""
        return self._dropped

    @property
    def can_seek(self) -> bool:
        """Whether `seek` and `step` do anything."""
        return False

    @property
    def has_sound(self) -> bool:
        """Whether something is to be heard when it plays."""
        return False

    @property
    def pixel_aspect(self) -> float:
        """Width of a pixel of its frames over its height."""
        return 1.0

    @property
    def playing(self) -> bool:
        """Whether frames come."""
        return False

    def play(self) -> None:
        """Go on; from the start where the end was reached."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stay on this frame."""
        raise NotImplementedError

    def seek(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source; playing or paused as before."""
        raise NotImplementedError

    def step(self, frames: int) -> None:
        """Pause, and go so many frames forward, or backward where negative."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let go of everything. No signal comes afterwards."""
        raise NotImplementedError

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard (not as amplitude). Without sound it does nothing."""

    def next_sound(self) -> str:
        """Play the next sound stream, after the last one the first; says which, or nothing without sound."""
        return ""

    def set_speed(self, speed: float) -> None:
        """How fast it plays, 1 as it should. What comes when it comes stays as it is."""

    def set_room(self, room: QSize) -> None:
        """There are so many pixels of the screen for a frame: it may be scaled before it is due."""

    def _limited(self, end_s: float | None) -> float | None:
        return min((end for end in (end_s, self._limit_s) if end is not None), default=None)

    def _inside(self, time_s: float) -> float:
        """A time that can be sought."""
        end = self.duration_s
        if end is not None:
            time_s = min(time_s, end - _BEFORE_END_S)
        return max(time_s, 0.0)
