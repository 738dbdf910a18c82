"""The options of `simpsons play` that name files to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from simpsons_play.cli.base import PathName, grouped

_write = grouped("What to write, without a window")

_OPTIONS = (
    _write(
        "-o",
        "--output",
        type=PathName(),
        help="Write the video with captions on it, its sound kept (.mp4, .m4v, .mov, .mkv, .webm, .avi), or "
        "a picture (.png, .jpg, .webp); of several pictures, {picture} in it stands for the name of each.",
    ),
    _write(
        "--encoder",
        type=click.Choice(["auto", "software", "hardware"]),
        default="auto",
        show_default=True,
        help="What encodes that video. auto: a graphics card where one encodes H.264, else x264.",
    ),
    _write(
        "--predictions",
        multiple=True,
        type=PathName(),
        help="Write what was seen in each frame: all of it as JSON Lines (.jsonl), or a row for each name "
        "shown (.csv); may be given several times.",
    ),
    _write(
        "--subtitles",
        multiple=True,
        type=PathName(),
        help="Write the names as subtitles (.srt, .vtt, .ass), at the side where each is; may be given "
        "several times.",
    ),
    _write(
        "--report",
        type=PathName(folder=True),
        metavar="FOLDER",
        help="Write who is on screen when: a page with timeline, times and pictures (index.html) and two "
        "tables (appearances.csv, totals.csv).",
    ),
    _write(
        "--json/--no-json",
        "as_json",
        is_flag=True,
        help="Print the summary as one line of JSON for each source.",
    ),
    _write("-q", "--quiet/--no-quiet", help="Print only warnings and errors."),
)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all of them; each is called as the field of `PlayRequest` that it sets."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
