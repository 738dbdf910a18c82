"""The command that finds all others: each package registers its own."""

from __future__ import annotations

from importlib.metadata import entry_points

import click

from simpsons_play.command import AtOnce
from simpsons_play.errors import DependencyError

_ENTRY_POINTS = "simpsons.commands"


class _Commands(AtOnce, click.Group):
    """Finds its commands under the entry-point group `simpsons.commands`: each package registers its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every registered name, sorted."""
        return sorted(entry_points(group=_ENTRY_POINTS).names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one; None where nobody registered that name."""
        for entry in entry_points(group=_ENTRY_POINTS, name=cmd_name):
            command = entry.load()
            if not isinstance(command, click.Command):
                raise DependencyError(f"{entry.value} is not a click command")
            return command
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
def main() -> None:
    """Name the characters of The Simpsons: play, measure, train, export."""
