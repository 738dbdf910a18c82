"""Makes the embeddings of a cast again, for another network. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.members import NO_EMBEDDINGS, Member


def with_embeddings(
    cast: Cast, embedder: str, embed: Callable[[Sequence[bytes]], npt.NDArray[np.float32]]
) -> Cast:
    """The same cast with the embeddings of another network; what could be undone still can.

    Looks without pictures are dropped.

    Args:
        cast: the cast.
        embedder: ID of the network.
        embed: makes (N, D) embeddings of N pictures, see `Example.picture`.
    """
    examples = {example.id: example for member in cast.all_members() for example in member.examples}
    if not examples:
        return replace(cast, embedder="")
    made = dict(zip(examples, embed([e.picture for e in examples.values()]), strict=True))

    def converted(member: Member) -> Member:
        return replace(
            member,
            examples=tuple(replace(e, embedding=made[e.id], looks=NO_EMBEDDINGS) for e in member.examples),
        )

    changes = tuple(
        replace(change, before={k: None if m is None else converted(m) for k, m in change.before.items()})
        for change in cast.changes
    )
    return Cast(embedder, tuple(map(converted, cast.members)), changes)
