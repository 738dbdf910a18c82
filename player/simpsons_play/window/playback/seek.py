"""Opens a source at the frame that is on screen at a given time. Knows nothing of Qt.

A source gives only frames that begin in its range, and the frame that is on screen began before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source, SourceInfo
from simpsons_play.window.playback.ports import OpenFrames

# A frame that begins so little after the time that was asked for is meant: containers round to milliseconds.
_ROUNDING_S = 0.002
# A frame this near to a time is the one that begins then: times were exact before they were plain numbers.
_SAME_S = 1e-6
# How much earlier to look where a frame lasts longer than usual, or a damaged file ends too soon, in seconds.
_FURTHER_BACK_S = (10.0, 60.0)


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that is open, and what comes from it.

    Attributes:
        source: entered; its frames are to be taken from `frames`.
        start_s: where it was opened; `source.info.duration_s` counts from there.
        frames: the one on screen at the time that was asked for, then those that follow it. Where none is on
            screen then, it begins later; where `given_up` said so, it holds none.
    """

    source: Source
    start_s: float
    frames: Iterator[Frame]


@contextmanager
def open_on_screen(
    open_frames: OpenFrames, time_s: float, *, frame_s: float, given_up: Callable[[], bool], back: int = 0
) -> Iterator[Opened]:
    """Open a source at the frame that is on screen at `time_s`, or as it comes where it is live.

    With `back`, it is so many frames before the one that begins at `time_s`, however long they last; the
    first one where there are not so many.

    Args:
        open_frames: opens the source; called again where it was not opened early enough.
        time_s: in seconds from the start of the source.
        frame_s: how long a frame lasts as a rule, in seconds.
        given_up: whether nobody waits for the answer any more; asked between frames.
        back: how many frames earlier.

    Raises:
        SourceError: it cannot be opened, or nothing can be read there.
    """
    # Two frames: those of a steady rate still differ by the rounding of their container.
    near_s = (2 + back) * frame_s
    back_s = (near_s, *(further_s for further_s in _FURTHER_BACK_S if further_s > near_s))
    starts = list(dict.fromkeys(max(0.0, time_s - earlier_s) for earlier_s in back_s))
    for start_s in starts:
        with ExitStack() as stack:
            try:
                source = stack.enter_context(open_frames(start_s))
                found = _Found(back=back)
                frames = _frames_from(source, time_s, given_up, found)
                first = None if source.info.live else next(frames, None)
            except SourceError:
                if start_s == starts[-1] or given_up():
                    raise
                continue
            if source.info.live or found.early or start_s == starts[-1] or given_up():
                yield Opened(source, start_s, frames if first is None else chain([first], frames))
                return


@dataclass(slots=True)
class _Found:
    """Whether a source was opened early enough to hold all frames that are wanted."""

    back: int
    early: bool = False


def _frames_from(
    source: Source, time_s: float, given_up: Callable[[], bool], found: _Found
) -> Iterator[Frame]:
    """All frames of a source but those that come before the one wanted; of a live one, all."""
    frames, info = iter(source), source.info
    waiting: deque[Frame] = deque(maxlen=found.back or 1)
    for frame in () if info.live else frames:
        if given_up():
            return
        if not _begins_by(frame, time_s, info, before=found.back > 0):
            found.early = len(waiting) == waiting.maxlen
            yield from waiting
            waiting.clear()
            yield frame
            break
        waiting.append(frame)
    else:
        found.early = len(waiting) == waiting.maxlen
    yield from waiting
    yield from frames


def _begins_by(frame: Frame, time_s: float, info: SourceInfo, *, before: bool) -> bool:
    if before:
        return frame.time_s < time_s - _SAME_S
    return frame.time_s <= time_s + min(_ROUNDING_S, float(1 / info.rate) / 2 if info.rate else 0.0)
