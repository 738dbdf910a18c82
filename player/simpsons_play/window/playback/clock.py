"""The media clock: the current media time, by the system clock or by the sound that is heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

_MAX_DRIFT_S = 0.1
"""At a larger difference the clock jumps to the audible time; at a smaller one it drifts towards it."""

_SMALL_DRIFT_S = 0.03
_CORRECTIONS = (0.1, 0.5)
"""Share of the difference corrected per report, below and above `_SMALL_DRIFT_S`. Reports arrive about a
hundred times a second. Devices report in steps of several milliseconds: small corrections keep the frame
intervals even, large ones keep the picture from running ahead of a device that stalls."""

_POLL_S = 0.01
"""How often to look again at a clock that is stopped."""


class Clock(Protocol):
    """Tells the reader when frames are due. The reader starts, stops and moves it. Thread-safe."""

    def seek(self, time_s: float, *, playing: bool) -> None:
        """Stop at a time, in seconds; `playing` announces that `start` follows soon."""
        ...

    def start(self) -> None:
        """Run from the current time."""
        ...

    def pause(self) -> None:
        """Stop at the current time."""
        ...

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal."""
        ...

    @property
    def speed(self) -> float:
        """The playback speed; 1 is normal."""
        ...

    def now(self) -> float:
        """The current media time, in seconds."""
        ...

    def wait_s(self, time_s: float, *, lead_s: float = 0.0) -> float:
        """Seconds to wait before checking a media time again; 0 or negative once it has been reached.

        While the clock runs, it counts as reached `lead_s` seconds of real time before.
        """
        ...

    def late_s(self, time_s: float) -> float:
        """Seconds of real time since a media time was reached; negative before that."""
        ...

    @property
    def drops_late_frames(self) -> bool:
        """Whether late frames are dropped; otherwise the clock waits for them."""
        ...

    @property
    def finished(self) -> bool:
        """Whether there is no more sound to play."""
        ...

    def set_back(self, time_s: float) -> None:
        """Go back to the time of a late frame, unless late frames are dropped."""
        ...

    def stop(self) -> None:
        """Release all resources."""
        ...


class WallClock:
    """A `Clock` that follows the system clock and can be synchronised to sound.

    Args:
        wall: Monotonic clock, in seconds.
    """

    def __init__(self, *, wall: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._media_s, self._speed = 0.0, 1.0
        self._started_s: float | None = None  # by `wall`; in the future while it waits for sound

    @property
    def drops_late_frames(self) -> bool:
        """False: without sound, a machine that is too slow plays every frame, only slower."""
        return False

    @property
    def finished(self) -> bool:
        """True: there is no sound."""
        return True

    @property
    def waiting_for_sound(self) -> bool:
        """Whether it has been started and waits for the first sound."""
        with self._lock:
            return self._started_s is not None and self._started_s > self._wall()

    def seek(self, time_s: float, *, playing: bool = False) -> None:
        """Stop at a time, in seconds."""
        with self._lock:
            self._media_s, self._started_s = time_s, None

    def start(self, *, wait_s: float = 0.0) -> None:
        """Run from the current time: at the first `sync`, or after `wait_s` seconds."""
        with self._lock:
            if self._started_s is None:
                self._started_s = self._wall() + wait_s

    def stop_waiting(self) -> None:
        """Run now, without waiting for sound."""
        with self._lock:
            if self._started_s is not None:
                self._started_s = min(self._started_s, self._wall())

    def pause(self) -> None:
        """Stop at the current time."""
        with self._lock:
            self._media_s, self._started_s = self._now(), None

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal."""
        with self._lock:
            self._set_now(self._now())
            self._speed = speed

    @property
    def speed(self) -> float:
        """The playback speed; 1 is normal."""
        return self._speed

    def sync(self, time_s: float, *, speed: float) -> None:
        """Follow the sound: `time_s` is audible now and the sound plays at this speed."""
        with self._lock:
            if self._started_s is None:
                return
            now_s = self._now()
            difference_s = time_s - now_s
            waiting = self._started_s > self._wall()
            drift_s = abs(difference_s) / max(1.0, speed)
            jump = waiting or drift_s > _MAX_DRIFT_S
            correction = _CORRECTIONS[drift_s > _SMALL_DRIFT_S]
            self._media_s = time_s if jump else now_s + difference_s * correction
            self._started_s, self._speed = self._wall(), speed

    def now(self) -> float:
        """The current media time, in seconds."""
        with self._lock:
            return self._now()

    def late_s(self, time_s: float) -> float:
        """Seconds of real time since a media time was reached; negative before that."""
        with self._lock:
            return (self._now() - time_s) / self._speed

    def wait_s(self, time_s: float, *, lead_s: float = 0.0) -> float:
        """Seconds to wait before checking a media time again; 0 or negative once it has been reached."""
        with self._lock:
            wait_s = (time_s - self._now()) / self._speed
            if self._started_s is not None and self._started_s <= self._wall():
                return wait_s - lead_s
            return wait_s if wait_s <= 0 else _POLL_S

    def set_back(self, time_s: float) -> None:
        """Go back to the time of a late frame."""
        with self._lock:
            self._set_now(time_s)

    def stop(self) -> None:
        """Do nothing: there are no resources to release."""

    def _now(self) -> float:
        if self._started_s is None:
            return self._media_s
        return self._media_s + max(0.0, self._wall() - self._started_s) * self._speed

    def _set_now(self, time_s: float) -> None:
        self._media_s = time_s
        if self._started_s is not None:
            self._started_s = max(self._started_s, self._wall())
