"""Self-contained HTML pages with tables, pictures and timelines."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simpsons_play.core.escaping import one_line
from simpsons_play.core.timefmt import format_time
from simpsons_play.render.templates import environment


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; numbers are right-aligned.

    Attributes:
        header: column titles.
        rows: cells; None is an empty cell.
        caption: one sentence about the content.
        digits: decimals of floats.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    caption: str = ""
    digits: int = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG or JPEG picture.

    Attributes:
        content: file content.
        caption: one sentence about the picture, also used as its alternative text.
        wide: as wide as the page, instead of next to other pictures.
        anchor: ID for links to it; empty for none.
    """

    content: bytes
    caption: str
    wide: bool = True
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in a lane of a timeline.

    Attributes:
        start_s: start time in seconds.
        end_s: end time in seconds.
        tooltip: text that is shown when the pointer is over the bar.
        anchor: anchor of the picture that a click jumps to.
    """

    start_s: float
    end_s: float
    tooltip: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a timeline.

    Attributes:
        name: name at its left.
        colour: CSS colour of its bars.
        bars: bars in order of their times.
    """

    name: str
    colour: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Lanes:
    """A timeline: lanes above a time axis; scrolls horizontally if it is long.

    Attributes:
        lanes: lanes from top to bottom.
        start_s: start of the time axis in seconds.
        end_s: end of the time axis in seconds.
        caption: one sentence about the content.
    """

    lanes: Sequence[Lane]
    start_s: float
    end_s: float
    caption: str

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        return max(self.end_s - self.start_s, 1e-3)

    @property
    def width_px(self) -> int:
        """Minimum width at which one second is visible."""
        return min(max(round(self.seconds * _PX_PER_S), _MIN_WIDTH_PX), _MAX_WIDTH_PX)

    def percent(self, time_s: float) -> float:
        """Position of a time on the axis, in percent of its width."""
        return 100 * (time_s - self.start_s) / self.seconds

    def ticks(self) -> Iterator[float]:
        """Times of the labels below the axis, in seconds, far enough apart to be readable."""
        min_step_s = self.seconds * _TICK_PX / self.width_px
        step_s = next((step for step in _STEPS_S if step >= min_step_s), _STEPS_S[-1])
        tick_s = -(-self.start_s // step_s) * step_s
        while tick_s <= self.end_s - min_step_s:
            yield tick_s
            tick_s += step_s


Block = Text | Table | Picture | Lanes

_PX_PER_S, _MIN_WIDTH_PX, _MAX_WIDTH_PX, _TICK_PX = 2.0, 640, 30_000, 60
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a page, listed in its table of contents."""

    title: str
    blocks: Sequence[Block]


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Render a page as HTML.

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
    return templates.get_template("page.html.j2").render(title=title, lead=lead, sections=sections)


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
