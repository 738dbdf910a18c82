"""Merges the captions of overlapping crops. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from simpsons_play.core.results import Caption


def merged(captions: Sequence[Caption]) -> list[Caption]:
    """Merge captions so that each character has only one.

    If the halves have different labels, both are kept. Otherwise the label of the whole frame is used, which
    shows more of the character. It is placed at the half with the same label, if there is one, because that
    locates the character better.

    Args:
        captions: captions of `full`, `left` and `right` in one frame; at most one for each crop.
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
