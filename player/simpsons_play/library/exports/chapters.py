"""Chapters of an episode that tell who is on screen: neighbouring shots with the same people."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simpsons_play.core.escaping import xml_text
from simpsons_play.core.names import no_one
from simpsons_play.library.exports.episodes import Episode

MIN_LENGTH_S = 20.0
"""Shortest chapter, in seconds: an episode of 22 minutes has some forty."""

MARK = "simpsons-play"
"""Files with this mark in their first lines are ours, and may be replaced."""

_MIN_SHARE, _MAX_NAMES = 0.25, 4
"""A chapter is named after those who are on screen for this share of it, and after no more than these."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of an episode.

    Attributes:
        start_s: start in seconds.
        end_s: end in seconds, where the next chapter starts.
        title: names of the characters, those with the most time first; may contain any characters.
    """

    start_s: float
    end_s: float
    title: str


@dataclass(slots=True)
class _Part:
    """Neighbouring shots, with the seconds that each label is on screen."""

    start_s: float
    end_s: float
    seconds: dict[str, float]

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def chapters_of(episode: Episode, *, min_length_s: float = MIN_LENGTH_S) -> list[Chapter]:
    """Divide an episode into chapters at its cuts.

    The shortest stretch is joined to that neighbour in which the characters are more alike, until none is
    too short: agglomerative clustering with neighbours only, by the cosine of the seconds on screen.

    Args:
        episode: the episode.
        min_length_s: shortest chapter, in seconds; only a whole video may be shorter.

    Returns:
        Chapters without gaps, in order; none for an empty video.
    """
    parts = _shots(episode)
    while len(parts) > 1:
        shortest = min(range(len(parts)), key=lambda i: parts[i].length_s)
        if parts[shortest].length_s >= min_length_s:
            break
        sides = [i for i in (shortest - 1, shortest + 1) if 0 <= i < len(parts)]
        nearest = max(
            sides, key=lambda i: (_likeness(parts[shortest].seconds, parts[i].seconds), -parts[i].length_s)
        )
        _join(parts, min(shortest, nearest))
    names = {character.label: character.name for character in episode.characters}
    i = 0
    while i + 1 < len(parts):
        if _labels(parts[i]) == _labels(parts[i + 1]):
            _join(parts, i)
        else:
            i += 1
    return [
        Chapter(
            part.start_s,
            part.end_s,
            ", ".join(names.get(label, label) for label in _labels(part)) or no_one().capitalize(),
        )
        for part in parts
    ]


def edl_text(chapters: Iterable[Chapter]) -> str:
    """Scene markers for Kodi, which have no names: an edit decision list.

    The format is that of https://kodi.wiki/view/Edit_decision_list: start, end and the action 2. Kodi takes
    the end for the marker, so both are the same.

    Args:
        chapters: chapters in order; the first one needs no marker if it starts at 0.
    """
    lines = [f"## {MARK}"]
    lines += [f"{one.start_s:.3f} {one.start_s:.3f} 2" for one in chapters if one.start_s > 0]
    return "\n".join(lines) + "\n"


def matroska_xml(chapters: Sequence[Chapter]) -> bytes:
    """Chapters as mkvpropedit and mkvmerge read them.

    The format is that of https://mkvtoolnix.download/doc/mkvmerge.html#mkvmerge.chapters.

    Args:
        chapters: chapters in order.
    """
    root = ET.Element("Chapters")
    root.append(ET.Comment(f" {MARK} "))
    edition = ET.SubElement(root, "EditionEntry")
    for one in chapters:
        atom = ET.SubElement(edition, "ChapterAtom")
        ET.SubElement(atom, "ChapterTimeStart").text = _clock(one.start_s)
        ET.SubElement(atom, "ChapterTimeEnd").text = _clock(one.end_s)
        display = ET.SubElement(atom, "ChapterDisplay")
        ET.SubElement(display, "ChapterString").text = xml_text(one.title)
        ET.SubElement(display, "ChapterLanguage").text = "eng"
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def _shots(episode: Episode) -> list[_Part]:
    end_s = episode.duration_s
    starts = sorted({0.0, *(start_s for start_s, _ in episode.shots if 0 < start_s < end_s)})
    if end_s <= 0:
        return []
    parts = [_Part(start_s, next_s, {}) for start_s, next_s in zip(starts, [*starts[1:], end_s], strict=True)]
    for label, start_s, stop_s in episode.appearances:
        for part in parts[max(0, bisect_right(starts, start_s) - 1) :]:
            if part.start_s >= stop_s:
                break
            shared_s = min(stop_s, part.end_s) - max(start_s, part.start_s)
            part.seconds[label] = part.seconds.get(label, 0.0) + max(0.0, shared_s)
    return parts


def _join(parts: list[_Part], i: int) -> None:
    """Join a part and the next one."""
    first, second = parts[i], parts.pop(i + 1)
    first.end_s = second.end_s
    for label, seconds in second.seconds.items():
        first.seconds[label] = first.seconds.get(label, 0.0) + seconds


def _likeness(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Cosine between the seconds of two parts; 1 if nobody is in either."""
    lengths = math.hypot(*first.values()) * math.hypot(*second.values())
    if not lengths:
        return float(not any(first.values()) and not any(second.values()))
    return sum(seconds * second.get(label, 0.0) for label, seconds in first.items()) / lengths


def _labels(part: _Part) -> list[str]:
    there = [label for label, seconds in part.seconds.items() if seconds >= _MIN_SHARE * part.length_s]
    return sorted(there, key=lambda label: (-part.seconds[label], label))[:_MAX_NAMES]


def _clock(time_s: float) -> str:
    milliseconds = round(time_s * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
