"""A clip with people whom no network knows, drawn in code: one of them comes back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from simpsons_samples.anatomy import Pose
from simpsons_samples.backdrops import SCENES, draw_backdrop
from simpsons_samples.cast import FIGURES
from simpsons_samples.pen import Image, Pen, rgb
from simpsons_samples.strangers import Stranger, draw_stranger

WIDTH, HEIGHT, RATE, SHOT_FRAMES = 640, 480, Fraction(12), 12

RED_HAIR = Stranger(rgb(255, 217, 15), rgb(206, 96, 40), rgb(30, 150, 150), 2)
GREY_HAIR = Stranger(rgb(244, 200, 160), rgb(196, 190, 186), rgb(60, 60, 66), 0)

SHOTS: tuple[tuple[Stranger | str, ...], ...] = (
    (RED_HAIR,),
    ("homer_simpson",),
    (GREY_HAIR, RED_HAIR),
    ("bart_simpson",),
    (RED_HAIR,),
)
"""Who is in each shot of a second, from left to right."""


def draw_shot(number: int, frame: int) -> Image:
    """(480, 640, 3) uint8 BGR: one frame of a shot."""
    image = draw_backdrop(WIDTH, HEIGHT, SCENES[number % len(SCENES)], seed=number)
    people = SHOTS[number]
    for place, who in enumerate(people):
        x = WIDTH * (place + 1) / (len(people) + 1) + frame / 2 + 12 * number
        pose = Pose(0.4 * (frame % 4 == 0), False, 0.0, 0.2, 1.0 * number)
        pen = Pen(image, (x, 210.0), 110.0, 1 if number % 2 else -1)
        if isinstance(who, str):
            FIGURES[who].draw(pen, pose)
        else:
            draw_stranger(pen, pose, who)
    return image


def write_strangers(path: Path) -> Path:
    """Encode the shots as H.264."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=RATE, options={"crf": "18"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(len(SHOTS)):
            for frame in range(SHOT_FRAMES):
                picture = av.VideoFrame.from_ndarray(draw_shot(number, frame), "bgr24")
                picture.pts, picture.time_base = number * SHOT_FRAMES + frame, 1 / RATE
                out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return path
