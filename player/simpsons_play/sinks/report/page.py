"""The HTML page of a report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.escaping import one_line
from simpsons_play.core.names import colour_of, counted, display_name, no_one
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timefmt import format_tenths, format_time
from simpsons_play.render.html import Columns, Moment, Portrait, Section, Table, Text, render_page
from simpsons_play.render.lanes import Bar, Lane, Lanes
from simpsons_play.sinks.report.moments import SIDES, at_time, play_command
from simpsons_play.sinks.report.stranger_sections import IllustratedStranger, stranger_sections
from simpsons_play.timelines.pairs import PairTotal
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.timeline import Appearance

_WHOLE_SECONDS = 100.0
"""From this number of seconds on, the matrix of pairs has no decimals, to keep its columns narrow."""


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
        pairs: the time of each pair of characters on screen together, longest first.
        sensitivity: each character's screen time at other thresholds.
        portraits: label -> JPEG file content; characters that are only named by a crop are missing.
        video_url: address of the video file; empty if the source is no local file.
        strangers: heads that nobody knows, grouped, longest time on screen first.
    """

    run: RunInfo
    start_s: float
    end_s: float
    complete: bool
    totals: Sequence[ScreenTimeTotal]
    appearances: Mapping[str, Sequence[IllustratedAppearance]]
    pairs: Sequence[PairTotal]
    sensitivity: Sensitivity
    portraits: Mapping[str, bytes] = field(default_factory=dict)
    video_url: str = ""
    strangers: Sequence[IllustratedStranger] = ()

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
        yield from stranger_sections(report.strangers, report.run, report.video_url)
        return
    yield Section("Timeline", [_lanes(report)])
    yield Section("Screen time", [_totals(report)])
    if report.pairs:
        yield Section("On screen together", [Columns([_matrix(report), _pairs(report)])])
    for number, total in enumerate(report.totals, 1):
        portrait = _portrait(report, total.label)
        moments = [_moment(report, item, number) for item in report.appearances[total.label]]
        yield Section(portrait.name, moments, portrait if portrait.content else None, anchor=f"c{number}")
    yield from stranger_sections(report.strangers, report.run, report.video_url)


def _lanes(report: Report) -> Lanes:
    lanes = [
        Lane(
            display_name(total.label),
            _colour(report, total.label),
            [
                Bar(a.start_s, a.end_s, _caption(a), _anchor(a, number))
                for a in (item.appearance for item in report.appearances[total.label])
            ],
            summary=counted(len(report.appearances[total.label]), "appearance"),
            anchor=f"c{number}",
        )
        for number, total in enumerate(report.totals, 1)
    ]
    return Lanes(
        lanes,
        report.start_s,
        report.end_s,
        "Hover over a bar to see its times; click it to jump to its picture.",
    )


def _totals(report: Report) -> Table:
    rows = []
    for number, total in enumerate(report.totals, 1):
        min_seconds, max_seconds = report.seconds_range(total)
        appearances = len(report.appearances[total.label])
        rows.append(
            (
                _portrait(report, total.label, anchor=f"c{number}"),
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


def _matrix(report: Report) -> Table:
    seconds = {pair.labels: pair.seconds for pair in report.pairs}
    labels = [total.label for total in report.totals if any(total.label in pair for pair in seconds)]
    rows = [
        (display_name(first), *(seconds.get((min(first, second), max(first, second))) for second in labels))
        for first in labels
    ]
    return Table(
        ("Seconds with", *map(display_name, labels)),
        rows,
        caption="How many seconds each pair is on screen together.",
        digits=1 if max(seconds.values()) < _WHOLE_SECONDS else 0,
        matrix=True,
    )


def _pairs(report: Report) -> Table:
    order = {total.label: number for number, total in enumerate(report.totals)}
    rows = []
    for pair in report.pairs:
        first, second = sorted(pair.labels, key=lambda label: order[label])
        rows.append((f"{display_name(first)} and {display_name(second)}", pair.seconds, pair.stretches))
    return Table(
        ("Pair", "Seconds", "Times"),
        rows,
        caption="The pairs, and how many times they are on screen together.",
        digits=1,
        long=True,
    )


def _portrait(report: Report, label: str, anchor: str = "") -> Portrait:
    return Portrait(display_name(label), report.portraits.get(label), _colour(report, label), anchor)


def _moment(report: Report, item: IllustratedAppearance, number: int) -> Moment:
    appearance, source = item.appearance, report.run.source
    return Moment(
        item.thumbnail,
        _caption(appearance),
        alt=f"{display_name(appearance.label)}, {SIDES[appearance.side]}",
        anchor=_anchor(appearance, number),
        time=format_tenths(appearance.start_s),
        url=at_time(report.video_url, appearance.start_s),
        command=play_command(source, appearance.start_s),
    )


def _caption(appearance: Appearance) -> str:
    period = f"{format_tenths(appearance.start_s)} to {format_tenths(appearance.end_s)}"
    probability = "" if isnan(appearance.mean_probability) else f", {appearance.mean_probability:.0%}"
    return f"{period}, {SIDES[appearance.side]}{probability}"


def _duration(seconds: float) -> str:
    """`4.0 s`, `01:04 min` or `1:03:20 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{format_time(seconds)} {'min' if seconds < 3600 else 'h'}"


def _anchor(appearance: Appearance, number: int) -> str:
    """ID of an appearance; labels may contain anything, so the rank of its character is used."""
    return f"c{number}-{round(appearance.start_s * 1000)}"


def _colour(report: Report, label: str) -> str:
    blue, green, red = colour_of(label, report.run.labels)
    return f"#{red:02x}{green:02x}{blue:02x}"
