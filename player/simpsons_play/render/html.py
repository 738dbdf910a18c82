"""Reports as one HTML file each: tables and pictures inside, nothing to load from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jinja2

from simpsons_play.core.escaping import one_line
from simpsons_play.core.timefmt import format_time


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header. What is no text stands to the right.

    Attributes:
        header: one title for each column.
        rows: cells; `None` stays empty.
        caption: what it shows, in a sentence.
        digits: of floats, behind the point.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    caption: str = ""
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG file.

    Attributes:
        content: of the file.
        caption: what it shows, in a sentence; also for those who cannot see it.
        wide: over the whole page, rather than beside others.
        anchor: what links lead to it by; empty where none do.
    """

    content: bytes
    caption: str
    wide: bool = True
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a lane.

    Attributes:
        start_s: in seconds.
        end_s: the same.
        words: what it is, for whoever points at it.
        anchor: of what a click leads to.
    """

    start_s: float
    end_s: float
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What belongs to one name along the time.

    Attributes:
        name: in front of it.
        colour: of its bars, as CSS has it.
        bars: in their order.
    """

    name: str
    colour: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes one below the other, over an axis of time that scrolls where it is long.

    Attributes:
        lanes: from the top.
        start_s: where the axis begins, in seconds.
        end_s: where it ends.
        caption: what it shows, in a sentence.
    """

    lanes: Sequence[Lane]
    start_s: float
    end_s: float
    caption: str

    @property
    def seconds(self) -> float:
        """The whole length."""
        return max(self.end_s - self.start_s, 1e-3)

    @property
    def width_px(self) -> int:
        """So wide at least that a second can be seen."""
        return min(max(round(self.seconds * _PX_PER_S), _LEAST_PX), _MOST_PX)

    def share(self, time_s: float) -> float:
        """Where a moment is, in percent of the width."""
        return 100 * (time_s - self.start_s) / self.seconds

    def ticks(self) -> Iterator[float]:
        """Moments to write below, in seconds, far enough apart to be read."""
        apart_s = self.seconds * _TICK_PX / self.width_px
        step_s = next((step for step in _STEPS_S if step >= apart_s), _STEPS_S[-1])
        tick = -(-self.start_s // step_s) * step_s
        while tick <= self.end_s - apart_s:
            yield tick
            tick += step_s


Block = Text | Table | Picture | Lanes

_PX_PER_S, _LEAST_PX, _MOST_PX, _TICK_PX = 2.0, 640, 30_000, 60
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page, which its list of contents leads to."""

    title: str
    blocks: Sequence[Block]


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The HTML of a page.

    Args:
        title: of the page.
        lead: the one paragraph to read, where only one is read.
        sections: what follows.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("simpsons_play", "render"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_plain,
    )
    environment.filters.update(
        data_url=_data_url, cell=_cell, format_time=format_time, kind=lambda block: type(block).__name__
    )
    return environment.get_template("page.html.j2").render(title=title, lead=lead, sections=sections)


def _plain(value: object) -> object:
    """Text without control characters and passwords, which is shown and copied; all else as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__"):  # pictures, which are long
        return value
    return "\n".join(map(one_line, value.split("\n")))


def _data_url(content: bytes) -> str:
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _cell(value: str | int | float | None, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else value
