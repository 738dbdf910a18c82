"""Finds the shots in which other taught names may change results, without postprocessing them. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.members import Member
from simpsons_play.cast.taught_names import TaughtNames

_BATCH = 4096
"""Number of looks to compare in one go."""

_TOLERANCE = 1e-4
"""By how much the likeness of a look may differ when it is compared on its own, because of rounding."""


def changed_shots(
    log: DetectionLog, before: TaughtNames | None, after: TaughtNames | None
) -> list[tuple[int, int]]:
    """The shots with a head that may get another name, or another probability.

    The likeness of a track to a member is never above that of the best look at it. So only shots need to be
    postprocessed again in which a look is like a member that has changed, and is more or less so than before.

    Args:
        log: detection log of a video.
        before: the taught names until now.
        after: the new ones.

    Returns:
        Start and end of each shot, as positions in the log, in order.
    """
    labels = {label for label, _, _ in _members(before) ^ _members(after)}
    looks = list(log.embeddings()) if labels else []
    if not looks:
        return []
    positions = np.repeat([position for position, _ in looks], [len(rows) for _, rows in looks])
    embeddings = np.concatenate([rows for _, rows in looks])
    some = [None if names is None else names.only(labels) for names in (before, after)]
    shots: dict[int, int] = {}
    for start in range(0, len(positions), _BATCH):
        batch = slice(start, start + _BATCH)
        changed = _changed(embeddings[batch].astype(np.float32), *some)
        for position in np.unique(positions[batch][changed]):
            first, end = log.shot_of(int(position))
            shots[first] = end
    return sorted(shots.items())


def _members(names: TaughtNames | None) -> set[tuple[str, float | None, tuple[str, ...]]]:
    """What the names depend on."""
    return set() if names is None else set(map(_content, names.members))


def _content(member: Member) -> tuple[str, float | None, tuple[str, ...]]:
    return member.label, member.threshold, tuple(example.id for example in member.examples)


def _changed(
    embeddings: npt.NDArray[np.float32], before: TaughtNames | None, after: TaughtNames | None
) -> npt.NDArray[np.bool_]:
    """Which looks are like one of the members, and not as much as before: (N, D) -> (N,)."""
    old, new = (_likeness(embeddings, names) for names in (before, after))
    changed = np.zeros(len(embeddings), np.bool_)
    for label in old.keys() | new.keys():
        unlike = np.full(len(embeddings), -np.inf, np.float32)
        first, second = old.get(label, unlike), new.get(label, unlike)
        reached = TaughtNames.is_reached(np.maximum(first, second) + np.float32(_TOLERANCE))
        changed |= reached & (first != second)
    return changed


def _likeness(
    embeddings: npt.NDArray[np.float32], names: TaughtNames | None
) -> dict[str, npt.NDArray[np.float32]]:
    """The likeness of looks to each member, by its label: (N,)."""
    if names is None:
        return {}
    labels = [member.label for member in names.members]
    return dict(zip(labels, names.likeness(embeddings).T, strict=True))
