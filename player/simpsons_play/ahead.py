"""Analysis that runs ahead of playback: any moment that is known can be shown at once."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Generator
from types import TracebackType

from simpsons_play.errors import SimpsonsError
from simpsons_play.followers import Follower
from simpsons_play.live import LiveAnalysis
from simpsons_play.spans import Spans, Timeline
from simpsons_play.types import Analysis, Frame, Image, Sighting

_SAME_S = 0.002
"""Players round times to milliseconds."""

_LAST_S = 1.0
"""The last frame is shown for as long at most."""


class AheadAnalysis:
    """Goes through a whole video in a thread of its own and answers for any moment of it.

    Where the user is farther than it has come, the newest frame is analysed beside the window, as of a source
    that cannot be gone through. Another threshold asks no network: what it said is followed again, and what
    was known before is shown until then.

    Args:
        sightings: of the video from its first frame on, in order; taken in the thread. What it raises of our
            own errors ends it, and what is known stays.
        make_follower: for a threshold.
        live: for moments that are not reached yet; entered and left by this. Its threshold is where this one
            begins.
        width: of a frame, in pixels.
        labels: all that the network knows.
    """

    def __init__(
        self,
        sightings: Generator[Sighting, None, None],
        make_follower: Callable[[float], Follower],
        live: LiveAnalysis,
        *,
        width: int,
        labels: tuple[str, ...],
    ) -> None:
        self._sightings, self._make_follower, self._live = sightings, make_follower, live
        self._width, self._labels = width, labels
        self._condition = threading.Condition()
        self._seen: list[Sighting] = []
        self._known = self._before = _Known(make_follower(live.threshold), width)
        self._moment_s: float | None = None
        self._closed = self._complete = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)

    def __enter__(self) -> AheadAnalysis:
        """Start the thread."""
        self._live.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()
        self._live.__exit__(kind, error, trace)

    def timeline(self) -> Timeline:
        """Who is on screen when, as far as that is known."""
        with self._condition:
            known_s = self._known.end_s
            return Timeline(self._known.spans.until(known_s), known_s, self._labels)

    @property
    def done(self) -> bool:
        """Whether all is known that can be."""
        with self._condition:
            return self._complete and len(self._known.analyses) == len(self._seen)

    @property
    def threshold(self) -> float:
        """Below this probability nobody is named; 0-1."""
        return self._live.threshold

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability, in all of the video; returns at once."""
        self._live.set_threshold(threshold)
        with self._condition:
            if len(self._known.analyses) >= len(self._before.analyses):
                self._before = self._known
            self._known = _Known(self._make_follower(threshold), self._width)
            self._condition.notify()

    def submit(self, frame: Frame) -> None:
        """Say which frame is on screen; returns at once."""
        self._moment_s = frame.time_s
        with self._condition:
            reached = bool(self._seen) and frame.time_s <= self._seen[-1].time_s + self._play_s()
        if not reached:
            self._live.submit(frame)

    def latest(self) -> Analysis | None:
        """What is known of the frame on screen, or, beyond what was reached, of the newest that was analysed.

        Raises:
            Exception: whatever broke the analysis.
        """
        if self._error is not None:
            raise self._error
        if self._moment_s is not None:
            with self._condition:
                for known in (self._known, self._before):
                    if (analysis := known.at(self._moment_s, self._play_s())) is not None:
                        return analysis
        return self._live.latest()

    def reset(self) -> None:
        """What comes next is from somewhere else."""
        self._moment_s = None
        self._live.reset()

    def draw(self, image: Image, analysis: Analysis | None) -> Image:
        """(H, W, 3) uint8 BGR -> the same picture with captions, a copy."""
        return self._live.draw(image, analysis)

    def _play_s(self) -> float:
        """How long after the last frame that was reached its answer holds."""
        return _LAST_S if self._complete else _SAME_S

    def _work(self) -> None:
        try:
            for sighting in self._sightings:
                with self._condition:
                    self._seen.append(sighting)
                self._follow()
                if self._closed:
                    return
            self._complete = True
        except SimpsonsError:  # who plays the file says what is wrong with it
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._sightings.close()
        while not self._closed:
            self._follow()
            with self._condition:
                self._condition.wait_for(lambda: self._closed or len(self._known.analyses) < len(self._seen))

    def _follow(self) -> None:
        """Follow what has been seen and not been followed yet."""
        while not self._closed:
            with self._condition:
                known = self._known
                if len(known.analyses) == len(self._seen):
                    return
                sighting = self._seen[len(known.analyses)]
            analysis = known.follower.step(sighting)
            with self._condition:
                known.add(analysis)


class _Known:
    """What is known at one threshold, as far as it was followed."""

    def __init__(self, follower: Follower, width: int) -> None:
        self.follower, self.spans = follower, Spans(width)
        self.analyses: list[Analysis] = []
        self._times: list[float] = []

    @property
    def end_s(self) -> float:
        return self._times[-1] if self._times else 0.0

    def add(self, analysis: Analysis) -> None:
        self.analyses.append(analysis)
        self._times.append(analysis.time_s)
        self.spans.add(analysis)

    def at(self, time_s: float, play_s: float) -> Analysis | None:
        """What is known of the frame that is on screen at a time; the last one stays for so long."""
        index = bisect_right(self._times, time_s + _SAME_S) - 1
        if index < 0 or time_s - self._times[-1] > play_s:
            return None
        return self.analyses[index]
