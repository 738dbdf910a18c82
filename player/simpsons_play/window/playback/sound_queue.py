"""Samples on their way to a sound device: decoded, stretched and counted. Does not depend on Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import numpy as np

from simpsons_play.sources.sound import CHANNELS, Samples
from simpsons_play.window.playback.tempo import Tempo

Decode = Callable[[Fraction], Iterator[Samples]]
"""Decodes the samples from a time on, in seconds; see `SoundFile.samples`."""

_EMPTY: Samples = np.zeros((0, CHANNELS), np.int16)

_MAX_DECODED_SKIP_S = 10.0
"""Shorter gaps are skipped by decoding them; for longer ones, the file is seeked."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """Samples played at one speed.

    Attributes:
        first: Number of the first sample, as the device counts.
        time_s: Its media time.
        speed: Playback speed; 1 is normal.
    """

    first: int
    time_s: float
    speed: float


class SoundQueue:
    """Samples for a device, counted from the device's start, with the media time of each.

    Args:
        decode: Returns the samples from a time on.
        rate: Samples per second.
        speed: Playback speed; 1 is normal.
        end_s: Nothing is played from this time on, in seconds; None plays to the end.

    Attributes:
        rate: Samples per second.
        written: Number of samples that the device has accepted.
    """

    def __init__(self, decode: Decode, *, rate: int, speed: float, end_s: float | None) -> None:
        self.rate = rate
        self._decode, self._speed, self._end_s = decode, speed, end_s
        self._samples: Iterator[Samples] | None = None
        self._decoded_s = 0.0  # media time up to which samples are decoded
        self._tempo: Tempo | None = None
        self._waiting = _EMPTY
        self._ended = False
        self._segments: deque[_Segment] = deque()
        self.written = 0

    @property
    def started(self) -> bool:
        """Whether `seek` has been called."""
        return self._samples is not None

    @property
    def drained(self) -> bool:
        """Whether the device has accepted everything."""
        return self._ended and not len(self._waiting)

    @property
    def next_sample(self) -> int:
        """Number of the next sample to be decoded, as the device counts."""
        return self.written + len(self._waiting)

    def seek(self, time_s: float) -> None:
        """Decode from this time on; samples that wait for the device are still played."""
        self._finish_segment()
        self._samples, self._decoded_s, self._ended = self._decode(Fraction(time_s)), time_s, False

    def set_decoder(self, decode: Decode) -> None:
        """Continue at the same time with another decoder."""
        self._decode = decode
        if self.started:
            self.seek(self._decoded_s)

    def set_speed(self, speed: float) -> None:
        """Set the speed of the samples that are decoded next."""
        self._finish_segment()
        self._speed = speed

    def peek(self, count: int) -> Samples:
        """Return up to `count` of the next samples without removing them; empty at the end."""
        while not len(self._waiting) and not self._ended:
            self._fill()
        return self._waiting[:count]

    def consume(self, count: int) -> None:
        """Remove the next `count` samples: the device has accepted them."""
        self.written += count
        self._waiting = self._waiting[count:]

    def skip_to(self, time_s: float) -> None:
        """Continue decoding at this time if it is ahead."""
        self._finish_segment()
        if time_s - self._decoded_s > _MAX_DECODED_SKIP_S:
            self.seek(time_s)
        while self._decoded_s < time_s:
            before_s = self._decoded_s
            block = self._read()
            if block is None or self._samples is None:
                return
            if self._decoded_s > time_s:
                rest = block[round((time_s - before_s) * self.rate) :]
                self._samples = chain([rest], self._samples)
                self._decoded_s -= len(rest) / self.rate
                return

    def media_at(self, sample: int) -> tuple[float, float]:
        """The media time of a sample that the device has accepted, in seconds, and the speed from there."""
        while len(self._segments) > 1 and self._segments[1].first <= sample:
            self._segments.popleft()
        segment = self._segments[0]
        return segment.time_s + (sample - segment.first) / self.rate * segment.speed, segment.speed

    def _fill(self) -> None:
        """Decode one more block, or find the end."""
        if self._tempo is None:
            self._tempo = Tempo(self._speed, rate=self.rate)
            self._segments.append(_Segment(self.next_sample, self._decoded_s, self._speed))
        block = self._read()
        if block is None:
            self._finish_segment()
        else:
            self._waiting = np.concatenate([self._waiting, self._tempo.process(block)])

    def _read(self) -> Samples | None:
        """The next decoded block; None at the end."""
        block = None if self._samples is None else next(self._samples, None)
        if block is not None and self._end_s is not None:
            block = block[: max(0, round((self._end_s - self._decoded_s) * self.rate))]
        if block is None or not len(block):
            self._ended = True
            return None
        self._decoded_s += len(block) / self.rate
        return block

    def _finish_segment(self) -> None:
        """Flush the tempo filter; the next samples start a new segment."""
        if self._tempo is not None:
            self._waiting = np.concatenate([self._waiting, self._tempo.flush()])
            self._tempo = None
