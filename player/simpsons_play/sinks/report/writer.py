"""Who is on screen when, as a page to look at and two tables to count with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import csv_row
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult, RunInfo
from simpsons_play.sinks.partial import PartialFile, make_folder
from simpsons_play.sinks.report.page import Report, Shown, report_page
from simpsons_play.sinks.report.thumbnails import Thumbnails
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Appearance, TimelineBuilder

PAGE, APPEARANCES, TOTALS = "index.html", "appearances.csv", "totals.csv"


def report_files(folder: Path) -> tuple[Path, ...]:
    """All that a report consists of."""
    return folder / PAGE, folder / APPEARANCES, folder / TOTALS


class ReportWriter:
    """Writes who is on screen when: a `Sink`.

    `index.html` holds all that it shows and loads nothing; `appearances.csv` has a row from coming on screen
    to going (`start_s`, `end_s`, `side`, `label`, `mean_probability`), `totals.csv` one for each character
    (`label`, `seconds`, `seconds_least` and `seconds_most` at either threshold of the band, `share`,
    `appearances`). Times are in seconds from the start of the source, with three decimals. They appear under
    their names on leaving; those of a run that was stopped as `index.partial.html` and so on, and the page
    says so.

    Args:
        folder: to write into; made if it is missing.
        run: where the predictions come from.
        timeline: of the frames that are written.
        sensitivity: called once, at the end, for each character's screen time at other thresholds.
    """

    def __init__(
        self,
        folder: Path,
        run: RunInfo,
        timeline: TimelineBuilder,
        *,
        sensitivity: Callable[[], Sensitivity],
    ) -> None:
        self._folder, self._run, self._timeline, self._sensitivity = folder, run, timeline, sensitivity
        self._files = [PartialFile(path, keep_suffix=True) for path in report_files(folder)]
        self._thumbnails = Thumbnails(run.labels, pixel_aspect=float(run.source.pixel_aspect))
        self._open = False
        self._first_s: float | None = None
        self._end_s = 0.0

    def __enter__(self) -> Self:
        """Makes the folder and the files.

        Raises:
            SinkError: frames are pictures, or the folder cannot be written to.
        """
        if self._run.source.stills:
            raise SinkError(f"{self._folder}: a report is of a video; for pictures use --predictions a.csv")
        make_folder(self._folder)
        try:
            for file in self._files:
                file.create()
        except SinkError:
            for file in self._files:
                file.discard()
            raise
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the files and gives them their names; what was stopped before its first frame is removed.

        Raises:
            SinkError: they do not fit on the disk; not raised over an error already on its way.
        """
        if not self._open:
            return
        complete = kind is None
        if not complete and self._first_s is None:
            for file in self._files:
                file.discard()
            return
        try:
            report = self._report(complete)
            texts = (report_page(report), _appearances(report), _totals(report))
            for file, text in zip(self._files, texts, strict=True):
                file.fill(text)
        except SinkError:
            for file in self._files:
                file.discard()
            if complete:
                raise
            return
        try:
            for file in self._files:
                file.commit(complete=complete)
        finally:
            for file in self._files:
                file.discard()

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Takes the next frame in."""
        if not self._open:
            raise RuntimeError("enter the sink before writing to it")
        self._thumbnails.add(frame, result)
        if self._first_s is None:
            self._first_s = result.time_s
        self._end_s = result.time_s + float(1 / self._run.source.rate)

    def _report(self, complete: bool) -> Report:
        timeline = self._timeline.timeline(self._end_s)
        shown: dict[str, list[Shown]] = {label: [] for label in timeline.by_label()}
        for appearance in timeline.appearances():
            shown[appearance.label].append(self._shown(appearance))
        return Report(
            run=self._run,
            start_s=self._first_s or 0.0,
            end_s=self._end_s,
            complete=complete,
            totals=timeline.totals(),
            shown=shown,
            together=together(timeline.spans),
            sensitivity=self._sensitivity(),
        )

    def _shown(self, appearance: Appearance) -> Shown:
        best = self._thumbnails.best(appearance.label, appearance.start_s, appearance.end_s)
        return Shown(appearance, best.jpeg if best is not None else None)


def together(spans: Sequence[Span]) -> dict[tuple[str, str], float]:
    """For how many seconds any two are on screen at once; both orders of a pair are there."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    going_on: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        going_on = [other for other in going_on if other.end_s > span.start_s]
        for other in going_on:
            if other.label != span.label:
                both_s = min(other.end_s, span.end_s) - span.start_s
                seconds[other.label, span.label] += both_s
                seconds[span.label, other.label] += both_s
        going_on.append(span)
    return dict(seconds)


def _appearances(report: Report) -> str:
    every = [shown for of in report.shown.values() for shown in of]
    every.sort(key=lambda shown: (shown.appearance.start_s, shown.appearance.label))
    lines = [
        csv_row(f"{a.start_s:.3f}", f"{a.end_s:.3f}", a.side, a.label, f"{a.mean_probability:.4f}")
        for a in (shown.appearance for shown in every)
    ]
    return csv_row("start_s", "end_s", "side", "label", "mean_probability") + "".join(lines)


def _totals(report: Report) -> str:
    lines = []
    for total in report.totals:
        least, most = report.between(total)
        lines.append(
            csv_row(
                total.label,
                f"{total.seconds:.3f}",
                f"{least:.3f}",
                f"{most:.3f}",
                f"{total.share:.4f}",
                len(report.shown[total.label]),
            )
        )
    return csv_row("label", "seconds", "seconds_least", "seconds_most", "share", "appearances") + "".join(
        lines
    )
