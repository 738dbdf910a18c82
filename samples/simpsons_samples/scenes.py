"""The script of the clip: characters, speech and camera movement of each shot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

RATE = Fraction(24000, 1001)
"""Frames per second."""

WIDTH, HEIGHT = 640, 480
"""Size of the clip in pixels."""

HELD_FRAMES = 2
"""Number of frames per drawing: like the show, the clip is animated on twos."""


@dataclass(frozen=True)
class Actor:
    """A character in a shot. All frames count from the start of the shot.

    Attributes:
        name: One of `simpsons_samples.drawings.CHARACTERS`.
        x: Position of the face as a share of the picture width.
        eyes_y: Height of the eyes as a share of the picture height.
        size: Width of the face as a share of the picture height; a head is nearly twice as high.
        facing: 1: looks to the right; -1: to the left.
        speech: Spans (first, end) of frames with speech.
        blinks: First frame of each blink.
        gesture: Span (first, end) of frames with a raised hand, or None.
    """

    name: str
    x: float
    eyes_y: float
    size: float
    facing: int = 1
    speech: tuple[tuple[int, int], ...] = ()
    blinks: tuple[int, ...] = ()
    gesture: tuple[int, int] | None = None


@dataclass(frozen=True)
class Shot:
    """A shot between two cuts.

    Attributes:
        frames: Duration in frames.
        scene: One of `simpsons_samples.backdrops.SCENES`.
        seed: Random seed for the backdrop and the syllables.
        actors: Up to two actors: the first on the left, the second on the right.
        pan: Camera position to the right at the start and at the end, in picture heights.
        zoom: Zoom factor at the start and at the end.
    """

    frames: int
    scene: str
    seed: int
    actors: tuple[Actor, ...] = ()
    pan: tuple[float, float] = (0.0, 0.0)
    zoom: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True)
class Syllable:
    """One opening of a mouth: frames [start, start + frames) of its shot, at most `openness` (0-1) wide."""

    start: int
    frames: int
    openness: float


@dataclass(frozen=True)
class Appearance:
    """A row of the ground truth.

    Attributes:
        start_s: Start in seconds.
        end_s: End in seconds.
        where: "full", "left" or "right".
        character: Name of the visible character; None for nobody.
    """

    start_s: float
    end_s: float
    where: str
    character: str | None


SHOTS: tuple[Shot, ...] = (
    Shot(
        54,
        "living_room",
        8,
        (Actor("homer_simpson", 0.43, 0.45, 0.29, 1, ((4, 44),), (20,), (26, 48)),),
        pan=(-0.04, 0.04),
        zoom=(1.0, 1.06),
    ),
    Shot(
        50, "street", 3, (Actor("bart_simpson", 0.47, 0.47, 0.28, 1, ((6, 42),), (30,)),), pan=(-0.06, 0.06)
    ),
    Shot(
        54,
        "kitchen",
        8,
        (Actor("marge_simpson", 0.52, 0.54, 0.25, -1, ((8, 50),), (24,)),),
        pan=(0.05, -0.03),
        zoom=(1.04, 1.0),
    ),
    Shot(44, "night_town", 5, pan=(-0.2, 0.12)),
    Shot(
        54,
        "classroom",
        2,
        (Actor("lisa_simpson", 0.54, 0.48, 0.27, -1, ((6, 26), (32, 50)), (28,), (30, 54)),),
        pan=(0.03, -0.03),
        zoom=(1.0, 1.05),
    ),
    Shot(
        52,
        "street",
        11,
        (Actor("ned_flanders", 0.46, 0.45, 0.28, 1, ((4, 46),), (22,), (8, 44)),),
        pan=(0.06, -0.04),
    ),
    Shot(
        68,
        "living_room",
        11,
        (
            Actor("homer_simpson", 0.235, 0.46, 0.23, 1, ((4, 32),), (14, 52)),
            Actor("bart_simpson", 0.765, 0.55, 0.22, -1, ((36, 64),), (24,)),
        ),
        pan=(-0.01, 0.01),
    ),
    Shot(
        56,
        "tv_studio",
        12,
        (Actor("krusty_the_clown", 0.5, 0.46, 0.27, -1, ((4, 30), (34, 52)), (32,), (10, 50)),),
        pan=(-0.03, 0.03),
        zoom=(1.0, 1.08),
    ),
    Shot(
        48,
        "kitchen",
        1,
        (Actor("lisa_simpson", 0.47, 0.5, 0.28, 1, ((6, 40),), (18,)),),
        pan=(-0.05, 0.03),
    ),
)
"""The clip, shot by shot."""

FRAMES = sum(shot.frames for shot in SHOTS)
"""Length of the clip in frames."""


def first_frames() -> tuple[int, ...]:
    """Index of the first frame of each shot, followed by the length of the clip."""
    return tuple(int(end) for end in np.cumsum([0, *(shot.frames for shot in SHOTS)]))


@cache
def syllables(shot: Shot, actor: Actor) -> tuple[Syllable, ...]:
    """The syllables of an actor in a shot, which drive both mouth and voice."""
    rng = np.random.default_rng([shot.seed, shot.actors.index(actor)])
    spoken: list[Syllable] = []
    for start, end in actor.speech:
        at = start
        while at + 4 <= end:
            frames = min(HELD_FRAMES * int(rng.integers(2, 4)), end - at)
            spoken.append(Syllable(at, frames, float(rng.uniform(0.55, 1.0))))
            at += frames + (HELD_FRAMES if rng.random() < 0.35 else 0)
    return tuple(spoken)


def ground_truth() -> tuple[Appearance, ...]:
    """The ground truth of the clip: one row per shot, or two if two characters are visible."""
    rows: list[Appearance] = []
    starts = first_frames()
    for shot, first, end in zip(SHOTS, starts[:-1], starts[1:], strict=True):
        start_s, end_s = float(first / RATE), float(end / RATE)
        places = ("left", "right") if len(shot.actors) == 2 else ("full",)
        names: list[str | None] = [actor.name for actor in shot.actors]
        rows += [
            Appearance(start_s, end_s, place, name)
            for place, name in zip(places, names or [None], strict=True)
        ]
    return tuple(rows)
