"""`simpsons cache`."""

from __future__ import annotations

import click

from simpsons_play.cli.base import Act, Command, say


@click.command(
    cls=Command,
    short_help="Show or clear cached results.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--clear", cls=Act, is_flag=True, help="Remove all of it.")
def cache(clear: bool) -> None:
    """Show what is kept of the videos that were looked at, or clear it.

    What a network says of each frame of a whole file is kept by the contents of video and network, so that
    another threshold or output does not ask it again. What was not used for longest goes when 1 GiB is full.
    The environment variable SIMPSONS_CACHE names another folder; where it is empty, nothing is kept.
    """
    from simpsons_play.analysis.cache import DetectionCache
    from simpsons_play.cli.summary import cache_lines

    tracks = DetectionCache()
    if clear:
        say(f"Removed: {tracks.clear()} of {tracks.folder}" if tracks.folder else "Nothing is kept")
        return
    for line in cache_lines(tracks.folder, list(tracks.entries())):
        say(line)
