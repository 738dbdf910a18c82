"""`simpsons config`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from simpsons_play.cli.base import Act, Command, say
from simpsons_play.cli.settings import load_settings, refuse_strangers, settings_path, table_of
from simpsons_play.core.errors import SettingsError


@click.command(
    cls=Command,
    short_help="Show or make the file with your own defaults.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--create", cls=Act, is_flag=True, help="Make the file, with every option in it, switched off.")
@click.pass_context
def config(ctx: click.Context, create: bool) -> None:
    """Show your own defaults, or make the file that holds them.

    It is a TOML file with a table for each command and its options by their long names; what is given on the
    command line goes before it:

    \b
    [play]
    threshold = 0.8
    no-cache = true

    The environment variable SIMPSONS_CONFIG names another file; where it is empty, there is none.
    """  # noqa: D301 click needs the character itself
    path = settings_path()
    if path is None:
        say("There is no file: SIMPSONS_CONFIG is empty")
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
        say(f"{path}: not there yet; `simpsons config --create` makes it")
        return
    settings = load_settings()
    say(f"{path}:")
    for words, command in commands.items():
        table = table_of(settings, words)
        command.defaults(table, ".".join(words))  # says what is wrong
        for key, value in table.items():
            say(f"[{'.'.join(words)}] {key} = {_toml(value)}")
    for words in commands:
        for group in range(1, len(words)):
            inside = {others[group] for others in commands if others[:group] == words[:group]}
            refuse_strangers(table_of(settings, words[:group]), inside)
    refuse_strangers(settings, {words[0] for words in commands})


def _commands(ctx: click.Context, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Command]]:
    """All other commands by their words, those of groups included."""
    group = ctx.command
    if isinstance(group, Command) and group is not config:
        yield words, group
    elif isinstance(group, click.Group):
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            if command is not None:
                yield from _commands(click.Context(command, parent=ctx, info_name=name), (*words, name))


def _template(commands: dict[tuple[str, ...], Command]) -> Iterator[str]:
    yield "# Your own defaults for simpsons-play: remove the # in front of a line and change its value."
    for words, command in commands.items():
        if command.settable():
            yield f"\n[{'.'.join(words)}]"
        for option in command.settable():
            yield f"# {option.help or ''}".rstrip()
            name = max(option.opts, key=len)[2:]
            default = option.to_info_dict()["default"]
            known = isinstance(default, (bool, int, float, str))
            yield f"# {name} = {_toml(default) if known else _example(option)}"


def _example(option: click.Option) -> str:
    if option.multiple:
        return "[]"
    if isinstance(option.type, click.Choice):
        return _toml(option.type.choices[0])
    return "0" if isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType)) else '""'


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)  # TOML's basic strings are JSON's
    return str(value).lower() if isinstance(value, bool) else str(value)
