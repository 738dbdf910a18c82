"""Terminal output of a run without a window: summaries on stdout, everything else on stderr."""

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
from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import Source
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Network


class Terminal:
    """Prints what the user wants to know about a run: summaries on stdout, everything else on stderr.

    Args:
        request: its `quiet`, `as_json`, `listed` and `only` choose what is printed; its source does not
            matter.
        network: the model that runs.
        titled: start each summary with the name of the source.

    Attributes:
        brief: print only the first line of the summary, because the source is played again.
    """

    def __init__(self, request: PlayRequest, network: Network, *, titled: bool) -> None:
        self._request, self._network, self._titled = request, network, titled
        self._verbose = not (request.quiet or request.as_json)
        self._started = self.brief = False

    def warn(self, line: str) -> None:
        """Print a line on standard error."""
        try:
            click.echo(one_line(line), err=True)
        except BrokenPipeError:
            raise
        except OSError:  # a full disk behind stderr must not stop the run
            pass

    def begin(self, *, cached: bool) -> None:
        """Print which execution provider runs the model, or that the detections are cached."""
        if self._verbose and not self._started:
            self.warn(provider_line(self._network))
            self._started = True
        if self._verbose and cached:
            self.warn(CACHED_LINE)

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[HeldFrame, FrameResult], None]]:
        """Show a progress bar; for pictures, also print who is on each.

        Yields:
            A function that takes each frame and its result.
        """
        if not self._verbose:
            yield lambda frame, result: None
            return
        unit = "pictures" if source.info.stills else "frames"
        with progress_bar(Path(source.info.name).name, source.info.frames, unit=unit) as show:

            def on_frame(frame: HeldFrame, result: FrameResult) -> None:
                show(result.index + 1)
                if source.info.stills:
                    line = analysis_line(result, listed=self._request.listed, only=self._request.only)
                    click.echo(one_line(f"{frame.name}: {line}"))

            yield on_frame

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, complete: bool) -> None:
        """Print the summary; after Ctrl-C, always the full one.

        Args:
            summary: the result of the run.
            source: the source that was played.
            written: names of the files that were written.
            complete: the run was not stopped early.
        """
        if self._request.as_json:
            info, whole = source.info, complete and not source.warnings
            click.echo(
                summary_json(
                    summary,
                    self._network,
                    info,
                    written,
                    only=self._request.only,
                    complete=whole,
                    warnings=source.warnings,
                )
            )
            return
        if self._request.quiet:
            return
        if summary.frames:
            if self._titled:
                click.echo(f"\n{one_line(source.info.name)}")
            stills, only = source.info.stills, self._request.only
            lines = summary_lines(summary, self._network, stills=stills, only=only)
            for line in islice(lines, 1 if self.brief and complete else None):
                click.echo(line)
        if not complete:
            self.left(written)
        elif written:
            self.warn(f"Wrote: {', '.join(written)}")

    def left(self, written: Sequence[str]) -> None:
        """Name the files of a run that was stopped or failed."""
        if written:
            self.warn(f"Stopped early; playable but incomplete: {', '.join(written)}")
