"""Files beside the videos of a library, which never replace a file that is not ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from simpsons_play.core.errors import SinkError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.library.exports.chapters import MARK
from simpsons_play.library.exports.episodes import Episode
from simpsons_play.sinks.partial import PartialFile, make_folder

_MARK_WITHIN = 1024
"""Our mark is in the first bytes of each file."""


class SideFiles:
    """Writes files, and counts them.

    Args:
        overwrite: also replace files that are not ours.
        tell: called with one line for each file or video that is left out, and why.

    Attributes:
        written: number of files that were written, or are as they should be.
        left_out: number of files and videos that are left out.
    """

    def __init__(self, *, overwrite: bool = False, tell: Callable[[str], object] = lambda line: None) -> None:
        self.written = self.left_out = 0
        self._overwrite, self._tell = overwrite, tell
        self._paths: set[Path] = set()

    def write(self, path: Path, content: bytes, *, mark: str = MARK) -> bool:
        """Write a file, unless there is one that is not ours.

        Args:
            path: the file; its folder is made if needed.
            content: its content.
            mark: text at the beginning of an existing file that tells that it is ours.

        Returns:
            Whether the file is written.
        """
        if not self.may_create(path, ours=mark):
            return False
        try:
            if _content_of(path) != content:
                make_folder(path.parent)
                _write(path, content)
        except SinkError as error:
            return self.leave_out(str(error))
        except OSError as error:  # the name is too long
            return self.leave_out(f"{path} cannot be written: {clause_of(error)}")
        self.written += 1
        return True

    def may_create(self, path: Path, *, ours: str | None = None) -> bool:
        """Whether a file may be written; tells if not. Each file may be written once.

        Args:
            path: the file.
            ours: text at the beginning of an existing file that tells that it is ours; None if nothing does.
        """
        if path in self._paths:
            return self.leave_out(f"{path} belongs to another video as well")
        if os.path.lexists(path) and not self._overwrite:
            found = _content_of(path, max_bytes=_MARK_WITHIN)
            if ours is None or found is None or ours.encode() not in found:
                return self.leave_out(f"{path} exists and is not ours; --overwrite replaces it")
        self._paths.add(path)
        return True

    def leave_out(self, line: str) -> bool:
        """Tell why a file or video is left out, and count it; False, for the caller to return."""
        self.left_out += 1
        self._tell(line)
        return False


def is_there(episode: Episode, files: SideFiles) -> bool:
    """Whether the video of an episode still exists; tells if it does not, or has changed.

    Args:
        episode: the episode.
        files: counts the videos that are left out.
    """
    try:
        size_bytes = episode.path.stat().st_size
    except (OSError, ValueError):
        return files.leave_out(f"{episode.path} is gone; add it again from where it is now")
    if size_bytes != episode.size_bytes:
        return files.leave_out(f"{episode.path} has changed since it was analysed; add it again")
    return True


def mirrored(episodes: Sequence[Episode], folder: Path) -> dict[str, Path]:
    """Where the files of each video go in another folder, which gets the folders that the videos have.

    Args:
        episodes: all episodes.
        folder: the other folder.

    Returns:
        ID -> path with the name of the video.

    Example:
        >>> mirrored([], Path("notes"))
        {}
    """
    parents = [str(episode.path.parent) for episode in episodes]
    try:
        common = Path(os.path.commonpath(parents)) if parents else Path()
    except ValueError:  # on different drives
        common = Path()
    found = {}
    for episode in episodes:
        inside = episode.path.relative_to(common) if common.parts else Path(*episode.path.parts[1:])
        found[episode.episode_id] = folder / inside
    return found


def _content_of(path: Path, *, max_bytes: int = 1 << 24) -> bytes | None:
    """The first bytes of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes)
    except (OSError, ValueError):
        return None


def _write(path: Path, content: bytes) -> None:
    file = PartialFile(path)
    file.create()
    try:
        with file.open() as target:
            target.write(content)
    except OSError as error:
        file.discard()
        raise file.error(error) from error
    file.commit(complete=True)
