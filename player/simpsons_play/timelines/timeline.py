"""The timeline of a video: who is on screen when, and for how long. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from math import nan
from typing import TYPE_CHECKING, Any

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timefmt import format_time
from simpsons_play.timelines.appearances import joined
from simpsons_play.timelines.screen_time import ScreenTimeTotal, by_label, screen_time
from simpsons_play.timelines.spans import Side, Span, SpanCollector

if TYPE_CHECKING:
    import pandas
    import pyarrow

Probabilities = Mapping[str, tuple["array[float]", "array[float]"]]
"""Label -> times in seconds of the frames with a caption of that label, and its smoothed probabilities."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One stretch of time with a character on screen, across cuts.

    Attributes:
        label: label of the character.
        side: side of the frame on which the appearance begins.
        start_s: start in seconds from the start of the source.
        end_s: end in seconds from the start of the source.
        mean_probability: mean smoothed probability over its frames, 0-1; nan if unknown.
    """

    label: str
    side: Side
    start_s: float
    end_s: float
    mean_probability: float


@dataclass(frozen=True, slots=True, repr=False)
class Timeline:
    """Who is on screen when.

    Attributes:
        spans: spans in the order of their start times; an appearance has one span for each of its shots.
        known_s: time up to which the source has been analysed, in seconds from its start.
        labels: labels of the model.
        start_s: time of the first analysed frame, in seconds from the start of the source.
        probabilities: smoothed probabilities of the captions; empty if unknown.

    Example:
        >>> timeline = Timeline((Span("bart_simpson", "left", 1.0, 3.5),), known_s=10.0, labels=())
        >>> timeline
        Timeline: 00:00 to 00:10, 1 appearance of 1 character
          Bart Simpson  2.5 s (25%), 1 appearance
    """

    spans: tuple[Span, ...]
    known_s: float
    labels: tuple[str, ...]
    start_s: float = 0.0
    probabilities: Probabilities = field(default_factory=dict, compare=False)

    def by_label(self) -> dict[str, list[Span]]:
        """The spans of each character, in the order in which the characters first appear."""
        return by_label(self.spans)

    def appearances(self) -> tuple[Appearance, ...]:
        """All appearances, in the order of their start times."""
        found = [
            Appearance(span.label, span.side, span.start_s, span.end_s, self._mean_probability(span))
            for spans in self.by_label().values()
            for span in joined(spans)
        ]
        return tuple(sorted(found, key=lambda appearance: (appearance.start_s, appearance.label)))

    def totals(self) -> tuple[ScreenTimeTotal, ...]:
        """Each character's total time on screen, longest first."""
        return screen_time(self.spans, seconds=self.known_s - self.start_s)

    def only(self, labels: frozenset[str] | None) -> Timeline:
        """The timeline of these characters alone; None returns that of all."""
        if labels is None:
            return self
        return replace(
            self,
            spans=tuple(span for span in self.spans if span.label in labels),
            probabilities={label: p for label, p in self.probabilities.items() if label in labels},
        )

    def to_pandas(self) -> pandas.DataFrame:
        """The appearances as a pandas DataFrame: label, side, start_s, end_s, mean_probability.

        Raises:
            DependencyError: pandas is not installed.
        """
        return data_package("pandas", "to_pandas()").DataFrame(self._columns())

    def to_arrow(self) -> pyarrow.Table:
        """The appearances as a pyarrow Table, with the columns of `to_pandas`.

        Raises:
            DependencyError: pyarrow is not installed.
        """
        arrow = data_package("pyarrow", "to_arrow()")
        columns = self._columns()
        text = {"label", "side"}
        schema = arrow.schema(
            [(name, arrow.string() if name in text else arrow.float64()) for name in columns]
        )
        return arrow.table(columns, schema=schema)

    def _columns(self) -> dict[str, list[Any]]:
        rows = self.appearances()
        return {name: [getattr(row, name) for row in rows] for name in Appearance.__dataclass_fields__}

    def _mean_probability(self, span: Span) -> float:
        if span.label not in self.probabilities:
            return nan
        times, probabilities = self.probabilities[span.label]
        of_span = probabilities[bisect_left(times, span.start_s) : bisect_left(times, span.end_s)]
        return sum(of_span) / len(of_span) if of_span else nan

    def __repr__(self) -> str:
        return "\n  ".join((self._heading(), *self._rows()))

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(row)}</li>" for row in self._rows())
        return f"<p>{escape(self._heading())}</p><ul>{rows}</ul>"

    def _heading(self) -> str:
        totals = self.totals()
        appearances = counted(sum(total.appearances for total in totals), "appearance")
        period = f"{format_time(self.start_s)} to {format_time(self.known_s)}"
        return f"Timeline: {period}, {appearances} of {counted(len(totals), 'character')}"

    def _rows(self) -> list[str]:
        return [
            f"{display_name(total.label)}  {total.seconds:.1f} s ({total.share * 100:.0f}%), "
            f"{counted(total.appearances, 'appearance')}"
            for total in self.totals()
        ]


class TimelineBuilder:
    """Builds a timeline frame by frame. Not thread-safe.

    Args:
        width: frame width in pixels.
        labels: labels of the model.
        frame_s: longest time that a frame lasts, in seconds; see `SpanCollector`.

    Attributes:
        start_s: time of the first frame, in seconds; None before the first frame.
    """

    def __init__(self, width: int, *, labels: tuple[str, ...] = (), frame_s: float | None = None) -> None:
        self._spans, self._labels = SpanCollector(width, frame_s=frame_s), labels
        self._probabilities: dict[str, tuple[array[float], array[float]]] = defaultdict(
            lambda: (array("d"), array("d"))
        )
        self.start_s: float | None = None

    def add(self, result: FrameResult) -> None:
        """Add the next frame, in order of time."""
        if self.start_s is None:
            self.start_s = result.time_s
        self._spans.add(result)
        for caption in result.captions:
            times, probabilities = self._probabilities[caption.label]
            times.append(result.time_s)
            probabilities.append(caption.probability)

    def spans(self, until_s: float) -> tuple[Span, ...]:
        """All spans before a time, in seconds; those that continue are cut off there."""
        return self._spans.until(until_s)

    def timeline(self, until_s: float) -> Timeline:
        """The timeline up to a time, in seconds: the end of the last frame, or earlier."""
        start_s = self.start_s if self.start_s is not None else until_s
        return Timeline(self.spans(until_s), until_s, self._labels, start_s, dict(self._probabilities))
