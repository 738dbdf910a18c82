"""What a sink may need besides the frames it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.frames import Image
from simpsons_play.core.results import FrameResult, RunInfo
from simpsons_play.timelines.timeline import TimelineBuilder


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a sink may need besides the frames it is given.

    Attributes:
        run: the source, the model and its labels.
        timeline: of the source, up to and including the frame that is being written.
        draw: draws the captions of a result on a copy of an image, (H, W, 3) uint8 BGR.
        sensitivity: each character's screen time at other thresholds; to be called once, at the end.
        warnings: of the source, one line each; grows while it is read.
        tell: tells the user one line, such as what of the source an output cannot hold.
    """

    run: RunInfo
    timeline: TimelineBuilder
    draw: Callable[[Image, FrameResult], Image]
    sensitivity: Callable[[], Sensitivity]
    warnings: Sequence[str] = ()
    tell: Callable[[str], object] = lambda line: None
