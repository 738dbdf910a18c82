"""Finds the shots in which other taught names may change results, without postprocessing them. Pure."""

from __future__ import annotations

import numpy as np

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.taught_names import TaughtNames


def changed_shots(
    log: DetectionLog, before: TaughtNames | None, after: TaughtNames | None
) -> list[tuple[int, int]]:
    """The shots with a head that gets another name, or another probability.

    The likeness of a track is never above that of the best look at it. So only shots with a look at which the
    names differ need to be postprocessed again.

    Args:
        log: detection log of a video.
        before: the taught names until now.
        after: the new ones.

    Returns:
        Start and end of each shot, as positions in the log, in order.
    """
    shots: dict[int, int] = {}
    for index, embeddings in log.embeddings():
        start, end = log.shot_of(index)
        if start not in shots and _differ(embeddings.astype(np.float32), before, after):
            shots[start] = end
    return sorted(shots.items())


def _differ(
    embeddings: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    before: TaughtNames | None,
    after: TaughtNames | None,
) -> bool:
    found = [[] if names is None else names.found(embeddings) for names in (before, after)]
    return found[0] != found[1]
