"""Fills in the results of frames between sampled ones. Pure, except for the state kept between frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameDetections, FrameResult, Region


class Interpolator:
    """Turns settled results of sampled frames into results of all frames, in order.

    Between two sampled frames of a shot, a name that both show moves linearly from one to the other. A name
    that only one of them shows is shown up to the middle. After the last sampled frame of a shot, its names
    stay. While a picture only repeats the sampled one, nothing moves.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Discard all state and the pending frames."""
        self._before: FrameResult | None = None
        self._between: dict[int, list[FrameDetections]] = {}
        self._last: list[FrameDetections] = []

    def add_sampled(self, detected: FrameDetections) -> None:
        """Add the next sampled frame; its result comes later."""
        self._last = []
        self._between[detected.index] = self._last

    def add(self, detected: FrameDetections) -> None:
        """Add the next frame that is not sampled."""
        self._last.append(detected)

    def settle(self, results: Sequence[FrameResult]) -> Iterator[FrameResult]:
        """Results of sampled frames, in order -> results of all frames up to the last of them."""
        for result in results:
            before = self._before
            if before is not None:
                between = self._between.pop(before.index)
                yield from _held(before, between) if result.cut else _interpolated(before, between, result)
            yield result
            self._before = result

    def flush(self) -> Iterator[FrameResult]:
        """Results of the frames after the last sampled one; call this when all sampled ones are settled."""
        if self._before is not None:
            yield from _held(self._before, self._between.pop(self._before.index))
        self.reset()


def interpolated_region(before: Region, after: Region, share: float) -> Region:
    """Interpolate between two positions of a head, share 0-1; of crops, return the nearer one."""
    near, first, second = before if share < 0.5 else after, before.box, after.box
    if not before.is_head or before.name != after.name or first == second:
        return near
    box = Box(
        round(first.x_min + (second.x_min - first.x_min) * share),
        round(first.y_min + (second.y_min - first.y_min) * share),
        round(first.x_max + (second.x_max - first.x_max) * share),
        round(first.y_max + (second.y_max - first.y_max) * share),
    )
    return Region(before.name, box)


def _held(before: FrameResult, between: Sequence[FrameDetections]) -> Iterator[FrameResult]:
    for detected in between:
        yield _result(before, detected, before.captions)


def _interpolated(
    before: FrameResult, between: Sequence[FrameDetections], after: FrameResult
) -> Iterator[FrameResult]:
    from_s = before.time_s
    earlier = {caption.label: caption for caption in before.captions}
    later = {caption.label: caption for caption in after.captions}
    for detected in between:
        if detected.repeated:
            from_s = detected.time_s
            yield _result(before, detected, before.captions)
            continue
        share = (detected.time_s - from_s) / (after.time_s - from_s) if after.time_s > from_s else 1.0
        yield _result(before, detected, tuple(_captions(earlier, later, share)))


def _captions(earlier: dict[str, Caption], later: dict[str, Caption], share: float) -> Iterator[Caption]:
    for label, caption in (earlier if share < 0.5 else later).items():
        if label in earlier and label in later:
            region = interpolated_region(earlier[label].region, later[label].region, share)
            yield caption if region is caption.region else replace(caption, region=region)
        else:
            yield caption


def _result(sampled: FrameResult, detected: FrameDetections, captions: tuple[Caption, ...]) -> FrameResult:
    return FrameResult(
        detected.index,
        detected.time_s,
        False,
        sampled.predictions,
        captions,
        detected.repeated,
        detected.detections,
    )
