"""The sections of a report about strangers: heads that nobody knows, grouped. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simpsons_play.core.names import counted, display_name
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timefmt import format_tenths, format_time
from simpsons_play.render.html import Moment, Portrait, Section, Table
from simpsons_play.sinks.report.moments import SIDES, at_time, play_command
from simpsons_play.timelines.spans import Span

_COLOUR = "#c8c8c8"


@dataclass(frozen=True, slots=True)
class IllustratedStranger:
    """A stranger with pictures.

    Attributes:
        label: its label.
        seconds: total time on screen.
        appearances: its appearances in order of their times, each with a thumbnail as JPEG file content, or
            None.
        portrait: JPEG file content; None without a picture.
        suggestion: label of the known character that it may be; None without one.
    """

    label: str
    seconds: float
    appearances: Sequence[tuple[Span, bytes | None]]
    portrait: bytes | None
    suggestion: str | None


def stranger_sections(
    strangers: Sequence[IllustratedStranger], run: RunInfo, video_url: str
) -> Iterator[Section]:
    """A table of all strangers, and their moments.

    Args:
        strangers: longest time on screen first.
        run: source of the run.
        video_url: address of the video file; empty if the source is no local file.
    """
    if not strangers:
        return
    rows = [
        (
            _portrait(stranger, anchor=f"u{number}"),
            stranger.seconds,
            len(stranger.appearances),
            "" if stranger.suggestion is None else f"perhaps {display_name(stranger.suggestion)}",
        )
        for number, stranger in enumerate(strangers, 1)
    ]
    caption = "Heads without a name, grouped by who they seem to be."
    table = Table(("Stranger", "Seconds", "Appearances", "Resembles"), rows, caption, digits=1)
    yield Section("Unknown", [table], anchor="unknown")
    for number, stranger in enumerate(strangers, 1):
        total = f"{counted(len(stranger.appearances), 'appearance')}, {format_time(stranger.seconds)}"
        portrait = _portrait(stranger)
        yield Section(
            f"{portrait.name} ({total})",
            [_moment(span, picture, f"u{number}", run, video_url) for span, picture in stranger.appearances],
            portrait if portrait.content else None,
            anchor=f"u{number}",
        )


def _portrait(stranger: IllustratedStranger, anchor: str = "") -> Portrait:
    return Portrait(display_name(stranger.label), stranger.portrait, _COLOUR, anchor)


def _moment(span: Span, picture: bytes | None, anchor: str, run: RunInfo, video_url: str) -> Moment:
    side = SIDES[span.side]
    return Moment(
        picture,
        f"{format_tenths(span.start_s)} to {format_tenths(span.end_s)}, {side}",
        alt=f"{display_name(span.label)}, {side}",
        anchor=f"{anchor}-{round(span.start_s * 1000)}",
        time=format_tenths(span.start_s),
        url=at_time(video_url, span.start_s),
        command=play_command(run.source, span.start_s),
    )
