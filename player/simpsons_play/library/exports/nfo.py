"""Episodes as `.nfo` files, which Jellyfin and Kodi read beside videos."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from simpsons_play.core.escaping import xml_text
from simpsons_play.core.timefmt import format_time
from simpsons_play.library.exports.chapters import MARK
from simpsons_play.library.exports.episodes import Episode

NFO_MARK = f"<generator>{MARK}</generator>"
"""What tells our `.nfo` files from those of other programs."""


def nfo_xml(episode: Episode, *, pictures: Mapping[str, Path] | None = None) -> bytes:
    """The `.nfo` file of an episode: the characters are its actors, those with the most time first.

    The elements are those of https://kodi.wiki/view/NFO_files/Episodes and
    https://jellyfin.org/docs/general/server/metadata/nfo/. A video without season and episode is a movie.

    Args:
        episode: the episode.
        pictures: label -> file with a picture of the character.
    """
    is_episode = episode.season is not None and episode.number is not None
    root = ET.Element("episodedetails" if is_episode else "movie")
    _add(root, "generator", MARK)
    _add(root, "title", episode.own_title)
    if is_episode:
        if episode.series:
            _add(root, "showtitle", episode.series)
        _add(root, "season", str(episode.season))
        _add(root, "episode", str(episode.number))
    _add(root, "runtime", str(max(1, round(episode.duration_s / 60))))
    for order, character in enumerate(episode.characters):
        actor = ET.SubElement(root, "actor")
        _add(actor, "name", character.name)
        _add(actor, "role", f"On screen for {format_time(character.seconds)} ({character.share:.0%})")
        _add(actor, "order", str(order))
        picture = (pictures or {}).get(character.label)
        if picture is not None:
            _add(actor, "thumb", str(picture))
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = xml_text(text)
