"""Synthesise the sound of the clip: a tune of our own, and babble while mouths move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simpsons_samples.scenes import FRAMES, RATE, SHOTS, Actor, Shot, first_frames, syllables

SAMPLE_RATE = 44100
"""Samples per second."""

SAMPLES = round(FRAMES / RATE * SAMPLE_RATE)
"""Length of the sound in samples, equal to that of the video."""

Signal = NDArray[np.float64]
"""Sound, (N,) or (N, 2) float64, about -1 to 1; the two columns are left and right."""

_BEAT_S = 0.417  # forty-eight beats fill the clip: twelve bars of four
_PEAK = 0.82  # headroom for the encoder
_TUNE_LEVEL, _DUCKED_LEVEL, _BABBLE_LEVEL = 0.34, 0.16, 0.6

# Twelve bars in F major, as MIDI note numbers; 0 rests. Two notes to a beat.
_CHORDS = ((53, 57, 60), (50, 53, 57), (46, 50, 53), (48, 52, 55)) * 3
_MELODY = (
    (72, 0, 69, 72, 77, 0, 76, 74), (74, 0, 69, 0, 65, 67, 69, 0),
    (70, 0, 74, 70, 65, 0, 70, 0), (72, 70, 67, 64, 60, 0, 64, 0),
    (69, 0, 65, 69, 72, 0, 69, 0), (74, 72, 69, 0, 65, 0, 69, 0),
    (70, 74, 77, 0, 74, 0, 70, 0), (79, 0, 76, 72, 67, 0, 72, 0),
    (77, 0, 72, 69, 72, 0, 77, 0), (74, 0, 77, 74, 69, 0, 65, 0),
    (70, 72, 74, 0, 70, 67, 64, 0), (65, 0, 69, 72, 77, 0, 0, 0),
)  # fmt: skip

_VOWELS = ((730.0, 1090.0), (530.0, 1840.0), (390.0, 1990.0), (570.0, 840.0), (300.0, 870.0))
# First two formants, Hz, of men's vowels in hod, head, hid, hawed, who'd (Peterson and Barney, 1952).


@dataclass(frozen=True)
class Voice:
    """Voice of a character.

    Attributes:
        pitch_hz: Fundamental frequency.
        formants: Scale of the formants relative to a man's; above 1 for smaller heads.
        rough: Amount of pitch noise, 0-1.
    """

    pitch_hz: float
    formants: float = 1.0
    rough: float = 0.0


VOICES: dict[str, Voice] = {
    "homer_simpson": Voice(98.0, 0.95, 0.2),
    "ned_flanders": Voice(139.0, 1.05),
    "krusty_the_clown": Voice(165.0, 1.0, 0.6),
    "marge_simpson": Voice(208.0, 1.1, 0.5),
    "bart_simpson": Voice(262.0, 1.25, 0.15),
    "lisa_simpson": Voice(330.0, 1.3),
}
"""Each character has its own pitch, so that listeners can tell who talks."""


def _envelope(samples: int, *, attack_s: float, release_s: float) -> Signal:
    """Amplitude envelope (samples,) from 0 to 1 and back to 0."""
    t = np.arange(samples) / SAMPLE_RATE
    shape: Signal = np.clip(t / attack_s, 0, 1) * np.clip((samples / SAMPLE_RATE - t) / release_s, 0, 1)
    return np.sin(shape * np.pi / 2) ** 2


def _pluck(note: int, length_s: float, *, decay_s: float) -> Signal:
    """A marimba-like sound with partials at 1, 4 and 10 times the pitch of a MIDI note."""
    t = np.arange(round(length_s * SAMPLE_RATE)) / SAMPLE_RATE
    pitch_hz = 440 * 2 ** ((note - 69) / 12)
    tone = np.zeros_like(t)
    for partial, level, faster in ((1.0, 1.0, 1.0), (4.0, 0.25, 2.5), (9.9, 0.06, 5.0)):
        tone += level * np.sin(2 * np.pi * partial * pitch_hz * t) * np.exp(-t * faster / decay_s)
    return tone * _envelope(t.size, attack_s=0.004, release_s=0.03)


def _add(track: Signal, sound: Signal, start: int) -> None:
    """Mix `sound` into `track` in place from sample `start`, truncated at its end."""
    end = min(start + len(sound), len(track))
    if start < end:
        track[start:end] += sound[: end - start]


def tune() -> Signal:
    """The tune, (SAMPLES, 2): melody, chords off the beat, bass on the beat, and a shaker."""
    track = np.zeros((SAMPLES, 2))
    rng = np.random.default_rng(1)
    for bar, (chord, melody) in enumerate(zip(_CHORDS, _MELODY, strict=True)):
        for half in range(8):
            start = round((bar * 8 + half) * _BEAT_S / 2 * SAMPLE_RATE)
            if melody[half]:
                _add(track, np.outer(_pluck(melody[half], 0.6, decay_s=0.22), (0.42, 0.58)), start)
            if half % 2:
                for note in chord:
                    _add(track, np.outer(_pluck(note + 12, 0.3, decay_s=0.09), (0.2, 0.13)), start)
            elif half % 4 == 0:
                bass = chord[0] - 12 if half == 0 else chord[2] - 24
                _add(track, np.outer(_pluck(bass, 0.7, decay_s=0.3), (0.5, 0.5)), start)
            shake = np.diff(rng.normal(size=1800), prepend=0.0) * _envelope(
                1800, attack_s=0.01, release_s=0.03
            )
            _add(track, np.outer(shake, (0.02, 0.03)), start)
    loudest: Signal = track / np.abs(track).max()
    return loudest


def _syllable(voice: Voice, length_s: float, rng: np.random.Generator) -> Signal:
    """One syllable, (N,): harmonics of the pitch under two formants that glide between vowels."""
    samples = round(length_s * SAMPLE_RATE)
    share = np.linspace(0, 1, samples)
    wobble = np.repeat(rng.normal(size=samples // 200 + 1), 200)[:samples]
    bend = 1 + rng.uniform(-0.12, 0.16) + 0.1 * rng.uniform(-1, 1) * share
    pitch = voice.pitch_hz * bend * (1 + 0.035 * voice.rough * wobble)
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    begin, end = (np.asarray(_VOWELS[int(rng.integers(len(_VOWELS)))]) * voice.formants for _ in range(2))
    sound = np.zeros(samples)
    for harmonic in range(1, int(4500 / voice.pitch_hz) + 1):
        level = np.full(samples, 0.02)
        for first, last, width, weight in zip(begin, end, (110.0, 170.0), (1.0, 0.5), strict=True):
            formant = first + (last - first) * share
            level += weight / (1 + ((harmonic * pitch - formant) / width) ** 2)
        sound += level / harmonic**0.4 * np.sin(harmonic * phase)
    sound *= _envelope(samples, attack_s=0.03, release_s=0.06)
    loudest: Signal = sound / max(float(np.abs(sound).max()), 1e-9)
    return loudest


def _babble_of(shot: Shot, actor: Actor, first_frame: int, track: Signal) -> None:
    """Mix the babble of one actor into `track`, (SAMPLES, 2), panned to its position."""
    rng = np.random.default_rng([shot.seed, shot.actors.index(actor), 1])
    right = 0.5 + 0.6 * (actor.x - 0.5)
    for syllable in syllables(shot, actor):
        start = round((first_frame + syllable.start) / RATE * SAMPLE_RATE)
        spoken = _syllable(VOICES[actor.name], float(syllable.frames / RATE), rng)
        level = 0.5 + 0.5 * syllable.openness
        _add(track, np.outer(spoken * level, (np.sqrt(1 - right), np.sqrt(right))), start)


def babble() -> Signal:
    """The babble of all actors, (SAMPLES, 2), silent while all mouths are closed."""
    track = np.zeros((SAMPLES, 2))
    for shot, first in zip(SHOTS, first_frames()[:-1], strict=True):
        for actor in shot.actors:
            _babble_of(shot, actor, first, track)
    return track


def soundtrack() -> NDArray[np.float32]:
    """The sound of the clip: the tune, ducked during speech, and the babble.

    Returns:
        (SAMPLES, 2) float32, left and right, -0.82 to 0.82.
    """
    speech = babble()
    window = round(0.15 * SAMPLE_RATE)
    loud = (np.abs(speech).max(axis=1) > 0.01).astype(np.float64)
    sums = np.cumsum(np.pad(loud, (window, window)))
    talking = np.clip(3 * (sums[2 * window :] - sums[: -2 * window]) / (2 * window), 0, 1)
    level = _TUNE_LEVEL + (_DUCKED_LEVEL - _TUNE_LEVEL) * talking
    mixed = tune() * level[:, None] + _BABBLE_LEVEL * speech
    mixed *= _PEAK / np.abs(mixed).max()
    mixed *= _envelope(SAMPLES, attack_s=0.02, release_s=0.25)[:, None]
    samples: NDArray[np.float32] = mixed.astype(np.float32)
    return samples
