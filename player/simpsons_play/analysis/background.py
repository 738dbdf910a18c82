"""Analysis that runs ahead of playback: any moment that is known can be shown at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from types import TracebackType

from simpsons_play.analysis.detection_log import Track
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.log_index import FollowedTrack
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.types import Analysis, Frame, Image, Sighting
from simpsons_play.timeline.spans import Span, Timeline
from simpsons_play.tracking.postprocess import Follower

_SAME_S = 0.002
"""Players round times to milliseconds."""

_LAST_S = 1.0
"""The last frame is shown for as long at most."""

_AT_ONCE = 64
"""So many frames are followed before anything else is looked after: some ten milliseconds."""


class AheadAnalysis:
    """Goes through a whole video in a thread of its own and answers for any moment of it.

    Where the user is farther than it has come, the newest frame is analysed beside the window, as of a source
    that cannot be gone through. Another threshold asks no network: what it said is followed again, the shot
    that is on screen and the one after it first, and what was known before is shown until then.

    Args:
        sightings: of the rest of the video in order; taken in the thread. What it raises of our own errors
            ends it, and what is known stays.
        track: of what comes before them; grows by them.
        make_follower: for a threshold.
        live: for moments that are not reached yet; entered and left by this. Its threshold is where this one
            begins.
        width: of a frame, in pixels.
        labels: all that the network knows.
        spans: who is on screen when, where all of the track was followed at that threshold before.
    """

    def __init__(
        self,
        sightings: Generator[Sighting, None, None],
        track: Track,
        make_follower: Callable[[float], Follower],
        live: LiveAnalysis,
        *,
        width: int,
        labels: tuple[str, ...],
        spans: Sequence[Span] | None = None,
    ) -> None:
        self._sightings, self._track, self._live = sightings, track, live
        self._make_follower, self._width, self._labels = make_follower, width, labels
        self._condition = threading.Condition()
        self._followed = self._before = self._follow(live.threshold, spans)
        self._moment_s: float | None = None
        self._shot: int | None = None  # that was handed on last
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
        """Who is on screen when, as far as that is known: beyond what was followed again, as before."""
        (known_s, spans), (before_s, spans_before) = self._followed.known(), self._before.known()
        if before_s > known_s:
            later = [span for span in spans_before if span.end_s > known_s]
            spans += tuple(replace(span, start_s=max(span.start_s, known_s)) for span in later)
        return Timeline(spans, max(known_s, before_s), self._labels)

    @property
    def done(self) -> bool:
        """Whether all is known that can be."""
        return self._complete and self._followed.complete

    @property
    def dropped(self) -> int:
        """Frames nobody will know: none, as the whole video is gone through."""
        return 0

    @property
    def threshold(self) -> float:
        """Below this probability nobody is named; 0-1."""
        return self._live.threshold

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability, in all of the video; returns at once."""
        self._live.set_threshold(threshold)
        with self._condition:
            if self._followed.known_s >= self._before.known_s:
                self._before = self._followed
            self._followed = self._follow(threshold)
            self._condition.notify()

    def submit(self, frame: Frame) -> None:
        """Say which frame is on screen; returns at once."""
        with self._condition:
            self._moment_s = frame.time_s
            index = self._index()
            # The end of what was seen is not settled yet, but that of a whole video is.
            reached = index is not None and (
                self._complete or self._followed.knows(index) or self._passed(index)
            )
            self._condition.notify()
            if reached:
                return
            if index is None:
                seen, shot = None, self._shot  # where a shot begins is seen when it is looked at
            else:
                seen, (shot, _) = self._track[index], self._track.shot_of(index)
        self._live.submit(frame, seen, afresh=shot != self._shot)
        self._shot = shot

    def latest(self) -> Analysis | None:
        """What is known of the frame on screen, or, beyond what was reached, of the newest that was analysed.

        Raises:
            Exception: whatever broke the analysis.
        """
        if self._error is not None:
            raise self._error
        with self._condition:
            index = self._index()
        if index is not None:
            for followed in (self._followed, self._before):
                if (analysis := followed.at(index)) is not None:
                    return analysis
        return self._live.latest()

    def reset(self) -> None:
        """What comes next is from somewhere else."""
        self._moment_s = self._shot = None
        self._live.reset()

    def draw(self, image: Image, analysis: Analysis | None) -> Image:
        """(H, W, 3) uint8 BGR -> the same picture with captions, a copy."""
        return self._live.draw(image, analysis)

    def _follow(self, threshold: float, spans: Sequence[Span] | None = None) -> FollowedTrack:
        return FollowedTrack(
            self._track, lambda: self._make_follower(threshold), width=self._width, spans=spans
        )

    def _index(self) -> int | None:
        """Of the frame on screen in the track; the last one stays for a moment where it is the end."""
        time_s = self._moment_s
        if time_s is None or not len(self._track):
            return None
        last_s = self._track[len(self._track) - 1].time_s
        if time_s - last_s > (_LAST_S if self._complete else _SAME_S):
            return None
        index = self._track.frame_at(time_s + _SAME_S)
        return index if index >= 0 else None

    def _passed(self, index: int) -> bool:
        """Whether the shot of a frame is whole in the track."""
        return self._track.shot_of(index)[1] < len(self._track)

    def _work(self) -> None:
        try:
            self._go_through()
            while not self._closed:
                followed = self._followed
                if self._follow_on_screen() or followed.advance(_AT_ONCE):
                    continue
                followed.finish()
                with self._condition:
                    self._condition.wait_for(lambda: self._closed or self._is_behind())
        except BaseException as error:  # a thread has nobody to raise to: `latest` does it
            self._error = error

    def _go_through(self) -> None:
        try:
            for sighting in self._sightings:
                with self._condition:
                    self._track.append(sighting)
                self._followed.advance(_AT_ONCE)
                self._follow_on_screen()
                if self._closed:
                    return
            self._complete = True
        except SimpsonsError:  # who plays the file says what is wrong with it
            pass
        finally:
            self._sightings.close()

    def _is_behind(self) -> bool:
        return not self._followed.complete or self._unknown_on_screen() is not None

    def _follow_on_screen(self) -> bool:
        """Follow what is on screen, or what comes next, where it is not known; whether there was any."""
        followed = self._followed
        with self._condition:
            index = self._unknown_on_screen()
        if index is None:
            return False
        followed.follow_shot(index, whole=self._complete)
        return True

    def _unknown_on_screen(self) -> int | None:
        """A frame on screen or of the next shot that could be known and is not."""
        index = self._index()
        if index is None:
            return None
        end = self._track.shot_of(index)[1]
        for wanted in (index, end):
            there = wanted < len(self._track) and (self._complete or self._passed(wanted))
            if there and not self._followed.knows(wanted):
                return wanted
        return None
