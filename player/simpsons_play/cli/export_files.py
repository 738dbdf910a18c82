"""The files of an export that is cancelled: what it has written is removed, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from simpsons_play.cli.outputs import files_of
from simpsons_play.core.atomic_file import remove, target_of
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sinks import is_being_written, temporary_names


class TemporaryFiles:
    """The files that a run writes to before it renames them.

    Args:
        request: the run, which has not begun.

    Raises:
        SinkError: an output is a symbolic link that leads to itself.
    """

    def __init__(self, request: PlayRequest) -> None:
        names = [name for path in files_of(request) for name in temporary_names(target_of(path))]
        # Those that another run writes are not touched: this run will fail.
        self._before = {name: _version(name) for name in names if not is_being_written(name)}
        report = request.report
        folders = () if report is None else (report, *report.parents)
        self._missing_folders = [folder for folder in folders if not folder.exists()]

    def remove(self) -> None:
        """Remove those that were written since, and the folders that were made for them."""
        for name, before in self._before.items():
            if _version(name) not in (None, before):
                remove(name)
        for folder in self._missing_folders:
            with suppress(OSError):  # not made, or not empty
                folder.rmdir()


def _version(path: Path) -> tuple[int, int] | None:
    """Inode and modification time of a file; None if it does not exist."""
    try:
        stat = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
