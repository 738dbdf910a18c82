"""`simpsons teach`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.cast_option import cast_file, cast_option
from simpsons_play.cli.params import Moment, PathName
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt

if TYPE_CHECKING:
    from simpsons_play.cli.teaching import Teacher


class _Head(click.ParamType[str | int]):
    """Which head of a picture: `left`, `right`, `largest`, or a number counted from 1 at the left."""

    name = "head"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Parse the choice of a head; anything else is a usage error."""
        text = str(value).lower()
        if text in ("left", "right", "largest"):
            return text
        if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 999:
            return int(text)
        self.fail(f"{value} is not left, right, largest, or a number from 1 at the left.", param, ctx)


@click.command(
    cls=Command,
    short_help="Teach the player a character from pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("name")
@click.argument("pictures", nargs=-1, required=True, type=PathName(), metavar="PICTURE...")
@cast_option
@click.option(
    "--at",
    "times_s",
    type=Moment(),
    multiple=True,
    metavar="TIME",
    help="Where in a video the character is: seconds, 1:23 or 1:02:03. Can be repeated.",
)
@click.option(
    "--head",
    "which",
    type=_Head(),
    metavar="left|right|largest|N",
    help="Which head of a picture with several it is; N counts clear heads from the left. By default, the "
    "one most like the pictures with one head; without such pictures, the only one without a name, or the "
    "largest.",
)
@click.option("--yes/--no-yes", is_flag=True, help="Do not ask whether a new name is misspelt.")
def teach(
    name: str,
    pictures: tuple[Path, ...],
    path: Path | None,
    times_s: tuple[float, ...],
    which: str | int | None,
    yes: bool,
) -> None:
    """Teach the player the character NAME from one head in each PICTURE.

    \b
    simpsons teach "Otto Mann" otto1.png otto2.jpg
    simpsons teach "Otto Mann" pictures/of/otto
    simpsons teach "Otto Mann" episode.avi --at 1:23 --at 4:05

    PICTURE is a picture, a folder of pictures, or, with --at, a video. Three to five pictures from different
    scenes are a good start. From then on, the player knows the character in all videos.

    NAME is a new name, or the name of a known character or a part of it, to add examples or to correct the
    player. A name of several words needs quotes. "nobody" is for people who must get no name.
    """  # noqa: D301 click needs the escape character
    with held_interrupt():
        from simpsons_play.cast.cast import use_names_of
        from simpsons_play.cli.lessons import learn, save_lessons
        from simpsons_play.cli.progress import progress_bar
        from simpsons_play.cli.taught_name import resolve_name
        from simpsons_play.cli.teaching import places_of
        from simpsons_play.inference.cast_embeddings import comparable

    file = cast_file(path)
    cast = file.load()
    use_names_of(cast)
    places = places_of(pictures, times_s, who=name)
    taught = resolve_name(name, cast, ask=not yes)
    teacher = _teacher()
    looks = []
    with progress_bar("Looking for heads", len(places), unit="pictures") as show:
        for place in places:
            looks.append(teacher.look_at(place))
            show(len(looks))
    member = comparable(cast, teacher.embedder).get(taught.label)
    known = member.examples if member else ()
    lessons = learn(looks, taught.label, card=teacher.detector.card, known=known, which=which)
    for lesson in lessons:
        if lesson.note:
            say(lesson.note, err=True)
    for line in save_lessons(file, taught, lessons, teacher.embedder):
        say(line)
    if any(look.problem for look in looks):
        raise click.exceptions.Exit(EXIT_INCOMPLETE)


def _teacher() -> Teacher:
    """Load the included models."""
    with held_interrupt():
        from simpsons_play.cli.teaching import Teacher
        from simpsons_play.core.crops import DETECT
        from simpsons_play.core.errors import ModelError
        from simpsons_play.inference.loading import load_model
        from simpsons_play.inference.model import Detector

    detector = load_model(regions=DETECT)
    if not isinstance(detector, Detector):
        raise ModelError(f"{detector.path} detects no heads")
    return Teacher(detector)
