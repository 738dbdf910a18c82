"""Decides when the reader shows each frame, and which late frames it drops. Does not depend on Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from simpsons_play.window.playback.clock import Clock

MAX_LEAD_S = 0.01
"""Frames are handed over at most this long before they are due, so that the window can draw them first and
paint them on time, however long that takes and however late its thread gets a processor. Without it, the
intervals between frames vary by some two milliseconds while the analysis runs."""

_LEAD = 1 / 3
"""At high frame rates and speeds it is this share of a frame's duration: the window needs the rest for other
things."""

_MAX_LATE_S = 0.25
"""Without sound, the clock is set back to frames later than this, so that playback does not rush to catch
up."""

_DROP_LATE_S = 0.04
"""With sound, frames later than this plus their own duration are dropped ..."""

_SHOW_EVERY_S = 0.25
"""... but one is shown at least this often: a slow picture is better than none."""

_GIVE_UP_S = 2.0
"""With frames later than this, even sound waits: the reader cannot catch up."""

_EARLY_S = 0.1
"""A first frame due this soon after the requested time is shown immediately."""

_SOUND_POLL_S = 0.02
"""How often to check whether the sound has finished."""


class FrameScheduler:
    """Holds frames back until they are due.

    Args:
        clock: The media clock.
        wake: Notified on every change; also guards the reader's state.
        interrupted: Whether the reader has to seek or stop; called with `wake` held.

    Attributes:
        playing: Whether frames are shown when due; if not, only on request.
        dropped: Number of frames dropped because they were late.
    """

    def __init__(self, clock: Clock, wake: threading.Condition, interrupted: Callable[[], bool]) -> None:
        self._clock, self._wake, self._interrupted = clock, wake, interrupted
        self._ready = False  # the first frame has been read, so the clock may run
        self._steps = 1  # frames to show regardless of the clock
        self._shown_at_s = 0.0
        self.playing = False
        self.dropped = 0

    def set_playing(self, playing: bool) -> None:
        """Play or pause."""
        with self._wake:
            self.playing = playing
            if not playing:
                self._clock.pause()
            elif self._ready:
                self._clock.start()
            self._wake.notify()

    def step(self) -> None:
        """Show one more frame while paused."""
        with self._wake:
            self._steps += 1
            self._wake.notify()

    def expect_seek(self) -> None:
        """Show the first frame after a seek even while paused; call with `wake` held."""
        self._steps = 1

    def restart(self, time_s: float, *, stepping_back: bool) -> None:
        """Move the clock to a time and stop it until `start`; call with `wake` held."""
        self._ready = False
        self._clock.seek(time_s, playing=self.playing and not stepping_back)

    def start(self, frame_s: float, *, requested_s: float, stepping_back: bool) -> bool:
        """Let the clock run: the first frame, at `frame_s`, has been read.

        Returns:
            Whether that frame is due later than the requested time, so that no picture belongs there.
        """
        with self._wake:
            if self._interrupted():
                return False
            blank = self.playing and not stepping_back and frame_s > requested_s + _EARLY_S
            if blank:
                self._steps = 0
            if stepping_back:
                self._clock.seek(frame_s, playing=self.playing)
            self._ready = True
            if self.playing:
                self._clock.start()
            return blank

    def finish(self) -> None:
        """Stop the clock at the end of the source."""
        with self._wake:
            self._ready = False
            self._clock.pause()

    def is_worth_preparing(self, time_s: float, duration_s: float) -> bool:
        """Whether a frame is not so late already that it will be dropped."""
        return self._clock.late_s(time_s) <= _DROP_LATE_S + duration_s

    def accept_live(self) -> bool | None:
        """Whether to show a frame that has just arrived; None if interrupted."""
        with self._wake:
            if self._interrupted():
                return None
            wanted = self.playing or self._steps > 0
            self._steps = 0
            return wanted

    def wait_due(self, time_s: float, duration_s: float, *, first: bool) -> bool | None:
        """Wait until a frame is due, or up to `MAX_LEAD_S` less.

        Args:
            time_s: Time of the frame, in seconds.
            duration_s: Its duration, in seconds.
            first: Whether it is the first frame after a seek.

        Returns:
            Whether to show it; None if interrupted.
        """
        with self._wake:
            while True:
                if self._interrupted():
                    return None
                if self._steps > 0:
                    self._steps -= 1
                    if not first and not self.playing and time_s > self._clock.now():
                        self._clock.seek(time_s, playing=False)
                    break
                if not self.playing:
                    self._wake.wait()
                    continue
                lead_s = min(MAX_LEAD_S, duration_s / self._clock.speed * _LEAD)
                wait_s = self._clock.wait_s(time_s, lead_s=lead_s)
                if wait_s > 0:
                    self._wake.wait(wait_s)
                    continue
                if not self._in_time(time_s, duration_s):
                    self.dropped += 1
                    return False
                break
            self._shown_at_s = time.monotonic()
            return True

    def wait_end(self, end_s: float) -> bool:
        """Wait until the media time is `end_s` and the sound has finished; False if interrupted."""
        with self._wake:
            while not self._interrupted():
                if not self.playing:
                    self._wake.wait()
                    continue
                wait_s = self._clock.wait_s(end_s)
                if wait_s <= 0 and self._clock.finished:
                    return True
                self._wake.wait(wait_s if wait_s > 0 else _SOUND_POLL_S)
            return False

    def _in_time(self, time_s: float, duration_s: float) -> bool:
        """Whether to show a frame that is due, rather than drop it."""
        late_s = self._clock.late_s(time_s)
        if not self._clock.drops_late_frames:
            if late_s > _MAX_LATE_S:
                self._clock.set_back(time_s)
            return True
        if late_s > _GIVE_UP_S:
            self._clock.seek(time_s, playing=True)
            self._clock.start()
            return True
        return late_s <= _DROP_LATE_S + duration_s or time.monotonic() - self._shown_at_s > _SHOW_EVERY_S
