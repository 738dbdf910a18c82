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
from math import inf

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source, SourceInfo
from simpsons_play.window.playback.pace import Pace
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.seek import Opened, open_on_screen

_LATE_S = 0.25
"""Later than this, a clock that nothing leads waits for the reader: nothing rushes after what was missed."""

_DROPPED_S = 0.04
"""Frames that come so late, and a frame's time, are dropped where sound leads ..."""

_SHOWN_EVERY_S = 0.25
"""... but not for longer than this: a slow show is better than none."""

_LOST_S = 2.0
"""Later than this, even sound waits for the reader: it will not catch up."""

_EARLY_S = 0.1
"""A first frame that begins so little after the time that was sought is shown at once."""

_CONNECT_S = 0.2
"""What is still connecting is left to itself after so long."""

_LOOK_S = 0.02
"""Whether the sound is over is asked so often."""

_UNKNOWN_FRAME_S = 1.0
"""How long a frame may last where no rate is known yet: pictures are shown for a second."""


@dataclass(frozen=True, slots=True)
class Listener:
    """What a `Reader` calls, from its own thread. The number is that of the seek the news belongs to.

    Attributes:
        opened: the source was opened at this time, in seconds; what it says it lasts counts from there.
        coming: this one is to be shown soon.
        frame: show this one now.
        blank: no picture belongs to this moment: the first one comes later.
        ended: the last frame has been shown for as long as it lasts, and the sound is over.
        warned: the source has something to say, or nothing can be read where the user wants to go.
        failed: reading has ended with this error.
    """

    opened: Callable[[SourceInfo, float], None]
    coming: Callable[[Frame], None]
    frame: Callable[[Frame, int], None]
    blank: Callable[[int], None]
    ended: Callable[[int], None]
    warned: Callable[[str], None]
    failed: Callable[[BaseException], None]


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to go: to the frame on screen at a time, or so many before the one that begins then."""

    time_s: float
    number: int
    back: int = 0


class Reader(threading.Thread):
    """Reads a source at the pace it is given; live sources as they come.

    After the start and after each seek, the first frame is the one that is on screen at that time; it is
    shown even while paused. Where it cannot keep up, late frames are dropped if sound leads; else it plays
    slower and leaves nothing out. A seek to where nothing can be read ends there, with a warning, so that the
    user can go elsewhere.

    Args:
        open_frames: opens the source.
        listener: told of frames.
        pace: says when frames are due; told where we go, and stopped with the reader.
        start_s: where to begin, in seconds.
        end_s: where to end, in seconds.
    """

    def __init__(
        self,
        open_frames: OpenFrames,
        listener: Listener,
        pace: Pace,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
    ) -> None:
        super().__init__(name="read", daemon=True)  # a camera that hangs must not keep the process alive
        self._open_frames, self._listener, self._pace, self._end_s = open_frames, listener, pace, end_s
        self._wake = threading.Condition()
        self._target: _Target | None = _Target(start_s, 0)
        self._number = 0
        self._playing = self._stopped = False
        self._begun = False  # the first frame is there, and the pace goes on when we play
        self._show = 1
        self._shown_at_s = 0.0
        self._frame_s = _UNKNOWN_FRAME_S
        self._source: Source | None = None
        self._pictures_s = inf  # until then
        self.dropped = 0

    def set_playing(self, playing: bool) -> None:
        """Go on, or hold."""
        with self._wake:
            self._playing = playing
            if not playing:
                self._pace.hold()
            elif self._begun:
                self._pace.start()
            self._wake.notify()

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast as the source says."""
        self._pace.set_speed(speed)
        with self._wake:
            self._wake.notify()

    def seek(self, time_s: float, *, back: int = 0) -> int:
        """Go elsewhere; returns the number that all that comes from there bears.

        Args:
            time_s: in seconds.
            back: to so many frames before the one that begins then.
        """
        with self._wake:
            self._number += 1
            self._target, self._show = _Target(time_s, self._number, back), 1
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
        self._pace.stop()
        if source is not None:
            source.interrupt()
        if self.is_alive():
            self.join(timeout_s if source is not None else min(timeout_s, _CONNECT_S))

    def run(self) -> None:
        """Until stopped: go where we are told, play to the end, wait to be told again."""
        try:
            while True:
                with self._wake:
                    self._wake.wait_for(self._called_away)
                    if self._stopped or self._target is None:
                        return
                    target, self._target = self._target, None
                    self._begun = False
                    self._pace.go(target.time_s, playing=self._playing and not target.back)
                if self._go(target):
                    with self._wake:
                        self._begun = False
                        self._pace.hold()
                    self._listener.ended(target.number)
        except Exception as error:  # a thread has nobody to raise to: the window does it
            if not self._stopped:
                self._listener.failed(error)

    def _go(self, target: _Target) -> bool:
        """Play from a time on; whether the end was reached, and not a seek or a stop."""
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(
                    open_on_screen(
                        self._open_frames,
                        min(target.time_s, self._pictures_s),  # sound may go on
                        frame_s=self._frame_s,
                        given_up=self._called_away,
                        back=target.back,
                    )
                )
            except SourceError as error:
                if target.number == 0:
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
            if target.number == 0:
                _refuse_beyond_end(info, opened.start_s, target.time_s)
            self._pictures_s = inf if info.duration_s is None else opened.start_s + info.duration_s
            self._listener.opened(info, opened.start_s)
            self._frame_s = float(1 / info.rate) if info.rate else _UNKNOWN_FRAME_S
            return self._play(opened, target)

    def _forget_source(self) -> None:
        with self._wake:
            self._source = None

    def _called_away(self) -> bool:
        return self._stopped or self._target is not None

    def _play(self, opened: Opened, target: _Target) -> bool:
        """Show frames as they are due; whether the end was reached, and not a seek or a stop."""
        source, told = opened.source, 0
        info = source.info
        lasts_s = float(1 / info.rate) if info.rate else 0.0
        last: Frame | None = None
        shown = True
        for frame in opened.frames:
            for line in source.warnings[told:]:
                self._listener.warned(line)
            told = len(source.warnings)
            if self._end_s is not None and frame.time_s >= self._end_s:
                break
            if last is None and not info.live:
                self._begin(frame, target)
            if not info.live and self._pace.late_s(frame.time_s) <= _DROPPED_S + lasts_s:
                self._listener.coming(frame)
            due = (
                self._due_live() if info.live else self._due(frame.time_s, lasts_s, stepped=last is not None)
            )
            if due is None:
                return False
            if due:
                self._listener.frame(frame, target.number)
            last, shown = frame, due
        for line in source.warnings[told:]:
            self._listener.warned(line)
        if info.live or last is None:
            return not self._called_away()
        if not shown:  # it stays on screen, however late it was
            self._listener.frame(last, target.number)
        end_s = last.time_s + lasts_s
        return self._wait_end(end_s if self._end_s is None else min(end_s, self._end_s))

    def _begin(self, frame: Frame, target: _Target) -> None:
        """The first frame of a source is there: the pace may go on."""
        with self._wake:
            if self._called_away():
                return
            if self._playing and not target.back and frame.time_s > target.time_s + _EARLY_S:
                self._show = 0
                self._listener.blank(target.number)
            if target.back:
                self._pace.go(frame.time_s, playing=self._playing)
            self._begun = True
            if self._playing:
                self._pace.start()

    def _due_live(self) -> bool | None:
        """Whether to show a frame that has just come; None where reading must end."""
        with self._wake:
            if self._called_away():
                return None
            wanted = self._playing or self._show > 0
            self._show = 0
            return wanted

    def _due(self, time_s: float, lasts_s: float, *, stepped: bool) -> bool | None:
        """Wait until a frame is due; whether to show it, or None where reading must end."""
        with self._wake:
            while True:
                if self._called_away():
                    return None
                if self._show > 0:
                    self._show -= 1
                    if stepped and not self._playing and time_s > self._pace.now():
                        self._pace.go(time_s, playing=False)
                    break
                if not self._playing:
                    self._wake.wait()
                    continue
                wait_s = self._pace.wait_s(time_s)
                if wait_s > 0:
                    self._wake.wait(wait_s)
                    continue
                if not self._in_time(time_s, lasts_s):
                    self.dropped += 1
                    return False
                break
            self._shown_at_s = time.monotonic()
            return True

    def _in_time(self, time_s: float, lasts_s: float) -> bool:
        """Whether a frame that is due is not so late that it is dropped."""
        late_s = self._pace.late_s(time_s)
        if not self._pace.leads:
            if late_s > _LATE_S:
                self._pace.slip(time_s)
            return True
        if late_s > _LOST_S:
            self._pace.go(time_s, playing=True)
            self._pace.start()
            return True
        return late_s <= _DROPPED_S + lasts_s or time.monotonic() - self._shown_at_s > _SHOWN_EVERY_S

    def _wait_end(self, end_s: float) -> bool:
        """Wait until the last frame has had its time and the sound is over; False if called away."""
        with self._wake:
            while not self._called_away():
                if not self._playing:
                    self._wake.wait()
                    continue
                wait_s = self._pace.wait_s(end_s)
                if wait_s <= 0 and self._pace.over:
                    return True
                self._wake.wait(wait_s if wait_s > 0 else _LOOK_S)
            return False


def _refuse_beyond_end(info: SourceInfo, opened_s: float, start_s: float) -> None:
    """Raises SourceError where a source is over before it should begin."""
    if info.live or info.duration_s is None:
        return
    end_s = opened_s + info.duration_s
    if 0 < end_s <= start_s:
        raise SourceError(
            f"{info.name} lasts {end_s:g} s: there is nothing from {start_s:g} s on; start earlier"
        )
