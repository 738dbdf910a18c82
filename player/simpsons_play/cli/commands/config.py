"""`simpsons config`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import ActionOption
from simpsons_play.cli.settings import load_settings, refuse_unknown_commands, settings_path, table_of
from simpsons_play.core.errors import SettingsError


@click.command(
    cls=Command,
    short_help="Show your own defaults, or create a config file for them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--create",
    cls=ActionOption,
    is_flag=True,
    help="Create the file, with all options commented out.",
)
@click.pass_context
def config(ctx: click.Context, create: bool) -> None:
    """Show your own defaults, or create a config file for them.

    The file is TOML, with a table for each command and the long names of its options. Options on the command
    line take precedence. For example:

    \b
    [play]
    threshold = 0.8
    no-cache = true

    Set the environment variable SIMPSONS_CONFIG to use another file, or to an empty
    value to use none.
    """  # noqa: D301 click needs the escape character
    path = settings_path()
    if path is None:
        say("No config file is used: SIMPSONS_CONFIG is empty")
        return
    commands = dict(_commands(ctx.find_root(), ()))
    if create:
        if path.exists():
            raise SettingsError(f"{path} already exists; edit it, or move it away first")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(_template(commands)) + "\n", encoding="utf-8")
        say(f"Wrote: {path}")
        return
    if not path.exists():
        say(f"{path} does not exist yet; create it with `simpsons config --create`")
        return
    settings = load_settings()
    lines = []
    for words, command in commands.items():
        table = table_of(settings, words)
        command.defaults(table, ".".join(words))  # raises SettingsError
        lines += [f"[{'.'.join(words)}] {key} = {_toml(value)}" for key, value in table.items()]
    say(f"{path}:" if lines else f"{path} sets no defaults; remove the # in front of an option to set it")
    for line in lines:
        say(line)
    for words in commands:
        for group in range(1, len(words)):
            inside = {others[group] for others in commands if others[:group] == words[:group]}
            refuse_unknown_commands(table_of(settings, words[:group]), inside)
    refuse_unknown_commands(settings, {words[0] for words in commands})


def _commands(ctx: click.Context, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    """All other commands with the words that call them, those of groups included."""
    group = ctx.command
    if isinstance(group, Command) and group is not config:
        yield words, group
    elif isinstance(group, click.Group):
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            if command is not None:
                yield from _commands(click.Context(command, parent=ctx, info_name=name), (*words, name))


def _template(commands: dict[tuple[str, ...], Command]) -> Iterator[str]:
    yield "# Your own defaults for simpsons-play: remove the # in front of an option and change its value."
    for words, command in commands.items():
        if command.settable():
            yield f"\n[{'.'.join(words)}]"
        for option in command.settable():
            yield f"# {option.help or ''}".rstrip()
            name = max(option.opts, key=len)[2:]
            default = option.to_info_dict()["default"]
            if isinstance(default, (bool, int, float, str, Path)):
                yield f"# {name} = {_toml(default)}"
            else:
                yield f"# {name} = {_example(option)}  # example; not set by default"


def _example(option: click.Option) -> str:
    """A valid value for an option that has no default."""
    kind = option.type
    if isinstance(kind, click.Choice):
        example: Any = kind.choices[0]
    elif isinstance(kind, click.FloatRange) and kind.min is not None and kind.max is not None:
        example = (kind.min + kind.max) / 2
    elif isinstance(kind, (click.types.IntParamType, click.types.FloatParamType)):
        example = 10
    else:
        example = "..."
    return f"[{_toml(example)}]" if option.multiple else _toml(example)


def _toml(value: Any) -> str:
    if isinstance(value, (str, Path)):
        return json.dumps(str(value))  # a JSON string is a valid basic string of TOML
    return str(value).lower() if isinstance(value, bool) else str(value)
