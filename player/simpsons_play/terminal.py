"""What a run without a window says: summaries on standard output, all else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.config import PlayRequest
from simpsons_play.held_frame import HeldFrame
from simpsons_play.model import Network
from simpsons_play.pipeline import RunSummary
from simpsons_play.progress import progress_bar
from simpsons_play.types import Analysis, Source


class Terminal:
    """What a run says on the terminal, as a user wants it: summaries on stdout, all else on stderr.

    Args:
        request: says how much, of whatever source.
        network: that looks at the frames.
        titled: summaries begin with the name of the source.

    Attributes:
        brief: one line sums up, because the source is played again.
    """

    def __init__(self, request: PlayRequest, network: Network, *, titled: bool) -> None:
        self._request, self._network, self._titled = request, network, titled
        self._talks = not (request.quiet or request.as_json)
        self._began = self.brief = False

    def warn(self, line: str) -> None:
        """What the user must know."""
        click.echo(line, err=True)

    def begin(self, *, kept: bool) -> None:
        """Say what looks at the frames."""
        if self._talks and not self._began:
            click.echo(report.provider_line(self._network), err=True)
            self._began = True
        if self._talks and kept:
            click.echo(report.KEPT_LINE, err=True)

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[HeldFrame, Analysis], None]]:
        """Show how far the run is; for pictures, print what is seen on each."""
        if not self._talks:
            yield lambda frame, analysis: None
            return
        with progress_bar(Path(source.info.name).name, source.info.frames, unit="frames") as show:

            def on_frame(frame: HeldFrame, analysis: Analysis) -> None:
                show(analysis.index + 1)
                if source.info.stills:
                    line = report.analysis_line(analysis, listed=self._request.listed)
                    click.echo(f"{frame.name}: {line}")

            yield on_frame

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, complete: bool) -> None:
        """Sum up; a run that was stopped before it was complete in full."""
        if self._request.as_json:
            info, whole = source.info, complete and not source.warnings
            click.echo(
                report.summary_json(
                    summary, self._network, info, written, complete=whole, warnings=source.warnings
                )
            )
            return
        if self._request.quiet:
            return
        if summary.frames:
            if self._titled:
                click.echo(f"\n{source.info.name}")
            lines = report.summary_lines(summary, self._network, stills=source.info.stills)
            for line in islice(lines, 1 if self.brief and complete else None):
                click.echo(line)
        if not complete:
            self.left(written)
        elif written:
            click.echo(f"Wrote: {', '.join(written)}", err=True)

    def left(self, written: Sequence[str]) -> None:
        """Name the files that a run left which could not end as it should."""
        if written:
            click.echo(f"Stopped early; valid, but shorter: {', '.join(written)}", err=True)
