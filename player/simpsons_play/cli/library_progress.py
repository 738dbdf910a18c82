"""Shows how `simpsons library add` goes: a progress bar with lines, or events in JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from types import TracebackType
from typing import Self

import click

from simpsons_play.cli.base import say
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.escaping import readable
from simpsons_play.core.names import counted
from simpsons_play.core.timefmt import format_time
from simpsons_play.library.adding import AddEvent, AddSummary

EVENTS_VERSION = 1
"""Version of the JSON events."""


class AddDisplay:
    """Shows events and a summary: a context manager.

    Args:
        location: the library, for the summary.
        as_json: print events as lines of JSON, and nothing else.
        quiet: print only warnings and errors.
    """

    def __init__(self, location: str, *, as_json: bool, quiet: bool) -> None:
        self._location, self._as_json, self._quiet = location, as_json, quiet
        self._stack = ExitStack()
        self._show_done: Callable[[float], None] = lambda done_s: None
        self._videos = self._ended = 0
        self._done_s, self._running_s = 0.0, dict[str, float]()
        self._started_s = self._total_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the progress bar."""
        self._stack.close()

    def show(self, event: AddEvent) -> None:
        """Show one event."""
        if event.kind == "checked":
            self._begin(event)
        self._advance(event)
        if self._as_json:
            self._print_json({"event": event.kind, **_described(event), **self._progress(event)})
        elif event.kind == "failed":
            say(f"Error: {event.reason}", err=True)
        elif event.kind == "warning":
            say(f"Warning: {event.reason}", err=True)
        elif event.kind == "moved" and not self._quiet:
            say(f"Moved to {event.video}")
        elif event.kind == "skipped" and not self._quiet:
            say(f"Skipped {event.video}: {event.reason}")

    def end(self, summary: AddSummary) -> None:
        """Show the summary."""
        self._stack.close()
        seconds = time.monotonic() - self._started_s if self._started_s else 0.0
        if self._as_json:
            self._print_json({"event": "finished", **asdict(summary), "seconds": round(seconds, 3)})
            return
        if self._quiet:
            return
        parts = [f"{counted(summary.added, 'video')} added"]
        if summary.moved:
            parts.append(f"{summary.moved} moved")
        if summary.skipped > summary.moved:
            parts.append(f"{summary.skipped - summary.moved} skipped")
        if summary.failed:
            parts.append(f"{summary.failed} failed")
        say(f"{self._location}: {', '.join(parts)} in {format_time(seconds)}")
        if summary.outdated:
            say(
                f"{counted(summary.outdated, 'video')} of those skipped were analysed with other settings; "
                "--update analyses them again"
            )

    def _begin(self, event: AddEvent) -> None:
        self._videos, self._total_s, self._started_s = event.count, event.duration_s, time.monotonic()
        if not self._as_json and not self._quiet and event.count:
            bar = progress_bar("Analysing", round(event.duration_s) or None, unit="seconds of video")
            self._show_done = self._stack.enter_context(bar)

    def _advance(self, event: AddEvent) -> None:
        if event.kind == "progress":
            self._running_s[event.video] = event.analysed_s
        elif event.kind in ("added", "failed") and event.episode_id:
            self._running_s.pop(event.video, None)
            self._done_s += event.duration_s
            self._ended += 1
        if event.kind == "added" and not self._as_json:
            if not self._quiet:
                say(f"Added {event.video} ({self._ended} of {self._videos})")
            for warning in event.warnings:
                say(f"Warning: {warning}", err=True)
        self._show_done(round(self._done_s + sum(self._running_s.values())))

    def _progress(self, event: AddEvent) -> dict[str, float]:
        """How far all is, for events of the analysis."""
        if event.kind not in ("progress", "added"):
            return {}
        done_s, passed_s = self._done_s + sum(self._running_s.values()), time.monotonic() - self._started_s
        left_s = (self._total_s - done_s) * passed_s / done_s if done_s else 0.0
        return {
            "done_s": round(done_s, 3),
            "total_s": self._total_s,
            "remaining_s": round(max(0.0, left_s), 1),
        }

    def _print_json(self, content: dict[str, object]) -> None:
        click.echo(json.dumps({"version": EVENTS_VERSION, **content}))


def _described(event: AddEvent) -> dict[str, object]:
    """The fields of an event that say something, for JSON."""
    always = {"count", "duration_s"} if event.kind == "checked" else set[str]()
    found = {
        name: value for name, value in asdict(event).items() if name != "kind" and (value or name in always)
    }
    return {name: readable(value) if isinstance(value, str) else value for name, value in found.items()}
