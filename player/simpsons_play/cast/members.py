"""Members of a cast and their examples. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from simpsons_play.core.escaping import one_line
from simpsons_play.core.names import CHARACTERS_BGR, default_name, words_of

Embedding = npt.NDArray[np.float32]
"""(D,) float32 of unit length: what an embedder makes of a head."""

Embeddings = npt.NDArray[np.float32]
"""(N, D) float32 of unit length; (0, 0) for none."""

NO_EMBEDDINGS: Embeddings = np.zeros((0, 0), np.float32)

MAX_NAME_CHARACTERS = 60
"""Longer labels and names are refused: no plate or panel has room for them."""

MAX_LOOKS = 64
"""Number of looks that an example has at most."""

SAME_SIMILARITY = 0.96
"""Cosine from which two embeddings of any source count as those of the same head, which has hardly moved.
With 0.93, 0.5% of the pictures of the eighteen would be taken for one of ten others that were taught from
five pictures each; with this limit, 0.01%."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One head of a character.

    Attributes:
        embedding: see `Embedding`; made unit length, and rounded to float16, as files store it.
        picture: JPEG of the square around the head, from which other embedders can make embeddings.
        source: name of the video or picture that the head is from, without its folder.
        time_s: time in the video, in seconds; None for a picture.
        change: ID of the change that added the example; empty before it is added.
        looks: (N, D) embeddings of other looks at the person, as in the rest of the shot, without pictures.
        id: identifies the picture and the looks: 16 hexadecimal digits.

    Raises:
        ValueError: an embedding is not one vector, has no direction, or they differ in length.
    """

    embedding: Embedding = field(repr=False)
    picture: bytes = field(repr=False)
    source: str
    time_s: float | None = None
    change: str = ""
    looks: Embeddings = field(default_factory=lambda: NO_EMBEDDINGS, repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        rows = [_rounded(self.embedding), *map(_rounded, self.looks[:MAX_LOOKS])]
        if len({row.shape for row in rows}) > 1:
            raise ValueError("embeddings of one head must have the same length")
        object.__setattr__(self, "embedding", rows[0])
        object.__setattr__(self, "looks", np.stack(rows[1:]) if len(rows) > 1 else NO_EMBEDDINGS)
        object.__setattr__(self, "id", sha256(self.picture + self.looks.tobytes()).hexdigest()[:16])

    @property
    def embeddings(self) -> Embeddings:
        """(1 + N, D): the embedding of the picture, and those of the other looks."""
        return np.stack([self.embedding, *self.looks])


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
    def embeddings(self) -> Embeddings:
        """(N, D): the embeddings of the examples with all looks, in their order; (0, 0) without examples."""
        rows = [example.embeddings for example in self.examples]
        return np.concatenate(rows) if rows else NO_EMBEDDINGS

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing: no example, and no change to a character of the included models."""
        own = (self.display_name, self.colour_bgr, self.threshold)
        return not self.examples and (self.label not in CHARACTERS_BGR or own == (None, None, None))


def unit(vector: Embedding) -> Embedding:
    """A vector of the same direction and of unit length; a zero vector stays zero."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def _rounded(embedding: npt.NDArray[np.floating]) -> Embedding:
    """A vector of unit length and the precision of files."""
    vector = np.asarray(embedding, np.float32)
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not np.isfinite(length) or length == 0:
        raise ValueError("an embedding must be one vector of finite numbers, and not zero")
    rounded = (vector / length).astype(np.float16).astype(np.float32)
    rounded.setflags(write=False)
    return rounded


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
