"""Exports for media centres: `.nfo` files and chapters beside the videos, or copies with chapters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from simpsons_play.library.api import Library
from simpsons_play.library.exports.chapters import MIN_LENGTH_S, chapters_of, edl_text, matroska_xml
from simpsons_play.library.exports.copies import copy_with_chapters
from simpsons_play.library.exports.episodes import Episode, episodes_of
from simpsons_play.library.exports.nfo import NFO_MARK, nfo_xml
from simpsons_play.library.exports.pictures import ACTORS, best_pictures, picture_name
from simpsons_play.library.exports.side_files import SideFiles, is_there, mirrored

JELLYFIN, KODI, MATROSKA = "jellyfin", "kodi", "matroska"
"""What can be written beside videos; `MATROSKA` is a file with chapters for mkvpropedit."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export has done.

    Attributes:
        videos: number of videos in the library.
        written: number of files that were written, or were there already with the same content.
        left_out: number of files and videos that are left out.
    """

    videos: int
    written: int
    left_out: int


def export_beside(
    library: Library,
    kinds: Collection[str],
    *,
    folder: str | PathLike[str] | None = None,
    pictures: bool = False,
    min_chapter_s: float = MIN_LENGTH_S,
    overwrite: bool = False,
    tell: Callable[[str], object] = lambda line: None,
) -> ExportSummary:
    """Write what media centres read beside videos: `NAME.nfo`, `NAME.edl`, `NAME.chapters.xml`.

    Our own files of an earlier export are replaced. A file that another program wrote is left alone.

    Args:
        library: the library.
        kinds: `JELLYFIN` and `KODI` write `NAME.nfo`, `KODI` also `NAME.edl`, and `MATROSKA`
            `NAME.chapters.xml`.
        folder: write here instead, with the folders that the videos have; the videos need not exist.
        pictures: also write a picture of each character, to `.actors` in the folder of the videos.
        min_chapter_s: shortest chapter, in seconds.
        overwrite: replace files of other programs.
        tell: called with one line for each file or video that is left out, and why.

    Raises:
        LibraryError: the library cannot be read.
    """
    episodes = list(episodes_of(library))
    files = SideFiles(overwrite=overwrite, tell=tell)
    if folder is None:
        places = {one.episode_id: one.path for one in episodes if is_there(one, files)}
    else:
        places = mirrored(episodes, Path(folder))
    there = [one for one in episodes if one.episode_id in places]
    with_nfo = bool({JELLYFIN, KODI} & set(kinds))
    thumbs = _write_pictures(library, there, places, files) if pictures and with_nfo else {}
    for episode in there:
        path = places[episode.episode_id]
        if with_nfo:
            nfo = nfo_xml(episode, pictures=thumbs.get(path.parent))
            files.write(path.with_suffix(".nfo"), nfo, mark=NFO_MARK)
        if KODI in kinds or MATROSKA in kinds:
            chapters = chapters_of(episode, min_length_s=min_chapter_s)
            if KODI in kinds:
                files.write(path.with_suffix(".edl"), edl_text(chapters).encode())
            if MATROSKA in kinds:
                files.write(path.with_suffix(".chapters.xml"), matroska_xml(chapters))
    return ExportSummary(len(episodes), files.written, files.left_out)


def export_copies(
    library: Library,
    folder: str | PathLike[str],
    *,
    min_chapter_s: float = MIN_LENGTH_S,
    overwrite: bool = False,
    tell: Callable[[str], object] = lambda line: None,
) -> ExportSummary:
    """Copy the videos to `FOLDER/NAME.mkv`, with chapters that tell who is on screen. Nothing is encoded.

    Args:
        library: the library.
        folder: folder for the copies, which get the folders that the videos have.
        min_chapter_s: shortest chapter, in seconds.
        overwrite: replace existing files, but never a video of the library.
        tell: called with one line for each video that is left out, and why.

    Raises:
        LibraryError: the library cannot be read.
    """
    episodes = list(episodes_of(library))
    files = SideFiles(overwrite=overwrite, tell=tell)
    places = mirrored(episodes, Path(folder))
    for episode in episodes:
        if is_there(episode, files):
            target = places[episode.episode_id].with_suffix(".mkv")
            chapters = chapters_of(episode, min_length_s=min_chapter_s)
            copy_with_chapters(episode, chapters, target, files, videos=[one.path for one in episodes])
    return ExportSummary(len(episodes), files.written, files.left_out)


def _write_pictures(
    library: Library, episodes: Sequence[Episode], places: dict[str, Path], files: SideFiles
) -> dict[Path, dict[str, Path]]:
    """Write a picture of each character to each folder; folder -> label -> path of the picture."""
    found = best_pictures(library)
    thumbs: dict[Path, dict[str, Path]] = {}
    for episode in episodes:
        folder = places[episode.episode_id].parent
        here = thumbs.setdefault(folder, {})
        for character in episode.characters:
            jpeg = found.get(character.label)
            if jpeg is None or character.label in here:
                continue
            path = folder / ACTORS / picture_name(character.name)
            if files.write(path, jpeg):
                here[character.label] = path.absolute()
    return thumbs
