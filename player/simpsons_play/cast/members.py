"""Members of a cast and their examples. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from simpsons_play.core.escaping import one_line
from simpsons_play.core.names import CHARACTERS_BGR, default_name, words_of

Embedding = npt.NDArray[np.float32]
"""(D,) float32 of unit length: what an embedder makes of a head."""

MAX_NAME_CHARACTERS = 60
"""Longer labels and names are refused: no plate or panel has room for them."""

COPY_SIMILARITY = 0.995
"""Cosine from which two embeddings count as those of the same picture, encoded or cut out once more."""


SHOT_S, SHOT_SIMILARITY = 10.0, 0.75
"""Time, in seconds, and cosine from which two embeddings of one video count as those of the same person."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One head of a character. Examples with the same `id` are the same picture.

    Attributes:
        embedding: see `Embedding`; made unit length, and rounded to float16, as files store it.
        picture: JPEG of the square around the head, from which other embedders can make embeddings.
        source: name of the video or picture that the head is from, without its folder.
        time_s: time in the video, in seconds; None for a picture.
        change: ID of the change that added the example; empty before it is added.
        id: identifies the picture: 16 hexadecimal digits.

    Raises:
        ValueError: the embedding is not one vector, or has no direction.
    """

    embedding: Embedding = field(repr=False)
    picture: bytes = field(repr=False)
    source: str
    time_s: float | None = None
    change: str = ""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", sha256(self.picture).hexdigest()[:16])
        vector = np.asarray(self.embedding, np.float32)
        length = float(np.linalg.norm(vector))
        if vector.ndim != 1 or not np.isfinite(length) or length == 0:
            raise ValueError("an embedding must be one vector of finite numbers, and not zero")
        rounded = (vector / length).astype(np.float16).astype(np.float32)
        rounded.setflags(write=False)
        object.__setattr__(self, "embedding", rounded)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A character of a cast.

    Attributes:
        label: as folders and models spell it: `otto_mann`; may be a label of the model, for corrections, or
            `label_search.NOBODY`, for people who must not be named.
        display_name: name for people; None for the one that `names.default_name` makes of the label.
        colour_bgr: BGR 0-255; None for a colour that no other character has.
        threshold: how similar a head must be to get this name; None leaves it to the matcher.
        examples: in the order in which they were added.
    """

    label: str
    display_name: str | None = None
    colour_bgr: tuple[int, int, int] | None = None
    threshold: float | None = None
    examples: tuple[Example, ...] = ()

    @property
    def name(self) -> str:
        """The name for people."""
        return self.display_name or default_name(self.label)

    @property
    def embeddings(self) -> npt.NDArray[np.float32]:
        """(N, D) float32: the embeddings of the examples, in their order; (0, 0) without examples."""
        return _stacked(self.examples)

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing: no example, and no change to a character of the included models."""
        own = (self.display_name, self.colour_bgr, self.threshold)
        return not self.examples and (self.label not in CHARACTERS_BGR or own == (None, None, None))


def copies(examples: Sequence[Example], known: Sequence[Example]) -> list[Example | None]:
    """For each example, the known one that shows the same picture; None if there is none."""
    if not examples or not known:
        return [None] * len(examples)
    by_id = {example.id: example for example in known}
    similarities = _stacked(examples) @ _stacked(known).T
    nearest = similarities.argmax(axis=1)
    return [
        by_id.get(example.id) or (known[i] if row[i] >= COPY_SIMILARITY else None)
        for example, row, i in zip(examples, similarities, nearest, strict=True)
    ]


def contradicted(examples: Sequence[Example], known: Sequence[Example]) -> set[str]:
    """IDs of the known examples that cannot belong to another character than these examples do.

    They show the same picture, or nearly the same head at about the same time in the same video.
    """
    gone = {copy.id for copy in copies(examples, known) if copy is not None}
    for example in examples:
        for other in known:
            if example.time_s is None or other.time_s is None or example.source != other.source:
                continue
            near = abs(example.time_s - other.time_s) <= SHOT_S
            if near and float(example.embedding @ other.embedding) >= SHOT_SIMILARITY:
                gone.add(other.id)
    return gone


def joined(known: Sequence[Example], examples: Iterable[Example]) -> tuple[Example, ...]:
    """Known examples, followed by the others that show a picture of their own."""
    all_of = list(known)
    examples = list(examples)
    for example, copy in zip(examples, copies(examples, known), strict=True):
        if copy is None and copies([example], all_of[len(known) :]) == [None]:
            all_of.append(example)
    return tuple(all_of)


def unit(vector: Embedding) -> Embedding:
    """A vector of the same direction and of unit length; a zero vector stays zero."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def _stacked(examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    if not examples:
        return np.zeros((0, 0), np.float32)
    return np.stack([example.embedding for example in examples])


def clean_name(text: str) -> str:
    """A name as typed, on one line, without needless space, and with accents encoded in one way (NFC).

    Raises:
        ValueError: it has no letter or digit, or is too long; the message is one line.

    Example:
        >>> clean_name("  Otto   Mann ")
        'Otto Mann'
    """
    name = one_line(" ".join(unicodedata.normalize("NFC", text).split()))
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"a name has at most {MAX_NAME_CHARACTERS} characters, not {len(name)}")
    if not _label(name):
        raise ValueError("a name needs a letter or digit")
    return name


def label_of(name: str) -> str:
    """The label of a new character: its words in lower case, joined by underscores.

    Raises:
        ValueError: as `clean_name`.

    Example:
        >>> label_of("Otto Mann"), label_of("../../etc")
        ('otto_mann', 'etc')
    """
    return _label(clean_name(name))


def new_name(text: str) -> tuple[str, str | None]:
    """The label of a new character, and its display name if the label does not show it.

    Args:
        text: the name as typed. Who types only small letters does not mean them.

    Raises:
        ValueError: as `clean_name`.

    Example:
        >>> new_name("otto mann"), new_name("Mr. Teeny")
        (('otto_mann', None), ('mr_teeny', 'Mr. Teeny'))
    """
    name = clean_name(text)
    label = _label(name)
    return label, None if name in (default_name(label), name.lower()) else name


def _label(name: str) -> str:
    return "_".join(words_of(name.lower()))
