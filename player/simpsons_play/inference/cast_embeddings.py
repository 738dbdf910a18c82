"""Makes the examples of a cast comparable with what an embedder makes of heads."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.embeddings import with_embeddings
from simpsons_play.core.errors import CastError
from simpsons_play.core.frames import Image
from simpsons_play.inference.embedder import Embedder, Embeddings
from simpsons_play.inference.head_crops import example_box


def comparable(cast: Cast, embedder: Embedder) -> Cast:
    """The cast with embeddings of an embedder: itself, or one whose pictures are embedded again.

    Args:
        cast: the cast.
        embedder: the network that embeds the heads to compare with.

    Raises:
        CastError: a picture in it is damaged.
        ModelError: the network fails.
    """
    shapes = {example.embedding.shape for member in cast.all_members() for example in member.examples}
    if cast.embedder in ("", embedder.id) and shapes <= {(embedder.dimensions,)}:
        return cast
    return with_embeddings(cast, embedder.id, lambda pictures: _embedded(pictures, embedder))


def _embedded(pictures: Sequence[bytes], embedder: Embedder) -> Embeddings:
    rows = [embedder.embed(image, example_box(image)[None]) for image in map(_decoded, pictures)]
    return np.concatenate(rows)


def _decoded(picture: bytes) -> Image:
    """A JPEG as (H, H, 3) uint8 BGR."""
    try:
        image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # too large
        image = None
    if image is None or image.shape[0] != image.shape[1]:
        raise CastError("a picture in the cast is damaged; remove its character with `simpsons cast remove`")
    return np.asarray(image, np.uint8)
