"""Which moment of the media it is now: by the clock on the wall, or by the sound that is heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

_APART_S = 0.1
"""Farther apart, the clock jumps to what is heard; nearer, it drifts there."""

_NEAR_S = 0.03
_SHARES = (0.1, 0.5)
"""How much of the distance to what is heard is made up for with each report, some hundred times a second;
more of it from `_NEAR_S` on. Devices report in steps of several milliseconds. Pictures are to come evenly,
but must not run ahead of a device that stumbles."""

_LOOK_S = 0.01
"""A clock that stands still is looked at again after so long."""


class Pace(Protocol):
    """Says when frames are due; told by the reader where it goes. May be called from any thread."""

    def go(self, time_s: float, *, playing: bool) -> None:
        """Stand still at a time, in seconds; `playing` says that `start` follows soon."""
        ...

    def start(self) -> None:
        """Go on from there."""
        ...

    def hold(self) -> None:
        """Stand still."""
        ...

    def set_speed(self, speed: float) -> None:
        """Run so many times as fast as the wall's."""
        ...

    def now(self) -> float:
        """The moment of the media, in seconds."""
        ...

    def wait_s(self, time_s: float) -> float:
        """How long to wait before asking again whether a time has come; 0 or less where it has."""
        ...

    def late_s(self, time_s: float) -> float:
        """For how long, on the wall's clock, a time has passed; negative where it is to come."""
        ...

    @property
    def leads(self) -> bool:
        """Whether it does not wait for late frames: they are dropped instead."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more is to be heard."""
        ...

    def slip(self, time_s: float) -> None:
        """It is only this late: where nothing leads, the clock waits for frames that come too late."""
        ...

    def stop(self) -> None:
        """Let go of everything."""
        ...


class PlayClock:
    """A `Pace` by the wall's clock, which somebody who knows better may correct.

    Args:
        wall: seconds; never goes back.
    """

    def __init__(self, *, wall: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._at_s, self._speed = 0.0, 1.0
        self._since_s: float | None = None  # None while it stands still

    @property
    def leads(self) -> bool:
        """Pictures without sound play slower where the machine is too slow."""
        return False

    @property
    def over(self) -> bool:
        """There is nothing to be heard."""
        return True

    @property
    def speed(self) -> float:
        """How many times as fast as the wall's."""
        return self._speed

    @property
    def waits(self) -> bool:
        """Whether it has started, and waits for what is heard."""
        with self._lock:
            return self._since_s is not None and self._since_s > self._wall()

    def go(self, time_s: float, *, playing: bool = False) -> None:
        """Stand still at a time, in seconds."""
        with self._lock:
            self._at_s, self._since_s = time_s, None

    def start(self, *, wait_s: float = 0.0) -> None:
        """Go on from there; with `wait_s` only after so long, or when `heard` is told before."""
        with self._lock:
            if self._since_s is None:
                self._since_s = self._wall() + wait_s

    def release(self) -> None:
        """Wait no longer for what is heard."""
        with self._lock:
            if self._since_s is not None:
                self._since_s = min(self._since_s, self._wall())

    def hold(self) -> None:
        """Stand still."""
        with self._lock:
            self._at_s, self._since_s = self._now(), None

    def set_speed(self, speed: float) -> None:
        """Run so many times as fast as the wall's."""
        with self._lock:
            self._set(self._now())
            self._speed = speed

    def heard(self, time_s: float, *, speed: float) -> None:
        """This moment is heard now, and the sound goes on so fast."""
        with self._lock:
            if self._since_s is None:
                return
            now_s = self._now()
            apart_s = time_s - now_s
            waits = self._since_s > self._wall()
            apart_by = abs(apart_s) / max(1.0, speed)
            jumps = waits or apart_by > _APART_S
            self._at_s = time_s if jumps else now_s + apart_s * _SHARES[apart_by > _NEAR_S]
            self._since_s, self._speed = self._wall(), speed

    def now(self) -> float:
        """The moment of the media, in seconds."""
        with self._lock:
            return self._now()

    def late_s(self, time_s: float) -> float:
        """For how long, on the wall's clock, a time has passed; negative where it is to come."""
        with self._lock:
            return (self._now() - time_s) / self._speed

    def wait_s(self, time_s: float) -> float:
        """How long to wait before asking again whether a time has come; 0 or less where it has."""
        with self._lock:
            wait_s = (time_s - self._now()) / self._speed
            runs = self._since_s is not None and self._since_s <= self._wall()
            return wait_s if runs or wait_s <= 0 else _LOOK_S

    def slip(self, time_s: float) -> None:
        """It is only this late."""
        with self._lock:
            self._set(time_s)

    def stop(self) -> None:
        """There is nothing to let go of."""

    def _now(self) -> float:
        if self._since_s is None:
            return self._at_s
        return self._at_s + max(0.0, self._wall() - self._since_s) * self._speed

    def _set(self, time_s: float) -> None:
        self._at_s = time_s
        if self._since_s is not None:
            self._since_s = max(self._since_s, self._wall())
