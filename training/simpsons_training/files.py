"""Write files atomically: they appear under their final name only when complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_row
from simpsons_play.render.html import Section, render_page
from simpsons_play.sinks.partial import PartialFile, make_folder

_PICTURE_FOLDERS = ("characters", "others")
"""Sub-folders of a picture folder."""


def write_together(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Write several files under temporary names, then rename them in order.

    If writing is interrupted before the first rename, no file changes. See `PartialFile` for links.

    Args:
        writers: Final path -> function that writes the file to the temporary path, see `part_of`.

    Raises:
        SinkError: A file cannot be written.
    """
    files = {path: PartialFile(path, keep_suffix=True) for path in writers}
    try:
        for path, write in writers.items():
            file = files[path]
            file.create()
            try:
                write(file.part)
            except OSError as error:
                raise file.error(error) from error
        for file in files.values():
            file.commit(complete=True)
    finally:
        for file in files.values():
            file.discard()


def part_of(path: Path) -> Path:
    """Temporary path of a file while it is written."""
    return PartialFile(path, keep_suffix=True).part


def make_output_folder(path: Path, *pictures: Path) -> None:
    """Create the output folder of a command.

    Args:
        path: Output folder.
        pictures: Picture folders that the command reads. Output in one would be read as pictures next time.

    Raises:
        DataError: It is one of them.
        SinkError: The folder cannot be created.
    """
    for used in (folder / name for folder in pictures for name in (".", *_PICTURE_FOLDERS)):
        if path.resolve() == used.resolve():
            raise DataError(f"{path} is the picture folder; give another output folder")
    make_folder(path)


def folder_names(folders: Iterable[Path]) -> str:
    """Folders as given, for a report."""
    return ", ".join(map(str, folders))


def resolved(folders: Iterable[Path]) -> list[str]:
    """Absolute paths of folders, for a results file."""
    return [str(folder.resolve()) for folder in folders]


def write_atomic(path: Path, content: bytes | str) -> Path:
    """Write a file atomically, text as UTF-8, and return `path`."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    write_together({path: lambda part: part.write_bytes(data)})
    return path


def write_page(path: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write an HTML page (see `render_page`) and return `path`."""
    return write_atomic(path, render_page(title, lead, sections))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> Path:
    """Write a CSV table in UTF-8, floats with six decimals, and return `path`."""
    lines = [csv_row(*header, line_end="\r\n")]
    for row in rows:
        cells = (f"{value:.6f}" if isinstance(value, float) else value for value in row)
        lines.append(csv_row(*cells, line_end="\r\n"))
    return write_atomic(path, "".join(lines))
