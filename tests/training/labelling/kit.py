"""Episodes made in code, models that see what is drawn in them, and folders of proposals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections
from simpsons_training.labelling.frame_choice import ChosenFrame
from simpsons_training.labelling.frame_log import Moment
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.proposals import Proposal, Proposer
from tests.commands import HANGS_S, environment
from tests.fakes import COLOURS, FakeClassifier, FakeDetector, heads_of

WIDTH, HEIGHT, RATE = 192, 128, Fraction(12)
SHOT_S = 2
HEADS = {"left": (30, 30, 70, 80), "right": (120, 30, 160, 80)}

Shot = dict[str, str]
"""Side of the picture -> who is there."""


def drawn(number: int, shot: Shot) -> Image:
    """A picture that resembles none with another number: large blocks of grey, and a head for each name."""
    blocks = np.random.default_rng(number).integers(0, 255, (4, 6, 1), np.uint8).repeat(3, axis=2)
    image = cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    for side, name in shot.items():
        x_min, y_min, x_max, y_max = HEADS[side]
        image[y_min:y_max, x_min:x_max] = COLOURS[name]
    return image


def make_episode(path: Path, shots: Sequence[Shot]) -> Path:
    """A video of these shots, two seconds each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "g": "12"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, shot in enumerate(shots):
            picture = drawn(number, shot)
            for _ in range(SHOT_S * int(RATE)):
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(video.encode())
    return path


def seen(image: Image) -> Detections:
    """The heads of `drawn`."""
    found = []
    if image.shape != (HEIGHT, WIDTH, 3):
        return heads_of()
    for x_min, y_min, x_max, y_max in HEADS.values():
        colour = image[y_min + 10 : y_max - 10, x_min + 10 : x_max - 10].reshape(-1, 3).mean(axis=0)
        for name, wanted in COLOURS.items():
            if np.abs(colour - wanted).max() < 60:
                found.append(((x_min, y_min, x_max, y_max), name))
    return heads_of(*found)


def make_proposer(*, min_probability: float = 0.6) -> Proposer:
    classifier = FakeClassifier(lambda picture: (0.1, 0.1, 0.1))
    return Proposer(classifier, FakeDetector(seen), min_probability=min_probability)


def add_proposals(folder: Path, names: Sequence[str], *, first: int = 0) -> ProposalFolder:
    """Put one proposal aside for each name, ever less probable, each of a frame of its own."""
    store = ProposalFolder(folder)
    store.read_known()
    for number, name in enumerate(names, start=first):
        image = drawn(number, {"left": name} if name in COLOURS else {})
        frame = ChosenFrame(image, Moment("s01/e01.mp4", float(number)), float(number), f"e01-{number}")
        whole = Box(0, 0, WIDTH, HEIGHT)
        proposal = Proposal(name, 0.95 - number / 100, "full", whole, Box(*HEADS["left"]), 0.1)
        assert store.add(frame, proposal) is not None
    return store


def arguments(command: str, *args: object) -> list[str]:
    """The words that run a command in a process of its own, whether its entry point is installed or not."""
    code = f"from simpsons_training.commands.{command} import {command}; {command}()"
    return [sys.executable, "-c", code, *map(str, args)]


def run_command(command: str, *args: object, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        command: name of the command and of its module.
        args: its arguments.
        changes: variables of its environment; see `tests.commands.environment`.
    """
    env = environment(PYTHONPATH=os.pathsep.join(sys.path), **changes)
    words = arguments(command, *args)
    return subprocess.run(words, env=env, capture_output=True, text=True, timeout=HANGS_S)
