"""Reports as one HTML file each: tables and pictures inside, nothing to load from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from simpsons_training.files import write_whole


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header. What is no text stands to the right, floats with three digits.

    Attributes:
        header: one title for each column.
        rows: cells; `None` stays empty.
        caption: what it shows, in a sentence.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file.

    Attributes:
        content: of the file.
        caption: what it shows, in a sentence; also for those who cannot see it.
        wide: over the whole page, rather than beside others.
    """

    content: bytes
    caption: str
    wide: bool = True


Block = Text | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page, which its list of contents leads to."""

    title: str
    blocks: Sequence[Block]


def write_page(path: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write a page, which appears under its name only when it is whole; gives `path` back.

    Args:
        path: of the `.html` file.
        title: of the page.
        lead: the one paragraph to read, where only one is read.
        sections: what follows.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("simpsons_training", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(data_url=_data_url, cell=_cell, kind=lambda block: type(block).__name__)
    text = environment.get_template("page.html.j2").render(title=title, lead=lead, sections=sections)
    return write_whole(path, text)


def _data_url(content: bytes) -> str:
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _cell(value: str | int | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else value
