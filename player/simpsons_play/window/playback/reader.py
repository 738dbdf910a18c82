"""Reads a source in a thread and hands over each frame shortly before it is due. Does not depend on Qt.

Opening, seeking, decoding and waiting for a camera take longer than the window may block. The threads of the
analysis pipeline cannot do this: they read a source from one end to the other, as fast as possible.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source, SourceInfo
from simpsons_play.window.playback.clock import Clock
from simpsons_play.window.playback.frame_scheduler import FrameScheduler
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.seek import OpenedSource, check_start, open_at

_CONNECT_TIMEOUT_S = 0.2
"""How long to wait, when stopping, for a source that is still connecting."""

_UNKNOWN_FRAME_S = 1.0
"""Assumed duration of a frame if the rate is unknown: still pictures are shown for a second."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Callbacks of a `Reader`, called from its thread. Seek numbers tell which seek they belong to.

    Attributes:
        opened: The source was opened at this time, in seconds; its `duration_s` counts from there.
        upcoming: This frame will be shown soon.
        frame: Show this frame when it is due, which is now or soon; with the seek number.
        blanked: There is no picture at this time yet; with the seek number.
        ended: The last frame has been shown for its full duration and the sound has finished; with the seek
            number.
        warning: The source reports a problem, or nothing can be read at the requested time.
        failed: Reading has stopped with this error.
    """

    opened: Callable[[SourceInfo, float], None]
    upcoming: Callable[[Frame], None]
    frame: Callable[[Frame, int], None]
    blanked: Callable[[int], None]
    ended: Callable[[int], None]
    warning: Callable[[str], None]
    failed: Callable[[BaseException], None]


@dataclass(frozen=True, slots=True)
class _Target:
    """Where to go.

    Attributes:
        time_s: The frame on screen at this time, in seconds.
        number: Seek number.
        back: If not 0, this many frames before the one that begins at `time_s`.
    """

    time_s: float
    number: int
    back: int = 0


class Reader(threading.Thread):
    """Reads a source at the pace of a clock; live sources as frames arrive.

    After the start and after each seek, the first frame is the one on screen at that time; it is shown even
    while paused. If reading is too slow, late frames are dropped when there is sound; otherwise playback
    slows down and shows every frame. A seek to where nothing can be read ends with a warning, so that the
    user can go elsewhere.

    Args:
        open_frames: Opens the source.
        listener: Receives the frames.
        clock: Says when frames are due; the reader moves it with each seek and stops it at the end.
        start_s: Where to start, in seconds.
        end_s: Where to end, in seconds.
    """

    def __init__(
        self,
        open_frames: OpenFrames,
        listener: Listener,
        clock: Clock,
        *,
        start_s: float = 0.0,
        end_s: float | None = None,
    ) -> None:
        super().__init__(name="read", daemon=True)  # a camera that hangs must not keep the process alive
        self._open_frames, self._listener, self._clock, self._end_s = open_frames, listener, clock, end_s
        self._wake = threading.Condition()
        self._scheduler = FrameScheduler(clock, self._wake, self._interrupted)
        self._target: _Target | None = _Target(start_s, 0)
        self._number = 0
        self._stopped = False
        self._frame_s = _UNKNOWN_FRAME_S
        self._source: Source | None = None
        self._video_end_s = inf  # until the source is open

    @property
    def dropped(self) -> int:
        """Number of frames dropped because they were late."""
        return self._scheduler.dropped

    def set_playing(self, playing: bool) -> None:
        """Play or pause."""
        self._scheduler.set_playing(playing)

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal."""
        self._clock.set_speed(speed)
        with self._wake:
            self._wake.notify()

    def seek(self, time_s: float, *, back: int = 0) -> int:
        """Go elsewhere.

        Args:
            time_s: In seconds.
            back: If not 0, go to this many frames before the one that begins at `time_s`.

        Returns:
            The seek number of all frames read from there.
        """
        with self._wake:
            self._number += 1
            self._target = _Target(time_s, self._number, back)
            self._scheduler.expect_seek()
            self._wake.notify()
            return self._number

    def step(self) -> None:
        """Show one more frame while paused."""
        self._scheduler.step()

    def stop(self, timeout_s: float) -> None:
        """Stop; wait up to `timeout_s` for the source to close, less if it is still connecting."""
        with self._wake:
            self._stopped = True
            source = self._source
            self._wake.notify()
        self._clock.stop()
        if source is not None:
            source.interrupt()
        if self.is_alive():
            self.join(timeout_s if source is not None else min(timeout_s, _CONNECT_TIMEOUT_S))

    def run(self) -> None:
        """Until stopped: go to the target, play to the end, wait for the next target."""
        try:
            while True:
                with self._wake:
                    self._wake.wait_for(self._interrupted)
                    if self._stopped or self._target is None:
                        return
                    target, self._target = self._target, None
                    self._scheduler.restart(target.time_s, stepping_back=target.back > 0)
                if self._play_from(target):
                    self._scheduler.finish()
                    self._listener.ended(target.number)
        except Exception as error:  # the window reports it: nothing catches exceptions of a thread
            if not self._stopped:
                self._listener.failed(error)

    def _play_from(self, target: _Target) -> bool:
        """Play from a target; returns whether the end was reached rather than a seek or a stop."""
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(
                    open_at(
                        self._open_frames,
                        min(target.time_s, self._video_end_s),  # beyond it there is only sound
                        frame_s=self._frame_s,
                        cancelled=self._interrupted,
                        back=target.back,
                    )
                )
            except SourceError as error:
                if target.number == 0:
                    raise
                if self._interrupted():
                    return False
                self._listener.warning(str(error))
                return True
            info = opened.source.info
            with self._wake:
                self._source = opened.source
                if self._stopped:
                    return False
            stack.callback(self._forget_source)
            if target.number == 0:
                check_start(info, opened.start_s, target.time_s)
            self._video_end_s = inf if info.duration_s is None else opened.start_s + info.duration_s
            self._listener.opened(info, opened.start_s)
            self._frame_s = float(1 / info.rate) if info.rate else _UNKNOWN_FRAME_S
            return self._play(opened, target)

    def _forget_source(self) -> None:
        with self._wake:
            self._source = None

    def _interrupted(self) -> bool:
        """Whether there is a new target, or the reader has to stop."""
        return self._stopped or self._target is not None

    def _play(self, opened: OpenedSource, target: _Target) -> bool:
        """Show frames as they are due; returns whether the end was reached."""
        source, scheduler, reported = opened.source, self._scheduler, 0
        info, frame_s = source.info, float(1 / source.info.rate) if source.info.rate else 0.0
        last: Frame | None = None
        shown = True
        for frame in opened.frames:
            reported = self._report_warnings(source, reported)
            if self._end_s is not None and frame.time_s >= self._end_s:
                break
            if info.live:
                due = scheduler.accept_live()
            else:
                if last is None and scheduler.start(
                    frame.time_s, requested_s=target.time_s, stepping_back=target.back > 0
                ):
                    self._listener.blanked(target.number)
                if scheduler.is_worth_preparing(frame.time_s, frame_s):
                    self._listener.upcoming(frame)
                due = scheduler.wait_due(frame.time_s, frame_s, first=last is None)
            if due is None:
                return False
            if due:
                self._listener.frame(frame, target.number)
            last, shown = frame, due
        self._report_warnings(source, reported)
        if info.live or last is None:
            return not self._interrupted()
        if not shown:  # the last frame stays on screen, so show it however late it is
            self._listener.frame(last, target.number)
        end_s = last.time_s + frame_s
        return scheduler.wait_end(end_s if self._end_s is None else min(end_s, self._end_s))

    def _report_warnings(self, source: Source, reported: int) -> int:
        """Report new warnings of a source; returns how many it has."""
        for line in source.warnings[reported:]:
            self._listener.warning(line)
        return len(source.warnings)
