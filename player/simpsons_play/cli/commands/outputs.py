"""The output options of `simpsons play`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from simpsons_play.cli.params import PathName, grouped

WRITE = "Output (without a window)"
"""Heading of the options for runs without a window."""

_write = grouped(WRITE)

_OPTIONS = (
    _write(
        "-o",
        "--output",
        type=PathName(),
        help="Record the video with names and sound (.mp4, .m4v, .mov, .mkv, .webm, .avi), or write a "
        "picture with names (.png, .jpg, .webp). For several pictures, {picture} in the file name stands for "
        "the name of each.",
    ),
    _write(
        "--encoder",
        type=click.Choice(["auto", "software", "hardware"]),
        default="auto",
        show_default=True,
        help="Video encoder. auto: the graphics card if it encodes H.264, else x264.",
    ),
    _write(
        "--predictions",
        multiple=True,
        type=PathName(),
        help="Write the predictions for each frame: everything as JSON Lines (.jsonl), or one row for each "
        "name shown (.csv, .parquet). Can be repeated.",
    ),
    _write(
        "--subtitles",
        multiple=True,
        type=PathName(),
        help="Write the names as subtitles (.srt, .vtt, .ass), on the side of the picture where each "
        "character is. Can be repeated.",
    ),
    _write(
        "--report",
        type=PathName(folder=True),
        metavar="FOLDER",
        help="Write a report of who is on screen when: a page with a timeline, times and pictures "
        "(index.html) and two tables (appearances.csv, totals.csv).",
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
    """Add the options to a command; each has the name of the `PlayRequest` field that it sets."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
