"""What is missing from a damaged or truncated video."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from simpsons_play.sources.container import StreamFacts
from simpsons_play.sources.time_range import Range, seconds

_GAP_S = 1
"""So long without a picture, in seconds, looks like damage where the rate is steady and there is no sound."""
_FEW_GAPS = 3
"""Where more pictures than this come late, the rate is not steady, whatever the container says."""


class Completeness:
    """Watches what comes and says at the end what should have come as well.

    Only what should have been shown counts: not what an edit list leaves out, nor pictures before the first
    key frame of a recording, nor pauses while sound goes on.

    Args:
        facts: what the container promised.
        asked: the part that was asked for.
        one_pass: it comes through a pipe, whose length nobody knows.
    """

    def __init__(self, facts: StreamFacts, asked: Range, *, one_pass: bool) -> None:
        self._facts, self._range, self._one_pass = facts, asked, one_pass
        self._start = self._last = self._end = asked.start
        self._gap = (Fraction(0), Fraction(0))
        self._gaps = 0
        self._count = self._hurt = self._lost = 0
        self._packets = 0
        self._beyond = False

    def packets(self, count: int) -> None:
        """So many packets that should be shown have been read, from the start of the file to its end."""
        self._packets = count

    def packet_lost(self) -> None:
        """A packet that should be shown could not be decoded."""
        self._lost += self._count > 0  # what comes before the first key frame of a recording is no damage

    def picture(self, time: Fraction, length: Fraction, *, corrupt: bool, key: bool) -> None:
        """One picture has come.

        Args:
            time: when it is shown, in seconds on the time line.
            length: how long, in seconds; 0 where nobody says.
            corrupt: the decoder says that parts of it are missing.
            key: it needs no other picture.
        """
        step = 1 / self._facts.rate
        if self._count and time - self._last > max(step * 3 / 2, self._end - self._last):
            self._gaps += 1
            # After a pause that is meant, the next picture builds on the one before it.
            if (key or corrupt) and time - self._last > self._gap[1] - self._gap[0]:
                self._gap = self._last, time
        self._count += 1
        self._hurt += corrupt
        self._last = time
        self._end = max(self._end, time + max(length, step))

    def range_ended(self) -> None:
        """What follows was not asked for."""
        self._beyond = True

    def warning(
        self, *, reached_s: float, others_pause_s: float | None, is_whole: Callable[[], bool]
    ) -> str | None:
        """One line for the user, without the name of the file; None where all is well.

        Args:
            reached_s: where the packets of all streams that were read end, in seconds on the time line.
            others_pause_s: the longest pause of the sound, in seconds; None where there is none.
            is_whole: asked, where the file ends before the time its header promises, whether it is whole by
                its structure all the same.
        """
        if not self._beyond and (words := self._too_short(reached_s, is_whole)):
            return words
        facts, (before, after) = self._facts, self._gap
        whole_index = facts.indexed and self._packets >= (facts.frames or 0)
        pause = float(after - before)
        long_s = float(5 / facts.rate) if others_pause_s is not None else max(_GAP_S, float(5 / facts.rate))
        if (
            facts.steady
            and not whole_index
            and self._gaps <= _FEW_GAPS
            and pause > long_s
            and (others_pause_s is None or others_pause_s > pause / 2)
        ):
            return f"holds no picture between {seconds(before)} s and {seconds(after)} s: it may be damaged"
        if self._hurt or self._lost:
            total = self._count + self._lost
            return f"is damaged: {self._hurt + self._lost} of {total} frames are incomplete or missing"
        return None

    def _too_short(self, reached_s: float, is_whole: Callable[[], bool]) -> str | None:
        facts, count = self._facts, self._count
        from_start = self._range.start == 0
        if facts.indexed and facts.frames is not None and from_start:
            if self._packets >= facts.frames:
                return None
            if not self._one_pass:
                return f"ends early: {count} of {facts.frames} frames could be read"
        promised_s = self._promised_s(reached_s)
        read_s = float(self._end - self._start)
        if promised_s is None or promised_s <= read_s or is_whole():
            return None
        if facts.frames is not None and from_start and count < facts.frames:
            return f"ends early: {count} of {facts.frames} frames could be read"
        return f"ends early: {read_s:.1f} of {promised_s:.1f} s could be read"

    def _promised_s(self, reached_s: float) -> float | None:
        """How long the pictures were to last where they end too early, in seconds; None where they do not."""
        facts, end_s, start_s = self._facts, float(self._end), float(self._start)
        frame_s = float(1 / facts.rate)
        if facts.frames is not None and facts.steady and not facts.indexed:
            counted_s = facts.frames * frame_s  # ffmpeg cuts the length of an AVI to what is there
            if counted_s - end_s > max(3 * frame_s, 0.005 * counted_s):
                return counted_s - start_s
        exact, promise = facts.end is not None, facts.end if facts.end is not None else facts.whole
        if promise is None:
            return None
        promised_s = float(promise)
        play_s = max(3 * frame_s, 0.005 * promised_s) if exact else max(2.0, 0.05 * promised_s)
        # Sound may go on after the last picture: then the file is whole all the same.
        if promised_s - end_s > play_s and not self._reached(reached_s, play_s):
            return promised_s - start_s
        return None

    def _reached(self, reached_s: float, play_s: float) -> bool:
        whole = self._facts.whole
        return whole is not None and reached_s >= float(whole) - play_s
