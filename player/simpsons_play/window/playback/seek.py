"""Opens a source at the frame that is on screen at a given time. Does not depend on Qt.

A source returns only frames that begin at or after its start time, while the frame on screen began earlier.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import ROUNDED_TIME_S, SAME_TIME_S, Frame, Source, SourceInfo
from simpsons_play.window.playback.ports import OpenFrames

_FURTHER_BACK_S = (10.0, 60.0)
"""How much earlier to open if a frame lasts unusually long or a damaged file ends early, in seconds."""


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """An open source and its frames.

    Attributes:
        source: Entered; read its frames from `frames`.
        start_s: Where it was opened; `source.info.duration_s` counts from there.
        frames: The frame on screen at the requested time, then the following ones. If no frame is on screen
            then, starts with the next one; empty if cancelled.
    """

    source: Source
    start_s: float
    frames: Iterator[Frame]


@contextmanager
def open_at(
    open_frames: OpenFrames, time_s: float, *, frame_s: float, cancelled: Callable[[], bool], back: int = 0
) -> Iterator[OpenedSource]:
    """Open a source at the frame that is on screen at `time_s`; a live source at its newest frame.

    With `back`, start that many frames before the one that begins at `time_s`, whatever their durations, or
    at the first frame.

    Args:
        open_frames: Opens the source; called again if it was not opened early enough.
        time_s: In seconds from the start of the source.
        frame_s: Typical duration of a frame, in seconds.
        cancelled: Whether the result is no longer needed; called between frames.
        back: Number of frames to go back.

    Raises:
        SourceError: The source cannot be opened, or nothing can be read there.
    """
    # Two frames: even at a constant rate, containers round frame times.
    near_s = (2 + back) * frame_s
    back_s = (near_s, *(further_s for further_s in _FURTHER_BACK_S if further_s > near_s))
    starts = list(dict.fromkeys(max(0.0, time_s - earlier_s) for earlier_s in back_s))
    for start_s in starts:
        with ExitStack() as stack:
            try:
                source = stack.enter_context(open_frames(start_s))
                lookback = _Lookback(frames=back)
                frames = _frames_from(source, time_s, cancelled, lookback)
                first = None if source.info.live else next(frames, None)
            except SourceError:
                if start_s == starts[-1] or cancelled():
                    raise
                continue
            if source.info.live or lookback.complete or start_s == starts[-1] or cancelled():
                yield OpenedSource(source, start_s, frames if first is None else chain([first], frames))
                return


def check_start(info: SourceInfo, opened_s: float, start_s: float) -> None:
    """Raise SourceError if playback would start after the end of the source."""
    if info.live or info.duration_s is None:
        return
    end_s = opened_s + info.duration_s
    if 0 < end_s <= start_s:
        raise SourceError(f"{info.name} is {end_s:g} s long: cannot start at {start_s:g} s; start earlier")


@dataclass(slots=True)
class _Lookback:
    """Whether a source was opened early enough to include all frames to go back by."""

    frames: int
    complete: bool = False


def _frames_from(
    source: Source, time_s: float, cancelled: Callable[[], bool], lookback: _Lookback
) -> Iterator[Frame]:
    """The frames of a source from the requested one on; all frames of a live source."""
    frames, info = iter(source), source.info
    recent: deque[Frame] = deque(maxlen=lookback.frames or 1)
    for frame in () if info.live else frames:
        if cancelled():
            return
        if not _begins_by(frame, time_s, info, before=lookback.frames > 0):
            lookback.complete = len(recent) == recent.maxlen
            yield from recent
            recent.clear()
            yield frame
            break
        recent.append(frame)
    else:
        lookback.complete = len(recent) == recent.maxlen
    yield from recent
    yield from frames


def _begins_by(frame: Frame, time_s: float, info: SourceInfo, *, before: bool) -> bool:
    """Whether a frame begins at `time_s` or earlier (strictly earlier with `before`)."""
    if before:
        return frame.time_s < time_s - SAME_TIME_S
    return frame.time_s <= time_s + min(ROUNDED_TIME_S, float(1 / info.rate) / 2 if info.rate else 0.0)
