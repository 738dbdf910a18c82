"""Sound played faster or slower at the same pitch. Knows nothing of Qt."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from simpsons_play.sources.sound import CHANNELS, Samples

SLOWEST = 0.25
"""Below this speed voices are no voices any more: there is silence, as in mpv."""

_LEAST, _MOST = 0.5, 100.0
"""What one `atempo` filter of ffmpeg can do."""


class Tempo:
    """Stretches samples by `1 / speed` with ffmpeg's `atempo`; below `SLOWEST` there is silence.

    What comes out is in step with what went in: output sample m is input sample `m * speed`.

    Args:
        speed: how many times as fast; 1 hands on what it is given.
        rate: samples per second.
    """

    def __init__(self, speed: float, *, rate: int) -> None:
        self._speed, self._rate = speed, rate
        self._taken = self._given = self._pushed = 0
        self._graph: Graph | None = None
        if speed != 1 and speed >= SLOWEST:
            factors = _factors(speed)
            self._graph = _graph(factors, rate)
            self._push(np.zeros((_early(factors, rate), CHANNELS), np.int16))

    def feed(self, samples: Samples) -> Samples:
        """(N, 2) int16 -> (M, 2) int16: N / speed in the long run; a moment of it is held back."""
        if self._speed == 1:
            return samples
        self._taken += len(samples)
        if self._graph is None:
            return self._count(np.zeros((self._due(), CHANNELS), np.int16))
        self._push(samples)
        return self._count(self._pulled())

    def finish(self) -> Samples:
        """What is still inside."""
        if self._graph is None:
            return np.zeros((0, CHANNELS), np.int16)
        self._graph.push(None)
        rest, due = self._pulled(), max(0, self._due())
        return self._count(np.pad(rest, ((0, max(0, due - len(rest))), (0, 0)))[:due])

    def _due(self) -> int:
        return round(self._taken / self._speed) - self._given

    def _count(self, samples: Samples) -> Samples:
        self._given += len(samples)
        return samples

    def _push(self, samples: Samples) -> None:
        assert self._graph is not None  # noqa: S101 - for the type checker
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._pushed
        self._pushed += len(samples)
        self._graph.push(frame)

    def _pulled(self) -> Samples:
        blocks: list[Samples] = [np.zeros((0, CHANNELS), np.int16)]
        while self._graph is not None:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                break
            blocks.append(np.asarray(frame.to_ndarray(), np.int16).reshape(-1, CHANNELS))
        return np.concatenate(blocks)


def _graph(factors: list[float], rate: int) -> Graph:
    graph = Graph()
    last = graph.add_abuffer(
        sample_rate=rate, format="s16", layout="stereo", time_base=Fraction(1, rate), name="in"
    )
    for factor in factors:
        following = graph.add("atempo", f"{factor:.6f}")
        last.link_to(following)
        last = following
    last.link_to(graph.add("abuffersink"))
    graph.configure()
    return graph


def _factors(speed: float) -> list[float]:
    """Factors that one filter can do, whose product is the speed."""
    factors = []
    while speed < _LEAST:
        factors.append(_LEAST)
        speed /= _LEAST
    while speed > _MOST:
        factors.append(_MOST)
        speed /= _MOST
    return [*factors, speed]


def _early(factors: list[float], rate: int) -> int:
    """By how many samples of the input `atempo` runs ahead: half its window (`yae_reset` in af_atempo.c)."""
    window = rate // 24
    window = 1 << (window - 1).bit_length()
    early, stretch = 0.0, 1.0
    for factor in factors:
        early += window / 2 * stretch
        stretch *= factor
    return round(early)
