"""Self-contained HTML pages with tables, pictures and timelines."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from simpsons_play.core.escaping import one_line
from simpsons_play.core.timefmt import format_time
from simpsons_play.render.lanes import STEPS_S, Lanes
from simpsons_play.render.templates import environment


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Portrait:
    """A character's name with its portrait: a cell of a table, or the heading of a section.

    Attributes:
        name: name of the character.
        content: JPEG or PNG file content, square; None for a blank square.
        colour: CSS colour of its frame.
        anchor: anchor of the section that a cell links to; empty for none.
    """

    name: str
    content: bytes | None
    colour: str
    anchor: str = ""


Cell = str | int | float | Portrait | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; numbers are right-aligned. On pages that are too narrow for it, it scrolls sideways.

    Attributes:
        header: column titles.
        rows: cells; None is an empty cell. Text in the first column is the header of its row.
        caption: one sentence about the content.
        digits: decimals of floats.
        matrix: whether all columns are alike: their titles are turned by 90 degrees, the first column stays
            in place when the table is scrolled, and larger numbers have a stronger background.
        long: whether it also scrolls vertically if it is longer than most of a screen.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    digits: int = 3
    matrix: bool = False
    long: bool = False

    @property
    def largest(self) -> float:
        """The largest number; 0 without numbers."""
        return max((cell for row in self.rows for cell in row if isinstance(cell, int | float)), default=0.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG picture, as wide as the page if it is large.

    Attributes:
        content: file content.
        caption: one sentence about the picture, also used as its alternative text.
    """

    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a video: a small picture beside others, and how to go there.

    Attributes:
        content: JPEG or PNG file content; None without a picture.
        caption: one sentence about the moment.
        alt: alternative text of the picture.
        anchor: ID for links to it.
        time: when it is, for people.
        url: address of the video at that time; empty for none.
        command: shell command that plays the video from that time; empty for none.
    """

    content: bytes | None
    caption: str
    alt: str
    anchor: str
    time: str
    url: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks that stand beside each other if the page is wide enough, and otherwise below each other."""

    blocks: Sequence[Table]


Block = Text | Table | Picture | Moment | Lanes | Columns


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page, listed in its table of contents.

    Attributes:
        title: its heading.
        blocks: its content; consecutive moments stand beside each other.
        portrait: shown beside the heading; None without one.
        anchor: ID for links to it; by default its number.
    """

    title: str
    blocks: Sequence[Block]
    portrait: Portrait | None = None
    anchor: str = ""


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Render a page as HTML.

    It needs no network and no JavaScript; with JavaScript, timelines can be enlarged and commands copied.
    It is readable from a width of 360 pixels, in light and dark mode, in print, and with a keyboard or a
    screen reader.

    Args:
        title: title of the page.
        lead: first paragraph, a summary.
        sections: sections in order.
    """
    templates = environment(
        finalize=_plain,
        data_url=_data_url,
        cell=_cell,
        format_time=format_time,
        kind=lambda block: type(block).__name__,
    )
    page = templates.get_template("page.html.j2")
    return page.render(title=title, lead=lead, sections=sections, steps_s=list(STEPS_S))


def _plain(value: object) -> object:
    """Remove control characters and passwords from text; other values are returned unchanged."""
    if not isinstance(value, str) or hasattr(value, "__html__"):  # data URLs of pictures are marked as safe
        return value
    return "\n".join(map(one_line, value.split("\n")))


def _data_url(content: bytes) -> str:
    subtype = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{subtype};base64,{base64.b64encode(content).decode('ascii')}"


def _cell(value: str | int | float | None, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else value
