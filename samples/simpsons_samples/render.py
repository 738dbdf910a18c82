"""Render the frames of the clip at twice the size and scale them down."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi, sin

import cv2
import numpy as np

from simpsons_samples.backdrops import draw_backdrop
from simpsons_samples.cast import FIGURES, WAIST
from simpsons_samples.drawings import draw_character
from simpsons_samples.pen import Image
from simpsons_samples.scenes import HEIGHT, HELD_FRAMES, SHOTS, WIDTH, Actor, Shot, syllables

_OVERSAMPLING = 2
_DEPTH = 0.5  # parallax: movement of the backdrop relative to the figures
_BLINK_FRAMES = 4
_GESTURE_FRAMES = 8  # duration of raising or lowering the hand


def _ease(share: float) -> float:
    """Ease in and out: 0-1 -> 0-1."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def mouth_open(shot: Shot, actor: Actor, frame: int) -> float:
    """Mouth opening of an actor at a frame of its shot, 0-1."""
    for syllable in syllables(shot, actor):
        if syllable.start <= frame < syllable.start + syllable.frames:
            return syllable.openness * sin(pi * (frame - syllable.start + 1) / (syllable.frames + 0.5))
    return 0.0


def _arm(actor: Actor, frame: int) -> float:
    """Height of a raised hand, 0-1, with a slight wave."""
    if actor.gesture is None:
        return 0.0
    start, end = actor.gesture
    raised = _ease((frame - start) / _GESTURE_FRAMES) * _ease(
        (end + _GESTURE_FRAMES - frame) / _GESTURE_FRAMES
    )
    return raised * (0.92 + 0.08 * sin(0.7 * (frame - start)))


def _draw_actor(stage: Image, shot: Shot, actor: Actor, frame: int, pan: float, zoom: float) -> None:
    height, width = stage.shape[:2]
    opened = mouth_open(shot, actor, frame)
    eyes_x = width / 2 + ((actor.x - 0.5) * width - pan * height) * zoom
    eyes_y = height / 2 + (actor.eyes_y - 0.5) * height * zoom - 0.006 * height * opened
    scale, top = actor.size * height * zoom, FIGURES[actor.name].head.top
    draw_character(
        stage,
        actor.name,
        center=(eyes_x, eyes_y + scale * (WAIST + top) / 2),
        height_px=scale * (WAIST - top),
        facing=actor.facing,
        mouth_open=opened,
        blink=any(start <= frame < start + _BLINK_FRAMES for start in actor.blinks),
        arm=_arm(actor, frame),
        gaze=0.55 if any(start <= frame < end for start, end in actor.speech) else 0.15,
        tilt_deg=2.5 * opened - 1.5 + 2.0 * sin(frame / 9),
    )


def draw_frame(shot: Shot, frame: int) -> Image:
    """Draw one frame of a shot.

    Args:
        shot: The shot.
        frame: Frame index within the shot.

    Returns:
        (480, 640, 3) uint8 BGR.
    """
    share = frame / max(1, shot.frames - 1)
    pan = shot.pan[0] + (shot.pan[1] - shot.pan[0]) * share
    zoom = shot.zoom[0] + (shot.zoom[1] - shot.zoom[0]) * share
    width, height = WIDTH * _OVERSAMPLING, HEIGHT * _OVERSAMPLING
    stage = draw_backdrop(
        width, height, shot.scene, shift=pan * (_DEPTH if shot.actors else 1.0), seed=shot.seed
    )
    near = 1 + (zoom - 1) * _DEPTH
    if near != 1:
        move = np.array([[near, 0, width / 2 * (1 - near)], [0, near, height / 2 * (1 - near)]])
        stage = np.asarray(
            cv2.warpAffine(stage, move, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8
        )
    for actor in shot.actors:
        _draw_actor(stage, shot, actor, frame, pan, zoom)
    return np.asarray(cv2.resize(stage, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def frames() -> Iterator[Image]:
    """Yield all frames of the clip in order, (480, 640, 3) uint8 BGR; held drawings are repeated."""
    for shot in SHOTS:
        picture = draw_frame(shot, 0)
        for frame in range(shot.frames):
            if frame and frame % HELD_FRAMES == 0:
                picture = draw_frame(shot, frame)
            yield picture
