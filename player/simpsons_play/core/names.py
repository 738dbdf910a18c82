"""Names for people and for files: display names and colours of labels, short and unused file names."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from simpsons_play.core.escaping import file_name, one_line

CHARACTERS_BGR = {
    "abraham_grampa_simpson": (254, 211, 215),
    "apu_nahasapeemapetilon": (172, 96, 145),
    "bart_simpson": (0, 234, 198),
    "charles_montgomery_burns": (159, 255, 255),
    "chief_wiggum": (255, 163, 192),
    "comic_book_guy": (46, 177, 178),
    "edna_krabappel": (184, 137, 166),
    "homer_simpson": (208, 253, 147),
    "kent_brockman": (150, 155, 129),
    "krusty_the_clown": (50, 135, 0),
    "lisa_simpson": (114, 30, 220),
    "marge_simpson": (255, 113, 157),
    "milhouse_van_houten": (146, 182, 243),
    "moe_szyslak": (109, 128, 208),
    "ned_flanders": (254, 255, 221),
    "nelson_muntz": (194, 202, 160),
    "principal_skinner": (121, 119, 101),
    "sideshow_bob": (0, 0, 238),
}
"""The characters of the included models and their colours, BGR 0-255: with every model, everywhere."""

_OTHERS_BGR = (
    (155, 175, 160),
    (205, 165, 205),
    (150, 120, 130),
    (240, 80, 140),
    (65, 160, 0),
    (100, 210, 200),
    (225, 210, 195),
    (225, 135, 165),
    (120, 135, 90),
    (180, 225, 90),
    (105, 195, 120),
    (180, 165, 180),
    (105, 255, 210),
    (165, 225, 240),
    (195, 0, 225),
    (90, 90, 180),
    (150, 135, 135),
    (135, 150, 150),
    (75, 90, 240),
    (0, 60, 255),
)
"""Colours for other characters: so many that two characters of a model seldom select the same one."""

PALETTE_BGR = (*CHARACTERS_BGR.values(), *_OTHERS_BGR)
"""Colours for a dark background that are distinguishable with every kind of colour vision, BGR 0-255.

Found by a search that maximizes the smallest CIEDE2000 distance (Sharma, Wu and Dalal 2005) with normal
vision and without red, green or blue cones (matrices of Machado, Oliveira and Fernandes 2009 at severity 1).
Between the 18 characters of the included models it is at least 12.4 in every case; between these and the
first six others, at least 7.8; between all 38, at least 5.8. Each colour has a contrast of at least 3:1 with
#2a2a2a, and none resembles white or the yellow of the window. Colour is never the only cue: names are always
shown, too."""

_UNLISTED_BGR = (200, 200, 200)

_SHORT_NAMES = {
    "abraham_grampa_simpson": "Grampa",
    "apu_nahasapeemapetilon": "Apu",
    "charles_montgomery_burns": "Mr. Burns",
    "milhouse_van_houten": "Milhouse",
    "nobody_we_know": "Nobody",
    "professor_john_frink": "Professor Frink",
    "troy_mcclure": "Troy McClure",
}
"""Characters whom the show does not call by the words of their labels."""

_SMALL_WORDS = ("And", "Of", "The")
"""Words that are not capitalized within a name."""


_MAX_CHARACTERS = 48
"""Of a display name; the labels of ImageNet list several names of a thing."""

_FIRST_LETTER = re.compile(r"(?<![\w'])\w")


def display_name(label: str) -> str:
    """Format a label for people, on one line: short enough for a plate.

    Labels in lower case are capitalized; others stay as they are written. What is longer than 48 characters
    ends in an ellipsis. `use_display_names` sets other names.

    Example:
        >>> display_name("krusty_the_clown"), display_name("charles_montgomery_burns")
        ('Krusty the Clown', 'Mr. Burns')
    """
    chosen = _chosen_names.get(letters_of(label)) if _chosen_names else None
    return chosen or default_name(label)


def use_display_names(names: Mapping[str, str]) -> None:
    """Set the display names of some labels for the whole process, in place of those set before.

    Args:
        names: label, in any spelling, to display name; one that is blank counts as not set.

    Example:
        >>> use_display_names({"ned_flanders": "Stupid Flanders"})
        >>> display_name("ned_flanders")
        'Stupid Flanders'
        >>> use_display_names({})
        >>> display_name("ned_flanders")
        'Ned Flanders'
    """
    global _chosen_names  # replaced whole: threads that read see the old names or the new ones
    _chosen_names = {letters_of(label): one_line(name.strip()) for label, name in names.items()}


def use_colours(colours_bgr: Mapping[str, tuple[int, int, int]]) -> None:
    """Set the colours of some labels for the whole process, in place of those set before.

    Args:
        colours_bgr: label, in any spelling, to BGR 0-255.
    """
    global _chosen_colours
    _chosen_colours = {letters_of(label): colour for label, colour in colours_bgr.items()}


_chosen_names: Mapping[str, str] = {}
_chosen_colours: Mapping[str, tuple[int, int, int]] = {}


@lru_cache(maxsize=1024)
def default_name(label: str) -> str:
    """The display name of a label for which `use_display_names` sets none."""
    short = _SHORT_NAMES_BY_LETTERS.get(letters_of(label))
    if short is not None:
        return short
    name = one_line(label).replace("_", " ").strip()
    if len(name) > _MAX_CHARACTERS:
        name = f"{name[: _MAX_CHARACTERS - 1].rstrip()}…"
    if name != name.lower():  # written for people: `Hund aus Bayern`, `R2-D2`
        return name
    words = _FIRST_LETTER.sub(lambda match: match[0].upper(), name).split(" ")
    return " ".join(word.lower() if i and word in _SMALL_WORDS else word for i, word in enumerate(words))


def counted(number: int, noun: str) -> str:
    """A number and a noun with a regular plural.

    Example:
        >>> counted(1, "appearance"), counted(1200, "appearance")
        ('1 appearance', '1,200 appearances')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def no_one(only: Collection[str] | None = None) -> str:
    """What to say where no character is named.

    Args:
        only: the labels that are named at all; None for all.
    """
    return "no one recognised" if only is None else "none of the chosen characters"


