"""Average linkage: clusters vectors by their mean similarity, except those that must stay apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def average_linkage(
    vectors: Floats,
    *,
    min_similarity: float,
    together: Iterable[Sequence[int]] = (),
    apart: Iterable[tuple[int, int]] = (),
) -> npt.NDArray[np.intp]:
    """Join the two clusters with the highest mean similarity, until none is high enough.

    Tracks of faces are commonly clustered so, with the constraint that people who are seen at the same time
    are different (Cinbis, Verbeek and Schmid 2011, "Unsupervised metric learning for face identification in
    TV video"). Chains of nearest neighbours find the pairs in O(n²) (Müllner 2011, "Modern hierarchical,
    agglomerative clustering algorithms"); a forbidden pair counts as infinitely far apart, as in Davidson and
    Ravi 2005, which keeps the chains valid.

    Args:
        vectors: (N, D) unit vectors.
        min_similarity: lowest mean product of the vectors of two clusters that are joined, -1 to 1.
        together: groups of indices that are joined from the start.
        apart: pairs of indices that are never joined, unless `together` joins them.

    Returns:
        (N,) number of the cluster of each vector, from 0, in the order in which they first appear.

    Example:
        >>> vectors = np.float32([[1, 0], [0, 1], [1, 0], [1, 0]])
        >>> average_linkage(vectors, min_similarity=0.5, apart=[(0, 2)]).tolist()
        [0, 1, 2, 0]
    """
    count = len(vectors)
    first = _joined(count, together)
    starts, cluster_of = np.unique(first, return_inverse=True)
    totals = np.zeros((len(starts), vectors.shape[1]))
    np.add.at(totals, cluster_of, vectors)
    sizes = np.bincount(cluster_of, minlength=len(starts)).astype(np.float64)
    means = (totals / sizes[:, None]).astype(np.float32)
    similarity = means @ means.T
    np.fill_diagonal(similarity, -np.inf)
    for i, j in apart:
        if cluster_of[i] != cluster_of[j]:
            similarity[cluster_of[i], cluster_of[j]] = similarity[cluster_of[j], cluster_of[i]] = -np.inf
    merged = _merge(similarity, sizes, min_similarity)[cluster_of]
    _, first_seen, numbers = np.unique(merged, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first_seen))[numbers]


def _joined(count: int, together: Iterable[Sequence[int]]) -> npt.NDArray[np.intp]:
    """The lowest index that each index is joined with."""
    first = np.arange(count)
    for group in together:
        touched = np.isin(first, first[list(group)])
        first[touched] = first[touched].min(initial=count)
    return first


def _merge(similarity: Floats, sizes: npt.NDArray[np.float64], min_similarity: float) -> npt.NDArray[np.intp]:
    """The cluster that each one ends up in; overwrites its arguments."""
    cluster_of = np.arange(len(sizes))
    waiting, chain = list(range(len(sizes)))[::-1], list[int]()
    while chain or waiting:
        if not chain:
            start = waiting.pop()
            if cluster_of[start] != start:
                continue
            chain.append(start)
        last = chain[-1]
        nearest = int(similarity[last].argmax())
        before = chain[-2] if len(chain) > 1 else -1
        if before >= 0 and similarity[last, before] >= similarity[last, nearest]:
            nearest = before  # of equally near ones, so that the chain ends
        if similarity[last, nearest] < min_similarity:
            # Joining others never brings a cluster nearer, so this one stays as it is.
            similarity[last] = similarity[:, last] = -np.inf
            chain.pop()
        elif nearest != before:
            chain.append(nearest)
        else:
            del chain[-2:]
            share = sizes[last] / (sizes[last] + sizes[nearest])
            row = share * similarity[last] + (1 - share) * similarity[nearest]
            row[nearest] = -np.inf
            similarity[last] = similarity[:, last] = -np.inf
            similarity[nearest] = similarity[:, nearest] = row
            sizes[nearest] += sizes[last]
            cluster_of[cluster_of == last] = nearest
            waiting.append(nearest)
    return cluster_of
