"""Reads a source in a thread and hands each frame over when it is due. Knows nothing of Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from simpsons_play.types import Frame, Source, SourceInfo
from simpsons_play.window.ports import OpenFrames

# Later than this, the clock waits for the reader instead of rushing after what was missed.
_LATE_S = 0.25


@dataclass(frozen=True, slots=True)
class Listener:
    """What a `Reader` calls, from its own thread. The number is that of the seek the news belongs to.

    Attributes:
        opened: the source was opened at this time, in seconds.
        frame: show this one now.
        ended: the last frame has been shown for as long as it lasts.
        warned: the source has something to say.
        failed: reading has ended with this error.
    """

    opened: Callable[[SourceInfo, float], None]
    frame: Callable[[Frame, int], None]
    ended: Callable[[int], None]
    warned: Callable[[str], None]
    failed: Callable[[BaseException], None]


class Reader(threading.Thread):
    """Reads a source at its own speed; live sources as they come.

    It shows one frame after the start and after each seek even while paused. Where it cannot keep up, it
    plays slower and leaves nothing out.
    """

    def __init__(
        self, open_frames: OpenFrames, listener: Listener, *, start_s: float = 0.0, end_s: float | None = None
    ) -> None:
        super().__init__(name="read", daemon=True)  # a camera that hangs must not keep the process alive
        self._open_frames, self._listener, self._end_s = open_frames, listener, end_s
        self._wake = threading.Condition()
        self._target: float | None = start_s
        self._number = 0
        self._playing = self._stopped = False
        self._show = 1
        self._anchor: tuple[float, float] | None = None

    def set_playing(self, playing: bool) -> None:
        """Go on, or hold."""
        with self._wake:
            self._playing = playing
            self._anchor = None
            self._wake.notify()

    def seek(self, time_s: float) -> int:
        """Go elsewhere; returns the number that all that comes from there bears."""
        with self._wake:
            self._target = time_s
            self._number += 1
            self._wake.notify()
            return self._number

    def show_next(self) -> None:
        """Give one more frame while held."""
        with self._wake:
            self._show += 1
            self._wake.notify()

    def stop(self, timeout_s: float) -> None:
        """End; waits for at most `timeout_s`, as a camera may take its time."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self.is_alive():
            self.join(timeout_s)

    def run(self) -> None:
        """Until stopped: go where we are told, play to the end, wait to be told again."""
        try:
            while True:
                with self._wake:
                    self._wake.wait_for(lambda: self._stopped or self._target is not None)
                    if self._stopped or self._target is None:
                        return
                    target, self._target = self._target, None
                    number, self._anchor, self._show = self._number, None, 1
                with self._open_frames(target) as source:
                    if self._play(source, target, number):
                        self._listener.ended(number)
        except Exception as error:  # a thread has nobody to raise to: the window does it
            self._listener.failed(error)

    def _play(self, source: Source, target_s: float, number: int) -> bool:
        """Whether the end was reached, and not a seek or a stop."""
        info, told = source.info, 0
        self._listener.opened(info, target_s)
        lasts_s = float(1 / info.rate) if info.rate else 0.0
        shown: Frame | None = None
        for frame in source:
            for line in source.warnings[told:]:
                self._listener.warned(line)
            told = len(source.warnings)
            # Half a frame of tolerance: the time that was sought may be rounded.
            if not info.live and frame.time_s < target_s - lasts_s / 2:
                continue
            if self._end_s is not None and frame.time_s >= self._end_s:
                break
            due = self._due_live() if info.live else self._due(frame.time_s)
            if due is None:
                return False
            if due:
                self._listener.frame(frame, number)
                shown = frame
        for line in source.warnings[told:]:
            self._listener.warned(line)
        return bool(info.live or shown is None or self._due(shown.time_s + lasts_s, last=True))

    def _due_live(self) -> bool | None:
        """Whether to show a frame that has just come; None where reading must end."""
        with self._wake:
            if self._stopped or self._target is not None:
                return None
            wanted = self._playing or self._show > 0
            self._show = 0
            return wanted

    def _due(self, time_s: float, *, last: bool = False) -> bool | None:
        """Wait until a frame is due; None where reading must end."""
        with self._wake:
            while True:
                if self._stopped or self._target is not None:
                    return None
                now = time.monotonic()
                if self._show > 0:
                    self._show -= 1
                    self._anchor = (now, time_s) if self._playing else None
                    return True
                if not self._playing:
                    self._wake.wait()
                    continue
                if self._anchor is None:
                    # Nothing is shown before the last frame has had its time, unless we were held just now.
                    self._anchor = (now, time_s)
                    if not last:
                        return True
                late_s = now - self._anchor[0] - (time_s - self._anchor[1])
                if late_s >= 0:
                    if late_s > _LATE_S:
                        self._anchor = (now, time_s)
                    return True
                self._wake.wait(-late_s)
