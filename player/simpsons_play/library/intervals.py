"""Sets of times as sorted intervals without overlaps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[float, float]
"""Start and end in seconds; the end does not belong to it."""


def union(intervals: Iterable[Interval], *, gap_s: float = 0.0) -> list[Interval]:
    """All times in any of the intervals; those that are at most `gap_s` apart are joined.

    Args:
        intervals: intervals in any order, which may overlap.
        gap_s: longest gap that is filled, in seconds.

    Example:
        >>> union([(4.0, 5.0), (1.0, 2.0), (2.0, 3.0)])
        [(1.0, 3.0), (4.0, 5.0)]
        >>> union([(1.0, 3.0), (3.2, 5.0)], gap_s=0.25)
        [(1.0, 5.0)]
    """
    found: list[Interval] = []
    for start_s, end_s in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if found and start_s - found[-1][1] <= gap_s:
            found[-1] = found[-1][0], max(found[-1][1], end_s)
        else:
            found.append((start_s, end_s))
    return found


def intersection(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """The times in both sets.

    Example:
        >>> intersection([(0.0, 4.0), (6.0, 9.0)], [(3.0, 7.0)])
        [(3.0, 4.0), (6.0, 7.0)]
    """
    found: list[Interval] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start_s, end_s = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start_s < end_s:
            found.append((start_s, end_s))
        if first[i][1] <= second[j][1]:
            i += 1
        else:
            j += 1
    return found


def difference(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """The times in the first set that are not in the second one.

    Example:
        >>> difference([(0.0, 9.0)], [(1.0, 2.0), (8.0, 12.0)])
        [(0.0, 1.0), (2.0, 8.0)]
    """
    found: list[Interval] = []
    j = 0
    for start_s, end_s in first:
        while j < len(second) and second[j][1] <= start_s:
            j += 1
        k, from_s = j, start_s
        while k < len(second) and second[k][0] < end_s:
            if second[k][0] > from_s:
                found.append((from_s, second[k][0]))
            from_s = max(from_s, second[k][1])
            k += 1
        if from_s < end_s:
            found.append((from_s, end_s))
    return found
