"""Samples on their way to the device: stretched, counted and skipped."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from simpsons_play.window.playback.sound_queue import SoundQueue
from simpsons_play.window.playback.tempo import Tempo
from tests.player.sources.test_sound import BLOCK, RATE


@pytest.mark.parametrize("speed", [0.1, 0.25, 0.5, 0.9, 1.0, 1.1, 2.0, 4.0, 8.0])
def test_stretching_gives_the_right_number_of_samples(speed: float) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)).astype(np.int16)
    samples = np.repeat(tone[:, None], 2, axis=1)
    tempo = Tempo(speed, rate=RATE)
    out = [tempo.process(samples[first : first + BLOCK]) for first in range(0, len(samples), BLOCK)]
    stretched = np.concatenate([*out, tempo.flush()])
    assert len(stretched) == pytest.approx(len(samples) / speed, abs=2)
    middle = stretched[len(stretched) // 4 : len(stretched) // 4 + RATE // 4, 0].astype(float)
    if speed < 0.25:
        assert not stretched.any()
    elif speed <= 4:
        crossings = np.count_nonzero(np.diff((middle > 0).astype(int)) > 0)
        assert crossings == pytest.approx(110, abs=4), "the pitch is unchanged"


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.1, 2.0])
def test_stretched_sound_is_in_sync(speed: float) -> None:
    clicks = np.zeros((8 * RATE, 2), np.int16)
    for second in range(1, 8):
        length = RATE // 50
        clicks[second * RATE : second * RATE + length] = (
            15000 * np.sin(2 * np.pi * 1000 * np.arange(length) / RATE)
        )[:, None]
    tempo = Tempo(speed, rate=RATE)
    out = [tempo.process(clicks[first : first + BLOCK]) for first in range(0, len(clicks), BLOCK)]
    stretched = np.abs(np.concatenate([*out, tempo.flush()])[:, 0].astype(int))
    loud = np.flatnonzero(stretched > 5000)
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE / 4)]
    assert begins / RATE * speed == pytest.approx(np.arange(1, 8), abs=0.02)


@pytest.mark.parametrize("until_s", [1.0, 1.00001, 2.99999, 25.0, 59.0])
def test_skipping_is_exact_to_the_sample(until_s: float) -> None:
    """At any rounding of the time. A long gap is seeked over rather than decoded."""
    decoded: list[Fraction] = []

    def decode(start: Fraction) -> Iterator[np.ndarray]:
        decoded.append(start)
        first = round(start * RATE)
        for begin in range(first, 40 * RATE, BLOCK):
            numbers = np.arange(begin, min(begin + BLOCK, 40 * RATE)) // 100
            yield np.repeat(numbers[:, None], 2, axis=1).astype(np.int16)

    queue = SoundQueue(decode, rate=RATE, speed=1.0, end_s=None)
    queue.seek(0.5)
    queue.consume(len(queue.peek(BLOCK)))
    queue.skip_to(until_s)
    samples = queue.peek(BLOCK)
    if until_s > 40:
        assert not len(samples) and queue.drained
        return
    assert samples[0, 0] == pytest.approx(until_s * RATE / 100, abs=1)
    queue.consume(len(samples))
    assert queue.media_at(BLOCK - 1)[0] == pytest.approx(0.5 + BLOCK / RATE, abs=2 / RATE)
    assert queue.media_at(BLOCK)[0] == pytest.approx(until_s, abs=2 / RATE)
    assert len(decoded) == (2 if until_s > 11 else 1)
