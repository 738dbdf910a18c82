"""The `simpsons` command, which finds its subcommands through entry points."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path

import click

from simpsons_play.cli.base import ENTRY_POINTS, InterruptibleCommand
from simpsons_play.core.errors import DependencyError
from simpsons_play.core.escaping import one_line


class _Commands(InterruptibleCommand, click.Group):
    """Finds its subcommands in the entry-point group `simpsons.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every registered name, sorted."""
        return sorted(entry_points(group=ENTRY_POINTS).names)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; the error for an unknown name suggests a similar one."""
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
        """Load a command; None if no package registers that name."""
        for entry in entry_points(group=ENTRY_POINTS, name=cmd_name):
            command = entry.load()
            if not isinstance(command, click.Command):
                raise DependencyError(f"{entry.value} is not a click command")
            return command
        return None


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 success; 1 error, explained in one line; 2 invalid options; 3 finished, but part "
    "of the source could not be read; 130 stopped by Ctrl-C, SIGTERM or SIGHUP; 141 output closed by its "
    "reader.",
)
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
def main() -> None:
    """Name the characters of The Simpsons in videos, and train your own models for it."""
