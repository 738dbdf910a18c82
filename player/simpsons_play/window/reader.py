"""Reads a source in a thread and hands each frame over when it is due. Knows nothing of Qt.

The window has a thread of its own for this because opening, seeking, decoding and waiting for a camera take
longer than a window may stand still, and because it plays by a clock and goes where the user points; the
threads of the pipeline read as fast as they can, from one end to the other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from simpsons_play.errors import SourceError
from simpsons_play.types import Frame, Source, SourceInfo
from simpsons_play.window.on_screen import Opened, open_on_screen
from simpsons_play.window.ports import OpenFrames

# Later than this, the clock waits for the reader instead of rushing after what was missed.
_LATE_S = 0.25
# What is still connecting is left to itself after so long.
_CONNECT_S = 0.2
# How long a frame may last where no rate is known yet: pictures are shown for a second.
_UNKNOWN_FRAME_S = 1.0


@dataclass(frozen=True, slots=True)
class Listener:
    """What a `Reader` calls, from its own thread. The number is that of the seek the news belongs to.

    Attributes:
        opened: the source was opened at this time, in seconds; what it says it lasts counts from there.
        frame: show this one now.
        ended: the last frame has been shown for as long as it lasts.
        warned: the source has something to say, or nothing can be read where the user wants to go.
        failed: reading has ended with this error.
    """

    opened: Callable[[SourceInfo, float], None]
    frame: Callable[[Frame, int], None]
    ended: Callable[[int], None]
    warned: Callable[[str], None]
    failed: Callable[[BaseException], None]


class Reader(threading.Thread):
    """Reads a source at its own speed; live sources as they come.

    After the start and after each seek, the first frame is the one that is on screen at that time; it is
    shown even while paused. Where it cannot keep up, it plays slower and leaves nothing out. A seek to where
    nothing can be read ends there, with a warning, so that the user can go elsewhere.
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
        self._speed = 1.0
        self._frame_s = _UNKNOWN_FRAME_S
        self._source: Source | None = None

    def set_playing(self, playing: bool) -> None:
        """Go on, or hold."""
        with self._wake:
            self._playing = playing
            self._anchor = None
            self._wake.notify()

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast as the source says, from the next frame on."""
        with self._wake:
            self._speed = speed
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
        """End; waits for at most `timeout_s`, as a camera may take its time, but not for what connects."""
        with self._wake:
            self._stopped = True
            source = self._source
            self._wake.notify()
        if source is not None:
            source.interrupt()
        if self.is_alive():
            self.join(timeout_s if source is not None else min(timeout_s, _CONNECT_S))

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
                if self._go(target, number):
                    self._listener.ended(number)
        except Exception as error:  # a thread has nobody to raise to: the window does it
            if not self._stopped:
                self._listener.failed(error)

    def _go(self, target_s: float, number: int) -> bool:
        """Play from a time on; whether the end was reached, and not a seek or a stop."""
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(
                    open_on_screen(
                        self._open_frames, target_s, frame_s=self._frame_s, given_up=self._called_away
                    )
                )
            except SourceError as error:
                if number == 0:
                    raise
                if self._called_away():
                    return False
                self._listener.warned(str(error))
                return True
            info = opened.source.info
            with self._wake:
                self._source = opened.source
                if self._stopped:
                    return False
            stack.callback(self._forget_source)
            if number == 0:
                _refuse_beyond_end(info, opened.start_s, target_s)
            self._listener.opened(info, opened.start_s)
            self._frame_s = float(1 / info.rate) if info.rate else _UNKNOWN_FRAME_S
            return self._play(opened, target_s, number)

    def _forget_source(self) -> None:
        with self._wake:
            self._source = None

    def _called_away(self) -> bool:
        return self._stopped or self._target is not None

    def _play(self, opened: Opened, target_s: float, number: int) -> bool:
        """Show frames as they are due; whether the end was reached, and not a seek or a stop."""
        source, told = opened.source, 0
        info = source.info
        lasts_s = float(1 / info.rate) if info.rate else 0.0
        shown: Frame | None = None
        for frame in opened.frames:
            for line in source.warnings[told:]:
                self._listener.warned(line)
            told = len(source.warnings)
            if self._end_s is not None and frame.time_s >= self._end_s:
                break
            # The first frame has lasted for a while already where it began before the time that was sought.
            due = self._due_live() if info.live else self._due(max(frame.time_s, target_s))
            if due is None:
                return False
            if due:
                self._listener.frame(frame, number)
                shown = frame
        for line in source.warnings[told:]:
            self._listener.warned(line)
        if info.live or shown is None:
            return not self._called_away()
        return bool(self._due(shown.time_s + lasts_s, last=True))

    def _due_live(self) -> bool | None:
        """Whether to show a frame that has just come; None where reading must end."""
        with self._wake:
            if self._called_away():
                return None
            wanted = self._playing or self._show > 0
            self._show = 0
            return wanted

    def _due(self, time_s: float, *, last: bool = False) -> bool | None:
        """Wait until a frame is due; None where reading must end."""
        with self._wake:
            while True:
                if self._called_away():
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
                late_s = now - self._anchor[0] - (time_s - self._anchor[1]) / self._speed
                if late_s >= 0:
                    if late_s > _LATE_S:
                        self._anchor = (now, time_s)
                    return True
                self._wake.wait(-late_s)


def _refuse_beyond_end(info: SourceInfo, opened_s: float, start_s: float) -> None:
    """Raises SourceError where a source is over before it should begin."""
    if info.live or info.duration_s is None:
        return
    end_s = opened_s + info.duration_s
    if 0 < end_s <= start_s:
        raise SourceError(
            f"{info.name} lasts {end_s:g} s: there is nothing from {start_s:g} s on; start earlier"
        )
