"""What a run without a window says: summaries on standard output, all else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import click

from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.cli.progress import progress_bar
from simpsons_play.cli.summary import CACHED_LINE, analysis_line, provider_line, summary_json, summary_lines
from simpsons_play.core.config import PlayRequest
from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import Source
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Network


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
        """Say what the user must know, on standard error."""
        try:
            click.echo(one_line(line), err=True)
        except BrokenPipeError:
            raise
        except OSError:  # what was asked for is done all the same
            pass

    def begin(self, *, cached: bool) -> None:
        """Say what looks at the frames."""
        if self._talks and not self._began:
            self.warn(provider_line(self._network))
            self._began = True
        if self._talks and cached:
            self.warn(CACHED_LINE)

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[HeldFrame, FrameResult], None]]:
        """Show how far the run is; for pictures, print what is seen on each."""
        if not self._talks:
            yield lambda frame, result: None
            return
        with progress_bar(Path(source.info.name).name, source.info.frames, unit="frames") as show:

            def on_frame(frame: HeldFrame, result: FrameResult) -> None:
                show(result.index + 1)
                if source.info.stills:
                    line = analysis_line(result, listed=self._request.listed)
                    click.echo(one_line(f"{frame.name}: {line}"))

            yield on_frame

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, complete: bool) -> None:
        """Sum up; a run that was stopped before it was complete in full."""
        if self._request.as_json:
            info, whole = source.info, complete and not source.warnings
            click.echo(
                summary_json(summary, self._network, info, written, complete=whole, warnings=source.warnings)
            )
            return
        if self._request.quiet:
            return
        if summary.frames:
            if self._titled:
                click.echo(f"\n{one_line(source.info.name)}")
            lines = summary_lines(summary, self._network, stills=source.info.stills)
            for line in islice(lines, 1 if self.brief and complete else None):
                click.echo(line)
        if not complete:
            self.left(written)
        elif written:
            self.warn(f"Wrote: {', '.join(written)}")

    def left(self, written: Sequence[str]) -> None:
        """Name the files that a run left which could not end as it should."""
        if written:
            self.warn(f"Stopped early; playable but incomplete: {', '.join(written)}")
