"""Casts as JSON, and back; what is read is checked, as casts are shared."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.changes import MAX_CHANGES, Change
from simpsons_play.cast.members import (
    MAX_LOOKS,
    MAX_NAME_CHARACTERS,
    NO_EMBEDDINGS,
    Embedding,
    Embeddings,
    Example,
    Member,
    clean_name,
    label_of,
)
from simpsons_play.core.errors import CastError
from simpsons_play.core.escaping import one_line

FORMAT, VERSION = "simpsons-play cast", 1

_MAX_DIMENSIONS = 4096
_MAX_PICTURE_BYTES = 1 << 18
_MAX_TEXT_CHARACTERS = 300
_JPEG = b"\xff\xd8\xff"
_COLOUR = re.compile(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)


def to_json(cast: Cast) -> bytes:
    """A cast as UTF-8 JSON, with a line for each value, so that versions can be compared.

    Each picture is stored once, even if the journal needs it, too.
    """
    examples = {example.id: example for member in reversed(cast.all_members()) for example in member.examples}
    document = {
        "format": FORMAT,
        "version": VERSION,
        "embedder": cast.embedder,
        "members": [{"label": member.label, **_member_fields(member)} for member in cast.members],
        "examples": {key: _example_fields(examples[key]) for key in sorted(examples)},
        "changes": [
            {
                "id": change.id,
                "time": change.time.isoformat(),
                "text": change.text,
                "before": {k: None if m is None else _member_fields(m) for k, m in change.before.items()},
            }
            for change in cast.changes
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def from_json(content: bytes, *, name: str) -> Cast:
    """Read a cast.

    Args:
        content: the file.
        name: its name, for messages.

    Raises:
        CastError: it was written by a newer version.
        Exception: any other; it is not a cast, or damaged.
    """
    document = json.loads(content.decode("utf-8-sig"))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("it is another kind of file")
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise CastError(f"{name} was written by a newer version of simpsons-play; update to read it")
    if version != VERSION:
        raise ValueError(f"its version is {one_line(repr(version))[:20]}")
    examples = {key: _example(fields) for key, fields in document["examples"].items()}
    if len({example.embedding.shape for example in examples.values()}) > 1:
        raise ValueError("its embeddings differ in length")
    members = [_member(fields["label"], fields, examples) for fields in document["members"]]
    if len({member.label for member in members}) < len(members):
        raise ValueError("a label is there twice")
    changes = tuple(_change(fields, examples) for fields in document["changes"][-MAX_CHANGES:])
    embedder = _text(document["embedder"])
    if examples and not embedder:
        raise ValueError("its embedder is missing")
    return Cast(embedder, tuple(sorted(members, key=lambda member: member.label)), changes)


def hex_colour(colour_bgr: tuple[int, int, int]) -> str:
    """BGR 0-255 as `#rrggbb`.

    Example:
        >>> hex_colour((0, 234, 198))
        '#c6ea00'
    """
    blue, green, red = colour_bgr
    return f"#{red:02x}{green:02x}{blue:02x}"


def parsed_colour(text: str) -> tuple[int, int, int]:
    """`#rrggbb` or `rrggbb` as BGR 0-255; raises ValueError."""
    match = _COLOUR.fullmatch(text)
    if match is None:
        raise ValueError("a colour is not #rrggbb")
    red, green, blue = (int(part, 16) for part in match.groups())
    return blue, green, red


def _member_fields(member: Member) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if member.display_name is not None:
        fields["display_name"] = member.display_name
    if member.colour_bgr is not None:
        fields["colour"] = hex_colour(member.colour_bgr)
    if member.threshold is not None:
        fields["threshold"] = member.threshold
    return {**fields, "examples": [example.id for example in member.examples]}


def _example_fields(example: Example) -> dict[str, Any]:
    time = {} if example.time_s is None else {"time_s": example.time_s}
    return {
        "source": example.source,
        **time,
        "change": example.change,
        "embedding": _encoded(example.embedding),
        **({"looks": [_encoded(look) for look in example.looks]} if len(example.looks) else {}),
        "picture": base64.b64encode(example.picture).decode(),
    }


def _member(label: str, fields: Mapping[str, Any], examples: Mapping[str, Example]) -> Member:
    if label_of(label) != label:
        raise ValueError(f"{_text(label)[:MAX_NAME_CHARACTERS]!r} is not a label")
    name, colour, threshold = (fields.get(key) for key in ("display_name", "colour", "threshold"))
    return Member(
        label,
        None if name is None else clean_name(name),
        None if colour is None else parsed_colour(colour),
        None if threshold is None else _similarity(threshold),
        tuple({key: examples[key] for key in fields["examples"]}.values()),
    )


def _example(fields: Mapping[str, Any]) -> Example:
    picture = base64.b64decode(fields["picture"], validate=True)
    looks = fields.get("looks", [])
    if not isinstance(looks, list) or len(looks) > MAX_LOOKS:
        raise ValueError("looks are no list, or too many")
    if len(picture) > _MAX_PICTURE_BYTES or not picture.startswith(_JPEG):
        raise ValueError("a picture is not JPEG, or too large")
    time_s = fields.get("time_s")
    return Example(
        _decoded(fields["embedding"]),
        picture,
        _text(fields["source"]),
        None if time_s is None else _number(time_s),
        _text(fields["change"]),
        _stacked([_decoded(look) for look in looks]),
    )


def _stacked(looks: list[Embedding]) -> Embeddings:
    if len({look.shape for look in looks}) > 1:
        raise ValueError("embeddings of one head must have the same length")
    return np.stack(looks) if looks else NO_EMBEDDINGS


def _encoded(embedding: Embedding) -> str:
    return base64.b64encode(embedding.astype("<f2").tobytes()).decode()


def _decoded(text: object) -> Embedding:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("an embedding is not Base64")
    data = base64.b64decode(text, validate=True)
    if not 0 < len(data) <= 2 * _MAX_DIMENSIONS or len(data) % 2:
        raise ValueError("an embedding is empty, too long or incomplete")
    return np.frombuffer(data, "<f2").astype(np.float32)


def _change(fields: Mapping[str, Any], examples: Mapping[str, Example]) -> Change:
    time = datetime.fromisoformat(fields["time"])
    if time.tzinfo is None:
        raise ValueError("the time of a change has no time zone")
    before = {
        label: None if member is None else _member(label, member, examples)
        for label, member in fields["before"].items()
    }
    return Change(_text(fields["id"]), time, _text(fields["text"]), before)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_TEXT_CHARACTERS:
        raise ValueError("a text is missing or too long")
    return one_line(value)


def _similarity(value: object) -> float:
    if not -1 <= (number := _number(value)) <= 1:
        raise ValueError("a threshold is not between -1 and 1")
    return number


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a number is expected")
    return float(value)
