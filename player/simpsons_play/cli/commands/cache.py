"""`simpsons cache`."""

from __future__ import annotations

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import ActionOption


@click.command(
    cls=Command,
    short_help="Show or clear the cached detections.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--clear", cls=ActionOption, is_flag=True, help="Remove all entries.")
def cache(clear: bool) -> None:
    """Show or clear the cached detections.

    The player caches the detections in a whole file, identified by the content of the video and the model, so
    that another threshold or output does not run the model again. The cache holds up to 1 GiB; the least
    recently used entries are removed first. Set the environment variable SIMPSONS_CACHE to use another
    folder, or to an empty value to turn the cache off.
    """
    from simpsons_play.analysis.cache import DetectionCache
    from simpsons_play.cli.summary import cache_lines, counted

    stored = DetectionCache()
    if clear and stored.folder is not None:
        say(f"Removed {counted(stored.clear(), 'video')} from {stored.folder}")
        return
    for line in cache_lines(stored.folder, list(stored.entries())):
        say(line)
