"""`simpsons completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from simpsons_play.cli.base import Command


@click.command(
    cls=Command,
    short_help="Print a completion script for your shell.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that completes the commands, options and files of simpsons and simpsons-play.

    \b
    bash, at the end of ~/.bashrc:  eval "$(simpsons completion bash)"
    zsh, at the end of ~/.zshrc:    eval "$(simpsons completion zsh)"
    fish, once:                     simpsons completion fish > ~/.config/fish/completions/simpsons.fish
    """  # noqa: D301 click needs the escape character
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"the installed click does not support {shell}")
    for program in ("simpsons", "simpsons-play"):
        variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
        click.echo(kind(ctx.find_root().command, {}, program, variable).source())
