"""The page of a report. Pure: what was found in, HTML out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.escaping import file_name, one_line
from simpsons_play.core.names import colour_of, display_name
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timefmt import format_time
from simpsons_play.render.html import Bar, Lane, Lanes, Picture, Section, Table, Text, page_text
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.timeline import Appearance


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody's time from coming on screen to going.

    Attributes:
        span: when, and at which side it began.
        still: a JPEG file, where there is one.
    """

    appearance: Appearance
    still: bytes | None


@dataclass(frozen=True, slots=True)
class Report:
    """Who was on screen when.

    Attributes:
        run: where the predictions come from.
        start_s: of the first frame, in seconds from the start of the source.
        end_s: of the last one's end.
        complete: the run was not stopped.
        totals: everybody's time, longest first.
        shown: everybody's appearances in their order.
        together: for how many seconds two are on screen at once, for both orders of a pair.
        sensitivity: each character's screen time at other thresholds.
    """

    run: RunInfo
    start_s: float
    end_s: float
    complete: bool
    totals: Sequence[ScreenTimeTotal]
    shown: Mapping[str, Sequence[Shown]]
    together: Mapping[tuple[str, str], float]
    sensitivity: Sensitivity

    def between(self, total: ScreenTimeTotal) -> tuple[float, float]:
        """The least and the most seconds of somebody, at this threshold or another."""
        least, most = self.sensitivity.range_of(total.label)
        return min(least, total.seconds), max(most, total.seconds)


def report_page(report: Report) -> str:
    """A page that holds all that it shows."""
    title = f"Who is on screen in {one_line(Path(report.run.source.name).name)}"
    return page_text(title, _lead(report), list(_sections(report)))


def _lead(report: Report) -> str:
    run, names = report.run, [display_name(total.label) for total in report.totals]
    words = "No known character is on screen." if not names else f"{names[0]} is on screen longest"
    if names:
        words += f", for {_length(report.totals[0].seconds)} ({report.totals[0].share:.0%})"
        words += f"; {len(names)} characters are seen in all." if len(names) > 1 else "."
    words += (
        f" {one_line(run.model)} looked at {_length(report.end_s - report.start_s)} of it; names it was less "
        f"than {run.threshold:.0%} sure of are left out."
    )
    if not report.complete:
        words += " The run was stopped: what came later is not in here."
    return words


def _sections(report: Report) -> Iterator[Section]:
    if not report.totals:
        yield Section("Timeline", [Text("Nobody to show.")])
        return
    yield Section("Timeline", [_lanes(report)])
    yield Section("Time on screen", [_totals(report)])
    if report.together:
        yield Section("Seen together", [_together(report)])
    for total in report.totals:
        yield Section(display_name(total.label), [_picture(shown) for shown in report.shown[total.label]])


def _lanes(report: Report) -> Lanes:
    lanes = [
        Lane(
            display_name(label),
            _hex(colour_of(label, report.run.labels)),
            [
                Bar(
                    shown.appearance.start_s, shown.appearance.end_s, _words(shown), _anchor(shown.appearance)
                )
                for shown in report.shown[label]
            ],
        )
        for label in (total.label for total in report.totals)
    ]
    return Lanes(
        lanes,
        report.start_s,
        report.end_s,
        "Point at a bar for its times; click it for its picture below.",
    )


def _totals(report: Report) -> Table:
    rows = []
    for total in report.totals:
        least, most = report.between(total)
        count = len(report.shown[total.label])
        rows.append((display_name(total.label), total.seconds, least, most, 100 * total.share, count))
    return Table(
        ("Character", "Seconds", "Least", "Most", "Share, %", "Appearances"),
        rows,
        caption=f"Least and most: the seconds at thresholds of {report.sensitivity.high:.0%} and "
        f"{report.sensitivity.low:.0%}. The further apart they are, the less reliable the figure is.",
        digits=1,
    )


def _together(report: Report) -> Table:
    labels = [total.label for total in report.totals if any(total.label in pair for pair in report.together)]
    return Table(
        ("Seconds with", *map(display_name, labels)),
        [(display_name(one), *(report.together.get((one, other)) for other in labels)) for one in labels],
        caption="Seconds that each pair is on screen together.",
        digits=1,
    )


def _picture(shown: Shown) -> Picture | Text:
    if shown.still is None:
        return Text(_words(shown))
    return Picture(shown.still, _words(shown), wide=False, anchor=_anchor(shown.appearance))


def _words(shown: Shown) -> str:
    appearance = shown.appearance
    period = f"{_time(appearance.start_s)} to {_time(appearance.end_s)}"
    return f"{period}, {appearance.side}, {appearance.mean_probability:.0%}"


def _length(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{format_time(seconds)} {'min' if seconds < 3600 else 'h'}"


def _time(time_s: float) -> str:
    tenths = round(time_s * 10)
    return f"{format_time(tenths / 10 + 0.01)}.{tenths % 10}"


def _anchor(appearance: Appearance) -> str:
    return f"{file_name(appearance.label)}-{round(appearance.start_s * 1000)}"


def _hex(colour: tuple[int, int, int]) -> str:
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
