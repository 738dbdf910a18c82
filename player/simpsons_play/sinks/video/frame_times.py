"""Maps the times of frames from the source to the output."""

from __future__ import annotations

from fractions import Fraction

from simpsons_play.core.frames import SourceInfo

_MAX_LAST_FRAMES = 2
"""Longest duration of the last frame, in frames of the mean rate, if the number of frames is unknown."""


class FrameTimes:
    """The times of the frames that are written, and the source time at which the output begins.

    Args:
        info: the source.
        start_s: source time in seconds at which the output was requested to begin; 0 for the whole source.
        whole: the whole source is written, not an excerpt.

    Attributes:
        origin: source time in seconds that becomes 0 in the output; known once the first frame is.
        first: source time of the first frame in seconds.
        last: source time of the last frame in seconds.
        count: number of frames.
    """

    def __init__(self, info: SourceInfo, *, start_s: float, whole: bool) -> None:
        self._info, self._whole = info, whole
        self._start = Fraction(start_s)
        self.origin = self.first = self.last = Fraction(0)
        self.count = 0
        self._known_end: Fraction | None = None

    @property
    def is_excerpt(self) -> bool:
        """Whether the output was requested to begin later than the source."""
        return bool(self._start)

    def start(self, first: Fraction, *, has_sound: bool) -> None:
        """Set the origin.

        An excerpt begins with its first frame, unless that comes more than one frame late and there is sound
        before it.

        Args:
            first: source time of the first frame in seconds.
            has_sound: the output has sound or subtitles and stores times.
        """
        late = first - self._start > 1 / self._info.rate
        begins_with_frame = not has_sound or (self._start > 0 and not late)
        self.origin = first if begins_with_frame else self._start
        self.first = first

    def append(self, time: Fraction) -> None:
        """Add a frame that has been written, at a source time in seconds."""
        self.last = time
        self.count += 1
        self._known_end = None

    def end_at(self, time: Fraction) -> None:
        """Set when the frame that was appended last ends, in seconds of the source."""
        self._known_end = time

    @property
    def last_duration(self) -> Fraction:
        """Duration of the last frame in seconds: up to the known end or that of the source, else 1 / rate."""
        if self._known_end is not None and self._known_end > self.last:
            return self._known_end - self.last
        info = self._info
        if self._whole and info.duration_s is not None:
            rest = Fraction(info.duration_s).limit_denominator(1_000_000) - self.last
            # A longer rest is missing from a truncated source, or it is sound that is longer than the video.
            if rest > 0 and (self.count == info.frames or rest * info.rate <= _MAX_LAST_FRAMES):
                return rest
        return 1 / info.rate

    @property
    def end(self) -> Fraction:
        """End of the last frame, in seconds of the source."""
        return self.last + self.last_duration
