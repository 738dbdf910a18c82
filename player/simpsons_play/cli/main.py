"""The command that finds all others: each package registers its own."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path

import click

from simpsons_play.cli.base import ENTRY_POINTS, AtOnce
from simpsons_play.core.errors import DependencyError
from simpsons_play.core.escaping import one_line


class _Commands(AtOnce, click.Group):
    """Finds its commands under the entry-point group `simpsons.commands`: each package registers its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every registered name, sorted."""
        return sorted(entry_points(group=ENTRY_POINTS).names)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the one that is meant; a wrong name is an error that says which is near."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if "://" in args[0] or Path(args[0]).exists():
                source = one_line(args[0])
                raise click.UsageError(
                    f"{source} is not a command. To play it: simpsons-play {source}", ctx
                ) from error
            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", ctx) from error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one; None where nobody registered that name."""
        for entry in entry_points(group=ENTRY_POINTS, name=cmd_name):
            command = entry.load()
            if not isinstance(command, click.Command):
                raise DependencyError(f"{entry.value} is not a click command")
            return command
        return None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 an error, told in one line; 2 wrong options; 3 done, but not all of the "
    "source could be read; 130 stopped by Ctrl-C, SIGTERM or SIGHUP; 141 nobody reads the output any more.",
)
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
def main() -> None:
    """Name the characters of The Simpsons: play, measure, train, export."""
