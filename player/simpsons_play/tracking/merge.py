"""Captions of regions that overlap -> captions of people, each once. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from simpsons_play.core.types import Caption


def merged(captions: Sequence[Caption]) -> list[Caption]:
    """One caption for each person.

    A side says more of where somebody is than the whole frame does, and the frame more of who it is: who is
    named on both sides stands across the middle, and who is named on a side and in the whole is on that side.

    Args:
        captions: of `full`, `left` and `right` of one frame, or some of them; at most one for each region.
    """
    at = {caption.region.name: caption for caption in captions}
    full, left, right = at.get("full"), at.get("left"), at.get("right")
    if full is None:
        return list(captions)
    if left is not None and right is not None:
        return [full] if left.label == right.label else [left, right]
    side = left or right
    if side is None or side.label != full.label:
        return [full]
    return [side]
