"""A script for mpv that shows who is on screen, and the data that it reads."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

from simpsons_play.core.errors import LibraryError
from simpsons_play.core.escaping import one_line
from simpsons_play.library import schema
from simpsons_play.library.api import Library
from simpsons_play.library.exports.beside import ExportSummary
from simpsons_play.library.exports.chapters import MARK, MIN_LENGTH_S, chapters_of
from simpsons_play.library.exports.episodes import Episode, episodes_of
from simpsons_play.library.exports.side_files import SideFiles
from simpsons_play.library.store import LibraryStore

NAME = "simpsons-xray"
"""Folder of the script in mpv's folder of scripts."""

_VERSION = 1
_SIDES = ("x_min", "y_min", "x_max", "y_max")
_DATA = re.compile(r"[0-9a-f]{32}\.json")


def scripts_folder() -> Path:
    """Where mpv looks for scripts (https://mpv.io/manual/stable/#files)."""
    if home := os.environ.get("MPV_HOME"):
        return Path(home, "scripts")
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming", "mpv", "scripts")
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config", "mpv", "scripts")


def export_mpv(
    library: Library,
    folder: str | PathLike[str] | None = None,
    *,
    min_chapter_s: float = MIN_LENGTH_S,
    overwrite: bool = False,
    tell: Callable[[str], object] = lambda line: None,
) -> ExportSummary:
    """Write a script for mpv, with an index of the library and one file for each video.

    What an earlier export has written to the same folder is replaced.

    Args:
        library: the library.
        folder: folder of scripts; None for that of mpv.
        min_chapter_s: shortest chapter, in seconds.
        overwrite: replace a script of the same name that is not ours.
        tell: called with one line for each file that is left out, and why.

    Raises:
        LibraryError: the library cannot be read, or there is another script of the same name.
    """
    target = (Path(folder) if folder is not None else scripts_folder()) / NAME
    files = SideFiles(overwrite=overwrite, tell=tell)
    script = Path(__file__).with_name(f"{NAME}.lua").read_bytes()
    if not files.write(target / "main.lua", script):
        raise LibraryError(f"{target} cannot be written; choose another folder for the script")
    store = LibraryStore(library.location)
    entries = []
    for episode in episodes_of(library):
        data = episode_data(episode, store.read(episode.episode_id, schema.APPEARANCES), min_chapter_s)
        if files.write(target / "episodes" / f"{episode.episode_id}.json", _json(data)):
            entries.append(_entry(episode))
    files.write(target / "index.json", _json({MARK: _VERSION, "episodes": entries}))
    _remove_others(target / "episodes", {entry["id"] for entry in entries})
    return ExportSummary(len(entries), files.written, files.left_out)


def episode_data(episode: Episode, appearances: Any, min_chapter_s: float = MIN_LENGTH_S) -> dict[str, Any]:
    """What the script reads of one video.

    Args:
        episode: the episode.
        appearances: its table of appearances, with boxes: a `pyarrow.Table`.
        min_chapter_s: shortest chapter, in seconds.

    Returns:
        `characters` with names and colours (`BBGGRR`, as ASS has them); `appearances` as triples of a
        position in `characters`, from 1, start and end; `paths` of heads, with times and one box for each
        time but the last; `chapters` as pairs of start and title.
    """
    places = {character.label: place for place, character in enumerate(episode.characters, 1)}
    chapters = chapters_of(episode, min_length_s=min_chapter_s)
    return {
        MARK: _VERSION,
        "id": episode.episode_id,
        "title": one_line(episode.title),
        "width": max(1, episode.width),
        "height": max(1, episode.height),
        "characters": [
            {"name": one_line(character.name), "colour": _bbggrr(character.colour)}
            for character in episode.characters
        ],
        "appearances": [
            [places[label], round(start_s, 3), round(end_s, 3)]
            for label, start_s, end_s in episode.appearances
            if label in places
        ],
        "paths": [
            path
            for row in appearances.select(["label", "boxes"]).to_pylist()
            if row["label"] in places
            for path in _paths(places[row["label"]], row["boxes"])
        ],
        "chapters": [[round(one.start_s, 3), one_line(one.title)] for one in chapters],
    }


def _paths(who: int, boxes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The paths of the heads of one appearance; boxes without a head are crops of the frame, and left out."""
    growing: dict[str, dict[str, Any]] = {}
    found = []
    for box in boxes:
        track = box["track"]
        if track is None or box["time_s"] >= box["until_s"]:
            continue
        path = growing.get(track)
        if path is None or abs(path["times"][-1] - box["time_s"]) > 0.0005:
            path = growing[track] = {"who": who, "times": [round(box["time_s"], 4)], "boxes": []}
            found.append(path)
        path["times"].append(round(box["until_s"], 4))
        path["boxes"] += [box[side] for side in _SIDES]
    return found


def _entry(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.episode_id,
        "path": str(episode.path),
        "name": episode.path.name,
        "size": episode.size_bytes,
        "duration": round(episode.duration_s, 3),
    }


def _bbggrr(colour: str) -> str:
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", colour)
    return "".join(reversed(found.groups())).upper() if found else "C8C8C8"


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Remove the data of videos that are no longer in the library."""
    with suppress(OSError):
        for path in folder.iterdir():
            if _DATA.fullmatch(path.name) and path.stem not in kept:
                path.unlink()
