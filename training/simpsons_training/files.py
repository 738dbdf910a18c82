"""Files that appear under their names only when they are whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_row
from simpsons_play.render.html import Section, render_page
from simpsons_play.sinks.partial import PartialFile, make_folder

_PARTS = ("characters", "others")
"""Folders in a folder of pictures that hold those of each character."""


def write_all(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Write files that belong together: all under other names, then give each its own, in order.

    Nothing is left of what is cut short before the first has its name. See `PartialFile` for links.

    Args:
        writers: for each file what writes it, called with the path to write to, see `part_of`.

    Raises:
        SinkError: one cannot be written.
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
    """What a file is called while it is written."""
    return PartialFile(path, keep_suffix=True).part


def make_output_folder(path: Path, *, pictures: Path) -> None:
    """Make the folder that the results of a command are written into.

    Args:
        path: of the folder.
        pictures: the folder of pictures that the command reads; what is written would be taken for its own.

    Raises:
        DataError: they are one folder.
        SinkError: it cannot be made.
    """
    for held in (pictures, *(pictures / part for part in _PARTS)):
        if path.resolve() == held.resolve():
            raise DataError(f"{path} holds the pictures; give another folder to write into")
    make_folder(path)


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file, text in UTF-8; gives `path` back."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    write_all({path: lambda part: part.write_bytes(data)})
    return path


def write_page(path: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write a page (see `html.render_page`); gives `path` back."""
    return write_whole(path, render_page(title, lead, sections))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> Path:
    """Write a table in UTF-8, floats with six digits; gives `path` back."""
    lines = [csv_row(*header, line_end="\r\n")]
    for row in rows:
        cells = (f"{value:.6f}" if isinstance(value, float) else value for value in row)
        lines.append(csv_row(*cells, line_end="\r\n"))
    return write_whole(path, "".join(lines))
