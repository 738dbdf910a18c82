"""What sinks need besides frames and their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.analysis.strangers import Stranger
from simpsons_play.core.results import RunInfo
from simpsons_play.render.marks import MarksOf
from simpsons_play.timelines.timeline import TimelineBuilder


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What sinks need besides frames and their results.

    Attributes:
        run: source, model and labels of the run.
        timeline: the timeline up to and including the frame that is being written.
        marks: what is drawn on a frame, such as the captions of its result.
        sensitivity: computes each character's screen time at other thresholds; call it once, at the end.
        strangers: groups heads that nobody knows; call it once, at the end.
        warnings: warnings of the source, one line each; grows while it is read.
        warn: shows the user one line, such as the streams of the source that an output cannot hold.
    """

    run: RunInfo
    timeline: TimelineBuilder
    marks: MarksOf
    sensitivity: Callable[[], Sensitivity]
    strangers: Callable[[], Sequence[Stranger]] = tuple
    warnings: Sequence[str] = ()
    warn: Callable[[str], object] = lambda line: None
