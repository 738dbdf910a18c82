"""Prove that a quantised embedder tells the same heads apart as its source, on pictures that it never saw."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from simpsons_export.int8.proof import (
    CALIBRATION_PICTURES,
    Int8Proof,
    drawn_from,
    held_out_of,
    require_small_loss,
)
from simpsons_play.core.frames import Image
from simpsons_play.inference.embedder import Embedder, Embeddings, mean_of_views
from simpsons_play.inference.head_crops import example_box, head_views
from simpsons_training.dataset import PictureSet
from simpsons_training.embedding.heads import Heads, find_heads


def calibration_heads(pictures: PictureSet) -> Heads:
    """The heads in 300 training pictures, drawn with a fixed seed.

    Raises:
        DataError: A picture cannot be read.
        ModelError: The included detector is missing.
    """
    return find_heads(drawn_from(pictures.select("train", known=True), CALIBRATION_PICTURES))


def head_views_of(heads: Heads, size_px: int) -> Iterator[Image]:
    """The views of all heads as the player gives them to the network: (S, S, 3) uint8 BGR each."""
    for crop in heads.crops:
        yield from head_views(crop, example_box(crop), size_px)


def prove_embedder_int8(source: Embedder, quantised: Embedder, pictures: PictureSet) -> Int8Proof:
    """Compare a quantised embedder with its source on heads in validation pictures of known characters.

    A head is named by the nearest mean of the references of a character.

    Args:
        source: The network in floats.
        quantised: The network in eight bits.
        pictures: Labelled pictures.

    Raises:
        ExportError: The character is named in 0.3 % fewer pictures.
        DataError: A picture cannot be read.
    """
    heads = find_heads(held_out_of(pictures))
    views = np.stack(list(head_views_of(heads, source.card.size_px)))
    first, second = (_embedded(one, views, len(heads.crops)) for one in (source, quantised))
    truth = np.array(heads.characters)
    right = [float((_nearest(rows, source) == truth).mean()) for rows in (first, second)]
    cosines = np.sum(first * second, axis=1)
    proof = Int8Proof(
        len(truth),
        [("nearest reference", right[0], right[1])],
        f"cosine of the embeddings of a head p5 {np.percentile(cosines, 5):.4f} p50 {np.median(cosines):.4f}",
        right[0] - right[1],
    )
    require_small_loss(proof)
    return proof


def _embedded(embedder: Embedder, views: Image, heads: int) -> Embeddings:
    rows = [embedder.embed_views(views[i : i + 64]) for i in range(0, len(views), 64)]
    return mean_of_views(np.concatenate(rows), heads)


def _nearest(rows: Embeddings, embedder: Embedder) -> npt.NDArray[np.str_]:
    """The character whose references are nearest on average: (N, D) -> (N,)."""
    labels = np.array(embedder.card.reference_labels)
    known = sorted(set(embedder.card.labels) & set(labels.tolist()))
    means = np.stack([embedder.references[labels == name].mean(axis=0) for name in known])
    means /= np.linalg.norm(means, axis=1, keepdims=True).clip(1e-6)
    return np.asarray(np.array(known)[(rows @ means.T).argmax(axis=1)], np.str_)
