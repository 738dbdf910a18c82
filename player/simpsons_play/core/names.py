"""How labels look to people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256

from simpsons_play.core.escaping import one_line

PALETTE_BGR = (
    (254, 211, 215),
    (172, 96, 145),
    (0, 234, 198),
    (159, 255, 255),
    (255, 163, 192),
    (46, 177, 178),
    (184, 137, 166),
    (208, 253, 147),
    (150, 155, 129),
    (50, 135, 0),
    (114, 30, 220),
    (255, 113, 157),
    (146, 182, 243),
    (109, 128, 208),
    (254, 255, 221),
    (194, 202, 160),
    (121, 119, 101),
    (0, 0, 238),
    (155, 175, 160),
    (205, 165, 205),
    (150, 120, 130),
    (240, 80, 140),
    (65, 160, 0),
    (100, 210, 200),
)
"""Colours for a dark ground that people tell apart whatever their colour vision, BGR 0-255.

Found by a search for the largest least distance: CIEDE2000 (Sharma, Wu and Dalal 2005), as seen with normal
vision and without red, green or blue cones (the matrices of Machado, Oliveira and Fernandes 2009 at full
severity). Of the first 18, as many as the shipped networks have labels, no two are closer than 12.4 to
anybody; of all 24, than 7.8. Each has a contrast of at least 3:1 with #2a2a2a, and none is white or the
yellow of the window. Names stand beside them all the same: colour never says it alone."""


def display_name(label: str) -> str:
    """`homer_simpson` -> `Homer Simpson`, on one line."""
    return one_line(label).replace("_", " ").strip().title()


def colour_of(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """A label's colour, BGR 0-255: always the same for the same list of labels; up to 24 share none."""
    if label not in labels:
        return 200, 200, 200
    return PALETTE_BGR[labels.index(label) % len(PALETTE_BGR)]


def shortened(stem: str, ending: str = "", *, most_bytes: int = 255) -> str:
    """`stem` with `ending`, as one name of a file that is not too long: what is cut off becomes a hash.

    >>> shortened("episode", ".part.mp4")
    'episode.part.mp4'

    Args:
        stem: of any length.
        ending: stays whole; up to 64 bytes.
        most_bytes: what most file systems take.
    """
    name = os.fsencode(stem + ending)
    if len(name) <= most_bytes:
        return stem + ending
    whole = os.fsencode(stem)
    mark = "-" + sha256(whole).hexdigest()[:12] + ending
    cut = whole[: most_bytes - len(os.fsencode(mark))]
    while cut and len(cut) < len(whole) and whole[len(cut)] & 0xC0 == 0x80:  # amid a letter of several bytes
        cut = cut[:-1]
    return os.fsdecode(cut) + mark
