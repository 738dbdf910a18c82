"""The options of `simpsons play` that name files to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        help="Write the video with captions on it, its sound kept (.mp4, .m4v, .mov, .mkv, .webm, .avi). "
        "No window.",
    ),
    click.option(
        "--predictions",
        type=click.Path(path_type=Path),
        help="Write what was seen in each frame: all of it as JSON Lines, or, ending in .csv, a row for each "
        "name shown. No window.",
    ),
    click.option(
        "--subtitles",
        multiple=True,
        type=click.Path(path_type=Path),
        help="Write the names as subtitles (.srt, .vtt, .ass), at the side where each is; may be given "
        "several times. No window.",
    ),
    click.option(
        "--report",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help="Write who is on screen when: a page with timeline, times and pictures (index.html) and two "
        "tables (appearances.csv, totals.csv). No window.",
    ),
    click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="Print the summary as one line of JSON for each source. No window.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print warnings and errors alone."),
)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all of them; each is called as the field of `PlayRequest` that it sets."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
