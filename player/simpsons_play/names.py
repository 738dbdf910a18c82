"""How labels look to people."""

from __future__ import annotations

from collections.abc import Sequence

PALETTE_BGR = (
    (0, 159, 230),
    (233, 180, 86),
    (115, 158, 0),
    (66, 228, 240),
    (178, 114, 0),
    (0, 94, 213),
    (167, 121, 204),
)
"""Okabe and Ito's colours, which people of every colour vision tell apart
(https://jfly.uni-koeln.de/color/), BGR."""

_LIGHTER = (0.0, 0.4, 0.7)
"""How much white is mixed in at each turn of the palette."""


def display_name(label: str) -> str:
    """`homer_simpson` -> `Homer Simpson`."""
    return label.replace("_", " ").strip().title()


def colour_of(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """A label's colour, BGR 0-255: always the same for the same list of labels.

    The palette, then the palette lighter and lighter again: up to 21 labels share no colour.
    """
    if label not in labels:
        return 200, 200, 200
    turn, i = divmod(labels.index(label), len(PALETTE_BGR))
    white = _LIGHTER[turn % len(_LIGHTER)]
    blue, green, red = (round(part + (255 - part) * white) for part in PALETTE_BGR[i])
    return blue, green, red


def readable(name: str) -> str:
    """A name of a file as text can hold it: what is no Unicode in it becomes U+FFFD."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
