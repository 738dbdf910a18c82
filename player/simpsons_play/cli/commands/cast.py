"""`simpsons cast`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.cast_option import cast_file, cast_option
from simpsons_play.cli.params import PathName
from simpsons_play.core.interrupts import held_interrupt

_HELP = {"help_option_names": ["-h", "--help"]}


class _Colour(click.ParamType[tuple[int, int, int]]):
    """A colour, `rrggbb` or `#rrggbb`, as BGR 0-255."""

    name = "colour"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int, int]:
        """Parse a colour; anything else is a usage error."""
        with held_interrupt():
            from simpsons_play.cast.cast_json import parsed_colour

        try:
            return parsed_colour(str(value))
        except ValueError:
            self.fail(f"{value} is not a colour; give red, green and blue as ff8800.", param, ctx)


@click.group(short_help="Show and edit the characters you taught.", context_settings=_HELP)
def cast() -> None:
    """Show and edit the cast: the characters that you taught the player with `simpsons teach`.

    A cast is one JSON file with names, colours and example pictures. To share or back it up, copy the file;
    `simpsons cast merge` adds somebody else's to yours, and `simpsons cast undo` takes back any change.

    NAME is a name or a part of one, as it is shown or as files spell it: otto, "Mr. Burns", montgomery.
    """


@cast.command(
    "list", cls=Command, short_help="List the characters you taught or changed.", context_settings=_HELP
)
@cast_option
@click.option("--json/--no-json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def list_members(path: Path | None, as_json: bool) -> None:
    """List the characters that you taught or changed: names, labels, colours and numbers of examples."""
    with held_interrupt():
        from simpsons_play.cli.cast_listing import cast_json, cast_lines

    file = cast_file(path, exists=True)
    shown = file.load()
    for line in [cast_json(file.path, shown)] if as_json else cast_lines(file.path, shown):
        say(line)


@cast.command(cls=Command, context_settings=_HELP)
@click.argument("name")
@cast_option
@click.option(
    "--pictures",
    "folder",
    type=PathName(folder=True),
    metavar="FOLDER",
    help="Save the pictures of the examples in this folder. No file is overwritten.",
)
def show(name: str, path: Path | None, folder: Path | None) -> None:
    """Show where the examples of a character are from."""
    with held_interrupt():
        from simpsons_play.cast.cast import use_names_of
        from simpsons_play.cli.cast_listing import member_lines, save_pictures
        from simpsons_play.cli.cast_names import the_label
        from simpsons_play.core.names import counted

    shown = cast_file(path, exists=True).load()
    use_names_of(shown)
    member = shown[the_label(name, shown.labels)]
    for line in member_lines(member, shown):
        say(line)
    if folder is not None:
        say(f"Wrote: {counted(save_pictures(member, folder), 'picture')} to {folder}", err=True)


@cast.command(cls=Command, context_settings=_HELP)
@click.argument("name")
@cast_option
@click.option(
    "--example",
    "numbers",
    type=click.IntRange(1),
    multiple=True,
    metavar="N",
    help="Remove only this example, by its number in `simpsons cast show`. Can be repeated.",
)
def remove(name: str, path: Path | None, numbers: tuple[int, ...]) -> None:
    """Remove a character, or some of its examples."""
    with held_interrupt():
        from simpsons_play.cli import cast_editing

    for line in cast_editing.remove(cast_file(path, exists=True), name, numbers):
        say(line)


@cast.command(cls=Command, short_help="Give a character another name.", context_settings=_HELP)
@click.argument("name")
@click.argument("new_name")
@cast_option
@click.option(
    "--keep-label/--no-keep-label",
    is_flag=True,
    help="Change only the name that is shown; predictions and tables keep the label.",
)
def rename(name: str, new_name: str, path: Path | None, keep_label: bool) -> None:
    """Give a character another name; if another character has that name, the two become one.

    The characters of the included models keep their labels: only the name that is shown changes, as in
    `simpsons cast rename milhouse "Milhouse Van Houten"`.
    """
    with held_interrupt():
        from simpsons_play.cli import cast_editing

    for line in cast_editing.rename(cast_file(path), name, new_name, keep_label=keep_label):
        say(line)


@cast.command(cls=Command, short_help="Change the colour of a character.", context_settings=_HELP)
@click.argument("name")
@click.argument("colour_bgr", type=_Colour(), metavar="COLOUR")
@cast_option
def colour(name: str, colour_bgr: tuple[int, int, int], path: Path | None) -> None:
    """Change the colour of a character to COLOUR: red, green and blue as ff8800."""
    with held_interrupt():
        from simpsons_play.cli import cast_editing

    for line in cast_editing.recolour(cast_file(path), name, colour_bgr):
        say(line)


@cast.command(cls=Command, short_help="Add the characters of another cast file.", context_settings=_HELP)
@click.argument("other", type=PathName())
@cast_option
def merge(other: Path, path: Path | None) -> None:
    """Add the characters and examples of OTHER, another cast file, to yours.

    Where the two differ, yours takes precedence. OTHER stays as it is.
    """
    with held_interrupt():
        from simpsons_play.cli import cast_editing

    for line in cast_editing.merge(cast_file(path), other):
        say(line)


@cast.command(cls=Command, context_settings=_HELP)
@cast_option
def undo(path: Path | None) -> None:
    """Take back the last change. Call it again for the change before; the last 50 can be taken back."""
    with held_interrupt():
        from simpsons_play.cli import cast_editing

    for line in cast_editing.undo(cast_file(path, exists=True)):
        say(line)
