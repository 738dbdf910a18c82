"""Changes the speed of sound without changing its pitch. Does not depend on Qt."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from simpsons_play.sources.sound import CHANNELS, Samples

MIN_AUDIBLE_SPEED = 0.25
"""Below this speed voices are unintelligible, so that nothing is played, as in mpv."""

_MIN_FACTOR, _MAX_FACTOR = 0.5, 100.0
"""Range of one `atempo` filter of ffmpeg."""


class Tempo:
    """Stretches samples by `1 / speed` with ffmpeg's `atempo`; silent below `MIN_AUDIBLE_SPEED`.

    The output stays in step with the input: output sample m corresponds to input sample `m * speed`.

    Args:
        speed: Playback speed; 1 leaves samples unchanged.
        rate: Samples per second.
    """

    def __init__(self, speed: float, *, rate: int) -> None:
        self._speed, self._rate = speed, rate
        self._received = self._returned = self._pushed = 0
        self._graph: Graph | None = None
        if speed != 1 and speed >= MIN_AUDIBLE_SPEED:
            factors = _factors(speed)
            self._graph = _make_graph(factors, rate)
            self._push(np.zeros((_lead(factors, rate), CHANNELS), np.int16))

    def process(self, samples: Samples) -> Samples:
        """(N, 2) int16 -> (M, 2) int16: N / speed on average; the filter holds some samples back."""
        if self._speed == 1:
            return samples
        self._received += len(samples)
        if self._graph is None:
            return self._count(np.zeros((self._due(), CHANNELS), np.int16))
        self._push(samples)
        return self._count(self._pull())

    def flush(self) -> Samples:
        """(M, 2) int16: the samples that the filter still holds."""
        if self._graph is None:
            return np.zeros((0, CHANNELS), np.int16)
        self._graph.push(None)
        rest, due = self._pull(), max(0, self._due())
        return self._count(np.pad(rest, ((0, max(0, due - len(rest))), (0, 0)))[:due])

    def _due(self) -> int:
        """How many samples the output is short of the input."""
        return round(self._received / self._speed) - self._returned

    def _count(self, samples: Samples) -> Samples:
        self._returned += len(samples)
        return samples

    def _push(self, samples: Samples) -> None:
        assert self._graph is not None  # noqa: S101 - for the type checker
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._pushed
        self._pushed += len(samples)
        self._graph.push(frame)

    def _pull(self) -> Samples:
        blocks: list[Samples] = [np.zeros((0, CHANNELS), np.int16)]
        while self._graph is not None:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                break
            blocks.append(np.asarray(frame.to_ndarray(), np.int16).reshape(-1, CHANNELS))
        return np.concatenate(blocks)


def _make_graph(factors: list[float], rate: int) -> Graph:
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
    """Factors within the range of one filter whose product is the speed."""
    factors = []
    while speed < _MIN_FACTOR:
        factors.append(_MIN_FACTOR)
        speed /= _MIN_FACTOR
    while speed > _MAX_FACTOR:
        factors.append(_MAX_FACTOR)
        speed /= _MAX_FACTOR
    return [*factors, speed]


def _lead(factors: list[float], rate: int) -> int:
    """How many input samples `atempo` runs ahead: half its window (`yae_reset` in af_atempo.c)."""
    window = rate // 24
    window = 1 << (window - 1).bit_length()
    lead, stretch = 0.0, 1.0
    for factor in factors:
        lead += window / 2 * stretch
        stretch *= factor
    return round(lead)
