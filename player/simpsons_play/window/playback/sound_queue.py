"""Sound on its way to a device: decoded, stretched, and counted. Knows nothing of Qt."""

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
"""The samples from a time on, see `SoundFile.samples`."""

_NOTHING: Samples = np.zeros((0, CHANNELS), np.int16)

_DECODED_S = 10.0
"""What is left out is decoded all the same, unless it is longer than this."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """From this sample of the device on, the media is heard from a time on and at a speed."""

    first: int
    time_s: float
    speed: float


class SoundQueue:
    """Samples for a device from the moment it is started, and which moment of the media each of them is.

    Args:
        decode: gives the samples from a time on.
        rate: samples per second.
        speed: how many times as fast to play.
        end_s: nothing is played from this time on, in seconds.

    Attributes:
        rate: samples per second.
        count: samples that the device has taken.
    """

    def __init__(self, decode: Decode, *, rate: int, speed: float, end_s: float | None) -> None:
        self.rate = rate
        self._decode, self._speed, self._end_s = decode, speed, end_s
        self._samples: Iterator[Samples] | None = None
        self._read_s = 0.0  # where the next decoded sample is in the media
        self._tempo: Tempo | None = None
        self._waiting = _NOTHING
        self._ended = False
        self._stretches: deque[_Stretch] = deque()
        self.count = 0

    @property
    def begun(self) -> bool:
        """Whether it knows where to play from."""
        return self._samples is not None

    @property
    def drained(self) -> bool:
        """Whether the device has taken all there is."""
        return self._ended and not len(self._waiting)

    @property
    def end(self) -> int:
        """The number, as the device counts, of the sample that is decoded next."""
        return self.count + len(self._waiting)

    def begin(self, time_s: float) -> None:
        """What is decoded next is from this time on; what waits for the device is still played."""
        self._finish_stretch()
        self._samples, self._read_s, self._ended = self._decode(Fraction(time_s)), time_s, False

    def decode_anew(self, decode: Decode) -> None:
        """Go on at the same moment with what another decoder gives."""
        self._decode = decode
        if self.begun:
            self.begin(self._read_s)

    def set_speed(self, speed: float) -> None:
        """What is decoded next is played so many times as fast."""
        self._finish_stretch()
        self._speed = speed

    def next(self, count: int) -> Samples:
        """The next samples for the device, at most so many; none at the end. They stay until `take`."""
        while not len(self._waiting) and not self._ended:
            self._fill()
        return self._waiting[:count]

    def take(self, count: int) -> None:
        """The device has taken so many."""
        self.count += count
        self._waiting = self._waiting[count:]

    def leave_out(self, until_s: float) -> None:
        """Decode next what comes from this time on, where it is later than what would be next."""
        self._finish_stretch()
        if until_s - self._read_s > _DECODED_S:
            self.begin(until_s)
        while self._read_s < until_s:
            before_s = self._read_s
            block = self._read()
            if block is None or self._samples is None:
                return
            if self._read_s > until_s:
                rest = block[round((until_s - before_s) * self.rate) :]
                self._samples = chain([rest], self._samples)
                self._read_s -= len(rest) / self.rate
                return

    def media_at(self, sample: int) -> tuple[float, float]:
        """When in the media a sample that the device has taken is, in seconds, and how fast it goes on."""
        while len(self._stretches) > 1 and self._stretches[1].first <= sample:
            self._stretches.popleft()
        stretch = self._stretches[0]
        return stretch.time_s + (sample - stretch.first) / self.rate * stretch.speed, stretch.speed

    def _fill(self) -> None:
        """Decode one more block, or find the end."""
        if self._tempo is None:
            self._tempo = Tempo(self._speed, rate=self.rate)
            self._stretches.append(_Stretch(self.end, self._read_s, self._speed))
        block = self._read()
        if block is None:
            self._finish_stretch()
        else:
            self._waiting = np.concatenate([self._waiting, self._tempo.feed(block)])

    def _read(self) -> Samples | None:
        """The next block of the media; None at the end."""
        block = None if self._samples is None else next(self._samples, None)
        if block is not None and self._end_s is not None:
            block = block[: max(0, round((self._end_s - self._read_s) * self.rate))]
        if block is None or not len(block):
            self._ended = True
            return None
        self._read_s += len(block) / self.rate
        return block

    def _finish_stretch(self) -> None:
        """Bring out what a filter holds; what follows is another stretch."""
        if self._tempo is not None:
            self._waiting = np.concatenate([self._waiting, self._tempo.finish()])
            self._tempo = None
