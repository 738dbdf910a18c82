"""Files that appear under their names only when they are whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from simpsons_play.escaping import csv_row
from simpsons_play.links import target_of
from simpsons_play.pages import Section, page_text


def write_all(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Write files that belong together: all under other names, then give each its own, in order.

    Nothing is left of what is cut short before the first has its name. A symbolic link stays one: what it
    leads to is written.

    Args:
        writers: for each file what writes it, called with the path to write to, see `part_of`.
    """
    parts = {path: part_of(path) for path in writers}
    try:
        for path, write in writers.items():
            write(parts[path])
        for path, part in parts.items():
            os.replace(part, target_of(path))
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """What a file is called while it is written."""
    target = target_of(path)
    return target.with_name(f"{target.stem}.part{path.suffix}")


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file, text in UTF-8; gives `path` back."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    write_all({path: lambda part: part.write_bytes(data)})
    return path


def write_page(path: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write a page (see `pages.page_text`); gives `path` back."""
    return write_whole(path, page_text(title, lead, sections))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> Path:
    """Write a table in UTF-8, floats with six digits; gives `path` back."""
    lines = [csv_row(*header, line_end="\r\n")]
    for row in rows:
        cells = (f"{value:.6f}" if isinstance(value, float) else value for value in row)
        lines.append(csv_row(*cells, line_end="\r\n"))
    return write_whole(path, "".join(lines))
