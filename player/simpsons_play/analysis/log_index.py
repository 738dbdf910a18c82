"""A track, followed at one threshold: who is on screen when, and shot by shot what is shown."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from simpsons_play.analysis.detection_log import Track
from simpsons_play.core.types import Analysis
from simpsons_play.timeline.spans import Span, Spans
from simpsons_play.tracking.postprocess import Follower

_SHOTS = 16
"""So many shots are held; the others are followed again when they are asked for."""


class FollowedTrack:
    """Goes through a track, which may still grow, and answers for shots out of their order.

    What is shown takes a hundred times the room of what a network said, so that only a few shots of it are
    held; following one again takes a few milliseconds, and says the same. One thread follows, and any other
    may ask.

    Args:
        track: to be followed.
        make_follower: makes a fresh one.
        width: of a frame, in pixels.
        spans: who is on screen when, where all of the track was followed before.
    """

    def __init__(
        self,
        track: Track,
        make_follower: Callable[[], Follower],
        *,
        width: int,
        spans: Sequence[Span] | None = None,
    ) -> None:
        self._track, self._make_follower = track, make_follower
        self._lock = threading.Lock()
        self._follower, self._spans = make_follower(), Spans(width)
        self._kept = None if spans is None else tuple(spans)
        self._taken = self._settled = 0 if spans is None else len(track)
        self._shot: list[Analysis] = []
        self._shots: OrderedDict[int, list[Analysis]] = OrderedDict()

    @property
    def known_s(self) -> float:
        """Up to which moment all is known, in seconds."""
        with self._lock:
            return self._known_s()

    @property
    def complete(self) -> bool:
        """Whether all that is in the track by now is known."""
        with self._lock:
            return self._settled == len(self._track)

    def known(self) -> tuple[float, tuple[Span, ...]]:
        """Up to which moment all is known, in seconds, and who is on screen when until then."""
        with self._lock:
            known_s = self._known_s()
            return known_s, self._spans.until(known_s) if self._kept is None else self._kept

    def spans(self) -> tuple[Span, ...]:
        """Who is on screen when, as far as it is known."""
        return self.known()[1]

    def advance(self, most: int) -> bool:
        """Follow at most so many more frames; whether there were any."""
        end = min(self._taken + most, len(self._track))
        moved = self._taken < end
        while self._taken < end:
            self._settle(self._follower.step(self._track[self._taken]))
            self._taken += 1
        return moved

    def finish(self) -> None:
        """The track does not grow any more, and all of it was followed."""
        self._settle(self._follower.finish())

    def knows(self, index: int) -> bool:
        """Whether there is an answer for a frame of the track."""
        return self.at(index) is not None

    def at(self, index: int) -> Analysis | None:
        """What is shown with a frame of the track; None where its shot has to be followed first."""
        with self._lock:
            first = self._settled - len(self._shot)
            if first <= index < self._settled:
                return self._shot[index - first]
            start, _ = self._track.shot_of(index)
            shot = self._shots.get(start, [])
            if index - start >= len(shot):
                return None
            self._shots.move_to_end(start)
            return shot[index - start]

    def follow_shot(self, index: int, *, whole: bool) -> None:
        """Follow the shot of a frame.

        Args:
            index: of a frame of the track.
            whole: the track does not grow any more.
        """
        start, end = self._track.shot_of(index)
        follower = self._make_follower()
        shot = [analysis for i in range(start, end) for analysis in follower.step(self._track[i])]
        if whole or end < len(self._track):
            shot.extend(follower.finish())
        with self._lock:
            self._hold(start, shot)

    def _known_s(self) -> float:
        return self._track[self._settled - 1].time_s if self._settled else 0.0

    def _settle(self, analyses: Sequence[Analysis]) -> None:
        with self._lock:
            for analysis in analyses:
                if analysis.cut and self._shot:
                    self._hold(self._settled - len(self._shot), self._shot)
                    self._shot = []
                self._shot.append(analysis)
                self._spans.add(analysis)
                self._settled += 1

    def _hold(self, start: int, shot: list[Analysis]) -> None:
        self._shots[start] = shot
        self._shots.move_to_end(start)
        while len(self._shots) > _SHOTS:
            self._shots.popitem(last=False)
