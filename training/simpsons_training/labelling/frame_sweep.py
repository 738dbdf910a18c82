"""The frames of `FrameChoice` in the order of time: an episode is read once, from beginning to end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import ROUNDED_TIME_S, Frame
from simpsons_play.inference.shot_boundaries import ShotBoundaryDetector
from simpsons_play.sources import open_source
from simpsons_training.labelling.config import ChoiceConfig
from simpsons_training.labelling.frame_choice import (
    NOTHING_LEFT,
    SHOT_S,
    ChosenFrame,
    claimed,
    cut_thumbnail,
    length_of,
    moments_of,
    with_square_pixels,
)
from simpsons_training.labelling.frame_log import FrameLog, Moment

_LAST_FRAME_S = 1.0
"""How long the last frame counts as being on screen."""


def new_moments(name: str, path: str, *, log: FrameLog, config: ChoiceConfig) -> list[Moment]:
    """The moments of an episode that the log does not contain, in the order of time.

    Args:
        name: Name of the episode, see `frame_choice.named_episodes`.
        path: Video file.
        log: The frames that were offered before.
        config: Which frames are offered.

    Raises:
        SourceError: The episode cannot be opened, is not a video, its length is unknown, or nothing is left
            of it without titles and credits.
        DataError: The log cannot be read.
        SinkError: The folder of the log cannot be written to.
    """
    chosen = [moment for _, moment in moments_of(name, length_of(path), config)]
    if not chosen:
        raise SourceError(f"{path}: {NOTHING_LEFT}")
    return sorted((m for m in chosen if not log.has(m)), key=lambda moment: moment.time_s)


def sweep(
    path: str | os.PathLike[str],
    moments: list[Moment],
    log: FrameLog,
    *,
    warn: Callable[[str], object] = lambda line: None,
    on_moment: Callable[[], object] = lambda: None,
) -> Iterator[ChosenFrame]:
    """Read the frames at these moments in one pass; each is claimed in the log when it is returned.

    Frames without contrast and near duplicates are left out, as by `FrameChoice`.

    Args:
        path: Video file.
        moments: Moments of it, see `new_moments`.
        log: The frames that were offered before.
        warn: Called with one line for each part of the file that cannot be read.
        on_moment: Called after each moment.

    Raises:
        SourceError: The file cannot be read.
        DataError: The log cannot be read.
        SinkError: The log cannot be written.
    """
    if not moments:
        return
    start_s = max(0.0, moments[0].time_s - SHOT_S)
    source = open_source(path, start_s=start_s)
    source.defer_images()  # few are needed in full
    cuts = ShotBoundaryDetector()
    left = list(reversed(moments))
    shown: Frame | None = None
    shot_start_s = start_s

    def frames_until(time_s: float) -> Iterator[ChosenFrame]:
        """The frames at the moments at which `shown` is on screen, until the next frame comes."""
        while left and shown is not None and time_s > left[-1].time_s + ROUNDED_TIME_S:
            chosen = claimed(
                with_square_pixels(shown.image, source.info),
                left.pop(),
                log,
                time_s=shown.time_s,
                shot_start_s=min(shot_start_s, shown.time_s),
            )
            if chosen is not None:
                yield chosen
            on_moment()

    with source:
        for frame in source:
            yield from frames_until(frame.time_s)
            if not left:
                break
            if cuts.update(cut_thumbnail(frame)) and shown is not None:
                shot_start_s = frame.time_s
            shown = frame
        if shown is not None:  # no further: the file may be truncated
            yield from frames_until(shown.time_s + _LAST_FRAME_S)
        for warning in source.warnings:
            warn(warning)
