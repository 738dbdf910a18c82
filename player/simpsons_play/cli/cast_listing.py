"""What `simpsons cast` prints and saves of a cast."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_json import hex_colour
from simpsons_play.cast.members import Example, Member
from simpsons_play.core.atomic_file import atomic_file
from simpsons_play.core.errors import SinkError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.names import counted, slug, unused_path
from simpsons_play.core.timefmt import format_time


def cast_lines(path: Path, cast: Cast) -> Iterator[str]:
    """A cast as a table: names, labels, colours and numbers of examples."""
    if not cast.members:
        yield f"{path}: nobody yet; teach a character with `simpsons teach NAME PICTURES`"
        return
    yield f"{path}: {counted(len(cast.members), 'character')}, {counted(len(cast.examples), 'example')}"
    name_width = max(24, *(len(member.name) for member in cast.members)) + 2
    label_width = max(24, *(len(member.label) for member in cast.members)) + 2
    yield f"{'name':<{name_width}}{'label':<{label_width}}{'colour':<9}{'examples':>8}"
    for m in sorted(cast.members, key=lambda member: member.name.casefold()):
        yield f"{m.name:<{name_width}}{m.label:<{label_width}}{_colour(m, cast):<9}{len(m.examples):>8,}"


def cast_json(path: Path, cast: Cast) -> str:
    """A cast as one JSON object, without pictures and embeddings."""
    members = [
        {
            "label": member.label,
            "name": member.name,
            "colour": _colour(member, cast) or None,
            "threshold": member.threshold,
            "examples": len(member.examples),
        }
        for member in cast.members
    ]
    changes = [{"time": change.time.isoformat(), "text": change.text} for change in cast.changes]
    document = {"file": str(path), "embedder": cast.embedder, "members": members, "changes": changes}
    return json.dumps(document, ensure_ascii=False)


def member_lines(member: Member, cast: Cast) -> Iterator[str]:
    """A member and where its examples are from, numbered from 1."""
    colour = f", {_colour(member, cast)}" if _colour(member, cast) else ""
    yield f"{member.name} ({member.label}){colour}: {counted(len(member.examples), 'example')}"
    added = {change.id: change.time.astimezone().strftime("%Y-%m-%d %H:%M") for change in cast.changes}
    for number, example in enumerate(member.examples, 1):
        yield f"{number:>4}  {added.get(example.change, 'earlier'):<16}  {_place(example)}"


def save_pictures(member: Member, folder: Path) -> int:
    """Save the pictures of a member's examples as `otto_mann-01-SOURCE.jpg`, without overwriting any file.

    Returns:
        The number of pictures.

    Raises:
        SinkError: one cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, example in enumerate(member.examples, 1):
            stem = slug(f"{member.label}-{number:02}-{Path(example.source).stem}", fallback="picture")
            path = unused_path(folder, stem, ".jpg")
            with atomic_file(path, temporary=path.with_suffix(".part")) as part:
                part.write_bytes(example.picture)
    except OSError as error:
        raise SinkError(f"{folder} cannot be written: {clause_of(error)}") from error
    return len(member.examples)


def _colour(member: Member, cast: Cast) -> str:
    """`#rrggbb`; empty for `NOBODY`."""
    colour = cast.colours_bgr.get(member.label)
    return "" if colour is None else hex_colour(colour)


def _place(example: Example) -> str:
    at = "" if example.time_s is None else f" at {format_time(example.time_s)}"
    return f"{example.source or 'unknown source'}{at}"
