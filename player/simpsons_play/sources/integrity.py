"""What is missing from a damaged or truncated video."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.sources.container import StreamFacts
from simpsons_play.sources.time_range import Range, seconds

_GAP_S = 1
"""A gap of this many seconds looks like damage if the rate is constant and there is no sound to compare."""
_MAX_GAPS = 3
"""With more gaps than this the rate is not constant, whatever the container says."""


class Completeness:
    """Compares the decoded pictures with what the container promised.

    Only pictures that should have been shown count: not those that an edit list leaves out, not those before
    the first key frame of a recording, and not pauses during which the sound goes on.

    Args:
        facts: what the container promises.
        time_range: the part that is read.
        one_pass: the video comes through a pipe, whose length is unknown.
    """

    def __init__(self, facts: StreamFacts, time_range: Range, *, one_pass: bool) -> None:
        self._facts, self._range, self._one_pass = facts, time_range, one_pass
        self._start_s = self._last_s = self._end_s = float(time_range.start)
        self._step_s = float(1 / facts.rate)
        self._longest_gap_s = (0.0, 0.0)
        self._gaps = 0
        self._decoded = self._corrupt = self._lost = 0
        self._packets = 0
        self._range_ended = False

    def packets(self, count: int) -> None:
        """Record the number of packets to show, from the start of the file to its end."""
        self._packets = count

    def packet_lost(self) -> None:
        """Record a packet that should be shown but could not be decoded."""
        self._lost += self._decoded > 0  # before the first key frame of a recording it is not damage

    def picture(self, time: Fraction, length: Fraction, *, corrupt: bool, key: bool) -> None:
        """Record a decoded picture.

        Args:
            time: when it is shown, in seconds on the time line.
            length: how long it is shown, in seconds; 0 if unknown.
            corrupt: the decoder reports that parts of it are missing.
            key: it is a key frame.
        """
        time_s, length_s = float(time), float(length)  # fractions would take longer than decoding
        gap_s = time_s - self._last_s
        if self._decoded and gap_s > max(self._step_s * 1.5, self._end_s - self._last_s) + SAME_TIME_S:
            self._gaps += 1
            # After an intended pause, the next picture depends on the one before it.
            if (key or corrupt) and gap_s > self._longest_gap_s[1] - self._longest_gap_s[0]:
                self._longest_gap_s = self._last_s, time_s
        self._decoded += 1
        self._corrupt += corrupt
        self._last_s = time_s
        self._end_s = max(self._end_s, time_s + max(length_s, self._step_s))

    def range_ended(self) -> None:
        """Record that reading stopped at the end of the range, not at the end of the file."""
        self._range_ended = True

    @property
    def is_doubtful(self) -> bool:
        """Whether a picture was incomplete or missing, or a gap so long that it may be damage."""
        before_s, after_s = self._longest_gap_s
        has_gap = self._facts.constant_rate and after_s - before_s > float(5 / self._facts.rate)
        return bool(self._corrupt or self._lost or has_gap)

    def warning(
        self, *, reached_s: float, sound_gap_s: float | None, is_complete: Callable[[], bool]
    ) -> str | None:
        """What is missing, as the predicate of a sentence about the file; None if nothing is.

        Args:
            reached_s: end of the packets of all streams that were read, in seconds on the time line.
            sound_gap_s: the longest gap in the sound, in seconds; None without sound.
            is_complete: called if the file ends before the time that its header promises: whether it is
                structurally complete nevertheless.
        """
        if not self._range_ended and (words := self._too_short(reached_s, is_complete)):
            return words
        facts, (before_s, after_s) = self._facts, self._longest_gap_s
        all_indexed_read = facts.indexed and self._packets >= (facts.frames or 0)
        gap_s = after_s - before_s
        long_s = float(5 / facts.rate) if sound_gap_s is not None else max(_GAP_S, float(5 / facts.rate))
        if (
            facts.constant_rate
            and not all_indexed_read
            and self._gaps <= _MAX_GAPS
            and gap_s > long_s
            and (sound_gap_s is None or sound_gap_s > gap_s / 2)
        ):
            return f"has no frames between {seconds(before_s)} s and {seconds(after_s)} s; it may be damaged"
        if self._corrupt or self._lost:
            total = self._decoded + self._lost
            return f"is damaged: {self._corrupt + self._lost} of {total} frames are incomplete or missing"
        return None

    def _too_short(self, reached_s: float, is_complete: Callable[[], bool]) -> str | None:
        facts, count = self._facts, self._decoded
        from_start = self._range.start == 0
        if facts.indexed and facts.frames is not None and from_start:
            if self._packets >= facts.frames:
                return None
            if not self._one_pass:
                return f"ends early: {count} of {facts.frames} frames could be read"
        promised_s = self._promised_s(reached_s)
        read_s = self._end_s - self._start_s
        if promised_s is None or promised_s <= read_s or is_complete():
            return None
        if facts.frames is not None and from_start and count < facts.frames:
            return f"ends early: {count} of {facts.frames} frames could be read"
        return f"ends early: {read_s:.1f} of {promised_s:.1f} s could be read"

    def _promised_s(self, reached_s: float) -> float | None:
        """The promised length in seconds, if the pictures end clearly before it; otherwise None."""
        facts, end_s, start_s = self._facts, self._end_s, self._start_s
        frame_s = float(1 / facts.rate)
        if facts.frames is not None and facts.constant_rate and not facts.indexed:
            counted_s = facts.frames * frame_s  # ffmpeg shortens the length of an AVI to what is there
            if counted_s - end_s > max(3 * frame_s, 0.005 * counted_s):
                return counted_s - start_s
        is_exact = facts.end is not None
        promise = facts.end if facts.end is not None else facts.container_end
        if promise is None:
            return None
        promised_s = float(promise)
        tolerance_s = max(3 * frame_s, 0.005 * promised_s) if is_exact else max(2.0, 0.05 * promised_s)
        # If the sound goes on after the last picture to the promised end, the file is complete.
        if promised_s - end_s > tolerance_s and not self._is_end_reached(reached_s, tolerance_s):
            return promised_s - start_s
        return None

    def _is_end_reached(self, reached_s: float, tolerance_s: float) -> bool:
        container_end = self._facts.container_end
        return container_end is not None and reached_s >= float(container_end) - tolerance_s
