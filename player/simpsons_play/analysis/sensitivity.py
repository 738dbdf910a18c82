"""How each character's screen time would change with a lower or a higher threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.timelines.screen_time import by_label
from simpsons_play.timelines.spans import SpanCollector
from simpsons_play.tracking.postprocess import Postprocessor

REACH = 0.15
"""Distance of the lower and the higher threshold from the one in use: about as much as thresholds that people
set by eye differ."""

_BATCH = 2048
"""Number of frames to postprocess in one go, which takes about a second. If they were postprocessed one by
one, the decoding thread would often wait for the GIL, and the run would take half as long again."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Each character's screen time at two other thresholds.

    Attributes:
        low: the lower threshold, 0-1.
        high: the higher one.
        seconds_low: label -> seconds on screen at the lower one; characters that never appear are missing.
        seconds_high: the same at the higher one.
    """

    low: float
    high: float
    seconds_low: dict[str, float]
    seconds_high: dict[str, float]

    def range_of(self, label: str) -> tuple[float, float]:
        """The shorter and the longer time of a character at the two thresholds, in seconds."""
        low, high = self.seconds_low.get(label, 0.0), self.seconds_high.get(label, 0.0)
        return min(low, high), max(low, high)


class SensitivityCounter:
    """Postprocesses a log with a lower and a higher threshold than the one in use; runs no model.

    Args:
        log: detection log of one video; may grow.
        make_postprocessor: makes a postprocessor for a threshold.
        threshold: threshold in use, 0-1.
    """

    def __init__(
        self,
        log: DetectionLog,
        make_postprocessor: Callable[[float], Postprocessor],
        *,
        threshold: float,
    ) -> None:
        self._log, self._added = log, 0
        self._low, self._high = max(threshold - REACH, 0.0), min(threshold + REACH, 1.0)
        self._runs = [
            (make_postprocessor(t), SpanCollector(1)) for t in (self._low, self._high)
        ]  # sides do not matter

    def advance(self, frames: int) -> None:
        """Postprocess the first `frames` frames of the log, once there are enough new ones."""
        if frames - self._added >= _BATCH:
            self._postprocess(frames)

    def finish(self, last_frame_s: float) -> Sensitivity:
        """Postprocess the rest, and return the result; the last frame lasts `last_frame_s` seconds."""
        self._postprocess(len(self._log))
        end_s = self._log[self._added - 1].time_s + last_frame_s if self._added else 0.0
        seconds = []
        for postprocessor, spans in self._runs:
            for result in postprocessor.flush():
                spans.add(result)
            found = by_label(spans.until(end_s))
            seconds.append(
                {label: sum(span.end_s - span.start_s for span in of) for label, of in found.items()}
            )
        return Sensitivity(self._low, self._high, *seconds)

    def _postprocess(self, frames: int) -> None:
        while self._added < min(frames, len(self._log)):
            for postprocessor, spans in self._runs:
                for result in postprocessor.update(self._log[self._added]):
                    spans.add(result)
            self._added += 1
