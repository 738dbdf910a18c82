"""Names for people and for files: display names and colours of labels, short and unused file names."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from simpsons_play.core.escaping import file_name, one_line

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
"""Colours for a dark background that are distinguishable with every kind of colour vision, BGR 0-255.

Found by a search that maximizes the smallest CIEDE2000 distance (Sharma, Wu and Dalal 2005) with normal
vision and without red, green or blue cones (matrices of Machado, Oliveira and Fernandes 2009 at severity 1).
Between the first 18, the number of labels of the included models, it is at least 12.4 in every case; between
all 24, at least 7.8. Each colour has a contrast of at least 3:1 with #2a2a2a, and none resembles white or the
yellow of the window. Colour is never the only cue: names are always shown, too."""


@lru_cache(maxsize=1024)
def display_name(label: str) -> str:
    """Format a label for people, on one line.

    Example:
        >>> display_name("homer_simpson")
        'Homer Simpson'
    """
    return one_line(label).replace("_", " ").strip().title()


def colour_of(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """The colour of a label, BGR 0-255.

    Args:
        label: a label; one that is not in `labels` is grey.
        labels: all labels of the model; the first 24 have distinct colours.
    """
    if label not in labels:
        return 200, 200, 200
    return PALETTE_BGR[labels.index(label) % len(PALETTE_BGR)]


def shortened(stem: str, ending: str = "", *, max_bytes: int = 255) -> str:
    """Join `stem` and `ending` to a file name of limited length; the part that is cut off becomes a hash.

    Args:
        stem: first part of the name, of any length.
        ending: last part, up to 64 bytes; never cut.
        max_bytes: length limit in bytes; most file systems allow 255.

    Example:
        >>> shortened("episode", ".part.mp4")
        'episode.part.mp4'
        >>> shortened("episode_of_the_first_season", ".mp4", max_bytes=24)
        'episode-4e3ebbe1397a.mp4'
    """
    name = os.fsencode(stem + ending)
    if len(name) <= max_bytes:
        return stem + ending
    whole = os.fsencode(stem)
    hashed = "-" + sha256(whole).hexdigest()[:12] + ending
    cut = whole[: max_bytes - len(os.fsencode(hashed))]
    while cut and len(cut) < len(whole) and whole[len(cut)] & 0xC0 == 0x80:  # inside a multi-byte character
        cut = cut[:-1]
    return os.fsdecode(cut) + hashed


def slug(text: str, *, fallback: str) -> str:
    """Make text a plain file name: letters, digits, `.`, `_` and `-`; everything else becomes a hyphen.

    Args:
        text: any text; made valid by `escaping.file_name` first.
        fallback: returned if only punctuation is left.

    Example:
        >>> slug("Bart the General (1990)", fallback="video")
        'Bart-the-General-1990'
    """
    return re.sub(r"[^\w.-]+", "-", file_name(text)).strip("-.") or fallback


def unused_path(folder: Path, stem: str, suffix: str) -> Path:
    """The first of `stem.png`, `stem-2.png`, `stem-3.png` and so on that does not exist in a folder.

    Args:
        folder: the folder.
        stem: preferred name without suffix; shortened if it is too long.
        suffix: suffix, such as `.png`.
    """
    number, path = 1, folder / shortened(stem, suffix)
    while os.path.lexists(path):
        number += 1
        path = folder / shortened(stem, f"-{number}{suffix}")
    return path