def colour_of(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """The colour of a character, BGR 0-255.

    Those in `CHARACTERS_BGR` have the same colour with every model, however their labels are spelled:
    `Bart Simpson` is `bart_simpson`. The label of another character selects one of the other colours, which
    it has with nearly every model: only if a label before it in the alphabet has taken that one does it get
    another that the model does not use. `use_colours` sets other colours.

    Args:
        label: a label; one of another character that is not in `labels` is grey.
        labels: all labels of the model, in any order; up to 38 characters have distinct colours.

    Example:
        >>> colour_of("bart_simpson", ["bart_simpson", "homer_simpson"])
        (0, 234, 198)
    """
    return _chosen_colours.get(letters_of(label)) or default_colour(label, labels)


def default_colour(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """As `colour_of`, but whatever `use_colours` sets."""
    known = _CHARACTERS_BY_LETTERS.get(letters_of(label))
    return known or _other_colours(tuple(labels)).get(label, _UNLISTED_BGR)


@lru_cache(maxsize=4096)
def letters_of(label: str) -> str:
    """A label without what differs between spellings: case, spaces, hyphens, underscores and dots."""
    return "".join(words_of(label.casefold())) or label


def words_of(name: str) -> list[str]:
    """The words of a name: its letters and digits, with their accents and vowel signs, however encoded.

    Example:
        >>> words_of("Mr. Burns"), words_of("Jose\u0301") == words_of("Jos\u00e9")
        (['Mr', 'Burns'], True)
    """
    text = unicodedata.normalize("NFC", name)
    words = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text).split()
    return [word for word in words if any(map(str.isalnum, word))]


_CHARACTERS_BY_LETTERS = {letters_of(label): colour for label, colour in CHARACTERS_BGR.items()}
_SHORT_NAMES_BY_LETTERS = {letters_of(label): name for label, name in _SHORT_NAMES.items()}


@lru_cache(maxsize=64)
def _other_colours(labels: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    """The colours of the labels that are not in `CHARACTERS_BGR`."""
    taken = [_CHARACTERS_BY_LETTERS[letters_of(label)] for label in labels if _is_known(label)]
    colours = {}
    for label in sorted(label for label in set(labels) if not _is_known(label)):
        colours[label] = free_colour(label, taken)
        taken.append(colours[label])
    return colours


def free_colour(label: str, taken: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    """The colour that a label selects, BGR 0-255, or another if that is used more often than others.

    Args:
        label: a label that is not in `CHARACTERS_BGR`.
        taken: the colours of the other labels.
    """
    uses = Counter(taken)
    first = int.from_bytes(sha256(letters_of(label).encode("utf-8", "replace")).digest()[:4])
    in_order = [_OTHERS_BGR[(first + step) % len(_OTHERS_BGR)] for step in range(len(_OTHERS_BGR))]
    return min((*in_order, *CHARACTERS_BGR.values()), key=lambda colour: uses[colour])


def _is_known(label: str) -> bool:
    return letters_of(label) in _CHARACTERS_BY_LETTERS


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
