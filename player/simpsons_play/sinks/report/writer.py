"""Writes the report of who is on screen when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.analysis.strangers import MAX_LISTED, Stranger
from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import csv_row
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult, RunInfo
from simpsons_play.sinks.partial import PartialFile, make_folder
from simpsons_play.sinks.report.moments import video_url
from simpsons_play.sinks.report.page import IllustratedAppearance, Report, report_page
from simpsons_play.sinks.report.portraits import Portraits
from simpsons_play.sinks.report.stranger_pictures import StrangerPictures
from simpsons_play.sinks.report.stranger_sections import IllustratedStranger
from simpsons_play.sinks.report.thumbnails import Thumbnails
from simpsons_play.timelines.pairs import pair_totals
from simpsons_play.timelines.timeline import Appearance, TimelineBuilder

PAGE, APPEARANCES, TOTALS = "index.html", "appearances.csv", "totals.csv"


def report_files(folder: Path) -> tuple[Path, ...]:
    """The files of a report."""
    return folder / PAGE, folder / APPEARANCES, folder / TOTALS


class ReportWriter:
    """Writes a report of who is on screen when: a `Sink`.

    `index.html` is self-contained. `appearances.csv` has one row per appearance (`start_s`, `end_s`, `side`,
    `label`, `mean_probability`), `totals.csv` one per character (`label`, `seconds`, `seconds_least` and
    `seconds_most` at a higher and a lower threshold, `share`, `appearances`). Times are in seconds from the
    start of the source, with three decimals. The files appear under their names on exit. If the run was
    stopped, they are called `index.partial.html` and so on, and the page states it.

    Args:
        folder: output folder; created if it is missing.
        run: source, model and labels of the run.
        timeline: timeline of the frames that are written.
        sensitivity: computes each character's screen time at other thresholds; called once, at the end.
        strangers: groups heads that nobody knows; called once, at the end.
    """

    def __init__(
        self,
        folder: Path,
        run: RunInfo,
        timeline: TimelineBuilder,
        *,
        sensitivity: Callable[[], Sensitivity],
        strangers: Callable[[], Sequence[Stranger]] = tuple,
    ) -> None:
        self._folder, self._run, self._timeline = folder, run, timeline
        self._sensitivity, self._strangers = sensitivity, strangers
        self._files = [PartialFile(path, keep_suffix=True) for path in report_files(folder)]
        pixel_aspect = float(run.source.pixel_aspect)
        self._thumbnails = Thumbnails(run.labels, pixel_aspect=pixel_aspect)
        self._portraits = Portraits(pixel_aspect=pixel_aspect)
        self._stranger_pictures = StrangerPictures(run.threshold, pixel_aspect=pixel_aspect)
        self._open = False
        self._first_s: float | None = None
        self._end_s = 0.0

    def __enter__(self) -> Self:
        """Create the folder and the files.

        Raises:
            SinkError: the source is not a video, or the folder cannot be written to.
        """
        if self._run.source.stills:
            raise SinkError(
                f"{self._folder}: a report needs a video; for pictures use --predictions FILE.csv"
            )
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
        """Write and rename the files, or remove them if the run was stopped before its first frame.

        Raises:
            SinkError: they cannot be written; not raised if another error is propagating.
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
                file.write_text(text)
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
        """Take pictures from the next frame; its captions are taken from the timeline."""
        if not self._open:
            raise RuntimeError("enter the sink before writing to it")
        self._thumbnails.update(frame, result)
        self._portraits.update(frame, result)
        self._stranger_pictures.update(frame, result)
        if self._first_s is None:
            self._first_s = result.time_s
        self._end_s = result.time_s + float(1 / self._run.source.rate)

    def _report(self, complete: bool) -> Report:
        timeline = self._timeline.timeline(self._end_s)
        appearances: dict[str, list[IllustratedAppearance]] = {label: [] for label in timeline.by_label()}
        for appearance in timeline.appearances():
            appearances[appearance.label].append(self._illustrated(appearance))
        return Report(
            run=self._run,
            start_s=self._first_s or 0.0,
            end_s=self._end_s,
            complete=complete,
            totals=timeline.totals(),
            appearances=appearances,
            pairs=pair_totals(timeline.spans),
            sensitivity=self._sensitivity(),
            portraits=self._portraits.jpegs(),
            video_url=video_url(self._run.source, self._folder),
            strangers=[self._illustrated_stranger(one) for one in self._strangers()[:MAX_LISTED]],
        )

    def _illustrated_stranger(self, stranger: Stranger) -> IllustratedStranger:
        looks = stranger.examples(len(stranger.tracks))  # the best first, one of each track
        pictures = [(look, self._stranger_pictures.of(look)) for look in looks]
        found = [(look.time_s, picture) for look, picture in pictures if picture is not None]
        appearances = [
            (span, next((p.thumbnail for time_s, p in found if span.start_s <= time_s < span.end_s), None))
            for span in stranger.appearances
        ]
        portrait = found[0][1].portrait if found else None
        return IllustratedStranger(
            stranger.label, stranger.seconds, appearances, portrait, stranger.suggestion
        )

    def _illustrated(self, appearance: Appearance) -> IllustratedAppearance:
        thumbnail = self._thumbnails.best(appearance.label, appearance.start_s, appearance.end_s)
        return IllustratedAppearance(appearance, thumbnail.jpeg if thumbnail is not None else None)


def _appearances(report: Report) -> str:
    appearances = [item.appearance for items in report.appearances.values() for item in items]
    appearances.sort(key=lambda appearance: (appearance.start_s, appearance.label))
    rows = [
        csv_row(f"{a.start_s:.3f}", f"{a.end_s:.3f}", a.side, a.label, f"{a.mean_probability:.4f}")
        for a in appearances
    ]
    return csv_row("start_s", "end_s", "side", "label", "mean_probability") + "".join(rows)


def _totals(report: Report) -> str:
    header = csv_row("label", "seconds", "seconds_least", "seconds_most", "share", "appearances")
    rows = []
    for total in report.totals:
        min_seconds, max_seconds = report.seconds_range(total)
        rows.append(
            csv_row(
                total.label,
                f"{total.seconds:.3f}",
                f"{min_seconds:.3f}",
                f"{max_seconds:.3f}",
                f"{total.share:.4f}",
                len(report.appearances[total.label]),
            )
        )
    return header + "".join(rows)
