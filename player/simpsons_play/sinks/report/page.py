"""The HTML page of a report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.escaping import file_name, one_line
from simpsons_play.core.names import colour_of, display_name, no_one
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timefmt import format_time
from simpsons_play.render.html import Bar, Lane, Lanes, Picture, Section, Table, Text, render_page
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.timeline import Appearance

_SIDES = {"left": "on the left", "middle": "in the middle", "right": "on the right"}


@dataclass(frozen=True, slots=True)
class IllustratedAppearance:
    """An appearance with its thumbnail.

    Attributes:
        appearance: the appearance.
        thumbnail: JPEG file content; None if there is no thumbnail.
    """

    appearance: Appearance
    thumbnail: bytes | None


@dataclass(frozen=True, slots=True)
class Report:
    """Content of a report.

    Attributes:
        run: source, model and labels of the run.
        start_s: time of the first frame in seconds from the start of the source.
        end_s: end of the last frame in seconds from the start of the source.
        complete: whether the run reached its end.
        totals: screen time of each character, longest first.
        appearances: label -> appearances in order of their times.
        together: pair of labels, in both orders -> seconds with both on screen.
        sensitivity: each character's screen time at other thresholds.
    """

    run: RunInfo
    start_s: float
    end_s: float
    complete: bool
    totals: Sequence[ScreenTimeTotal]
    appearances: Mapping[str, Sequence[IllustratedAppearance]]
    together: Mapping[tuple[str, str], float]
    sensitivity: Sensitivity

    def seconds_range(self, total: ScreenTimeTotal) -> tuple[float, float]:
        """The smallest and the largest screen time of a character at this and the other thresholds."""
        min_seconds, max_seconds = self.sensitivity.range_of(total.label)
        return min(min_seconds, total.seconds), max(max_seconds, total.seconds)


def report_page(report: Report) -> str:
    """Render a report as one self-contained HTML page."""
    title = f"Who is on screen in {one_line(Path(report.run.source.name).name)}"
    return render_page(title, _lead(report), list(_sections(report)))


def _lead(report: Report) -> str:
    run, totals = report.run, report.totals
    if totals:
        first = f"{display_name(totals[0].label)} is on screen the longest"
        lead = f"{first}: {_duration(totals[0].seconds)} ({totals[0].share:.0%}). "
        lead += f"{len(totals)} characters are recognised in total. " if len(totals) > 1 else ""
    else:
        lead = f"{'No character' if run.only is None else 'None of the chosen characters'} is recognised. "
    lead += (
        f"{one_line(run.model)} analysed {_duration(report.end_s - report.start_s)} of video; names with a "
        f"confidence below {run.threshold:.0%} are left out."
    )
    if run.only is not None:
        chosen = [display_name(label) for label in run.labels if label in run.only]
        lead += f" Characters other than {', '.join(chosen)} are left out."
    if not report.complete:
        lead += " The run was stopped early: the rest of the video is missing."
    return lead


def _sections(report: Report) -> Iterator[Section]:
    if not report.totals:
        yield Section("Timeline", [Text(f"{no_one(report.run.only).capitalize()}.")])
        return
    yield Section("Timeline", [_lanes(report)])
    yield Section("Screen time", [_totals(report)])
    if report.together:
        yield Section("On screen together", [_together(report)])
    for total in report.totals:
        yield Section(display_name(total.label), [_picture(item) for item in report.appearances[total.label]])


def _lanes(report: Report) -> Lanes:
    lanes = [
        Lane(
            display_name(label),
            _css_colour(colour_of(label, report.run.labels)),
            [
                Bar(a.start_s, a.end_s, _caption(a), _anchor(a))
                for a in (item.appearance for item in report.appearances[label])
            ],
        )
        for label in (total.label for total in report.totals)
    ]
    return Lanes(
        lanes,
        report.start_s,
        report.end_s,
        "Hover over a bar to see its times; click it to jump to its picture.",
    )


def _totals(report: Report) -> Table:
    rows = []
    for total in report.totals:
        min_seconds, max_seconds = report.seconds_range(total)
        appearances = len(report.appearances[total.label])
        rows.append(
            (
                display_name(total.label),
                total.seconds,
                min_seconds,
                max_seconds,
                100 * total.share,
                appearances,
            )
        )
    return Table(
        ("Character", "Seconds", "At least", "At most", "Share, %", "Appearances"),
        rows,
        caption="“At least” and “at most” are the seconds with confidence thresholds of "
        f"{report.sensitivity.high:.0%} and {report.sensitivity.low:.0%}. The further they are apart, the "
        "less reliable the result.",
        digits=1,
    )


def _together(report: Report) -> Table:
    labels = [total.label for total in report.totals if any(total.label in pair for pair in report.together)]
    return Table(
        ("Seconds with", *map(display_name, labels)),
        [
            (display_name(first), *(report.together.get((first, second)) for second in labels))
            for first in labels
        ],
        caption="How many seconds each pair is on screen together.",
        digits=1,
    )


def _picture(item: IllustratedAppearance) -> Picture | Text:
    caption = _caption(item.appearance)
    if item.thumbnail is None:
        return Text(caption)
    return Picture(item.thumbnail, caption, wide=False, anchor=_anchor(item.appearance))


def _caption(appearance: Appearance) -> str:
    period = f"{_tenths(appearance.start_s)} to {_tenths(appearance.end_s)}"
    return f"{period}, {_SIDES[appearance.side]}, {appearance.mean_probability:.0%}"


def _duration(seconds: float) -> str:
    """`4.0 s`, `01:04 min` or `1:03:20 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{format_time(seconds)} {'min' if seconds < 3600 else 'h'}"


def _tenths(time_s: float) -> str:
    """`01:23.4`."""
    tenths = round(time_s * 10)
    return f"{format_time(tenths / 10 + 0.01)}.{tenths % 10}"


def _anchor(appearance: Appearance) -> str:
    return f"{file_name(appearance.label)}-{round(appearance.start_s * 1000)}"


def _css_colour(colour: tuple[int, int, int]) -> str:
    blue, green, red = colour
    return f"#{red:02x}{green:02x}{blue:02x}"
