"""Writes drawings as SVG or PNG files."""

from __future__ import annotations

from pathlib import Path

from simpsons_play.core.errors import SinkError
from simpsons_play.render.drawing import Drawing
from simpsons_play.sinks.partial import PartialFile, refuse_special_file, require_folder

FORMATS = (".svg", ".png")


def check_drawing_path(path: Path) -> None:
    """Raise SinkError if a drawing cannot be written to this path, before anything is drawn."""
    refuse_special_file(path)
    if path.suffix.lower() not in FORMATS:
        raise SinkError(f"{path}: cannot write '{path.suffix}' figures; end it with {' or '.join(FORMATS)}")
    require_folder(path.parent, of=path)


def write_drawing(path: Path, drawing: Drawing, *, complete: bool) -> None:
    """Write a drawing; the suffix chooses the format.

    Args:
        path: the file; replaced if it exists.
        drawing: the drawing.
        complete: whether it shows all of the run; otherwise it gets the name `partial_name`.

    Raises:
        SinkError: it cannot be written.
    """
    content = drawing.png() if path.suffix.lower() == ".png" else drawing.svg().encode("utf-8")
    file = PartialFile(path)
    file.create()
    try:
        file.write_bytes(content)
    except SinkError:
        file.discard()
        raise
    file.commit(complete=complete)
