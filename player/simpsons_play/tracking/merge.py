"""Captions of overlapping crops -> one caption for each character. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from simpsons_play.core.results import Caption


def merged(captions: Sequence[Caption]) -> list[Caption]:
    """One caption for each character.

    Halves with different labels keep them. Else the label of the whole frame counts, which shows more of the
    character, and it stands at the half that has the same label, which says better where the character is.

    Args:
        captions: of `full`, `left` and `right` of one frame, or some of them; at most one for each crop.
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
