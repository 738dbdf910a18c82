"""Chooses the head in a picture that a character is learned from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.names import display_name
from simpsons_play.core.results import Detections
from simpsons_play.inference.model_card import ModelCard

LEFT, RIGHT, LARGEST = "left", "right", "largest"
"""What `--head` may say besides a number."""

_SIMILAR = 0.1
"""Heads whose likeness differs by less are equally like the examples; the largest of them is taken."""


@dataclass(frozen=True, slots=True)
class HeadChoice:
    """The head that was chosen.

    Attributes:
        index: its index in the detections.
        note: which one, and why, if there are several; otherwise empty.
    """

    index: int
    note: str = ""


def choose_head(
    heads: Detections,
    card: ModelCard,
    label: str,
    *,
    which: str | int | None = None,
    likeness: npt.NDArray[np.float32] | None = None,
) -> HeadChoice | None:
    """Choose the head that shows a character.

    With several heads, that is the one that the model takes for the character, or else the one most like its
    examples. Without examples, it is the only head that the model does not name, or else the largest one.

    Args:
        heads: the heads in the picture.
        card: metadata of the model that detected them.
        label: label of the character.
        which: `LEFT`, `RIGHT`, `LARGEST`, or a number counted from 1 at the left; None chooses as above.
        likeness: (M,) how similar each head is to examples of the character; None without examples.

    Returns:
        None if there is no such head.
    """
    count = len(heads)
    if not count:
        return None
    from_left = [int(i) for i in np.argsort(heads.boxes[:, 0] + heads.boxes[:, 2], kind="stable")]
    if isinstance(which, int):
        return _noted(from_left, from_left[which - 1]) if which <= count else None
    if which in (LEFT, RIGHT):
        return _noted(from_left, from_left[0 if which == LEFT else -1])
    areas = np.prod(heads.boxes[:, 2:] - heads.boxes[:, :2], axis=1)
    if which == LARGEST or count == 1:
        return _noted(from_left, int(areas.argmax()))
    best, certainty = heads.probabilities.argmax(axis=1), heads.probabilities.max(axis=1)
    named = certainty >= card.threshold
    is_wanted = named & np.array([card.labels[i] == label for i in best])
    if is_wanted.any():
        reason = f"the one taken for {display_name(label)}"
        return _noted(from_left, int(np.where(is_wanted, certainty, -1).argmax()), reason)
    if likeness is not None:
        like = likeness >= likeness.max() - _SIMILAR
        return _noted(from_left, int(np.where(like, areas, -1).argmax()), "the most like the other pictures")
    if named.all():
        return _noted(from_left, int(areas.argmax()), "the largest")
    is_only = named.sum() == count - 1
    reason = "the only one without a name" if is_only else "the largest without a name"
    return _noted(from_left, int(np.where(named, -1, areas).argmax()), reason)


def _noted(from_left: Sequence[int], index: int, reason: str = "") -> HeadChoice:
    if len(from_left) == 1:
        return HeadChoice(index)
    took = f"took number {from_left.index(index) + 1} from the left"
    return HeadChoice(index, f"{len(from_left)} clear heads; {took}{reason and ', '}{reason}")
