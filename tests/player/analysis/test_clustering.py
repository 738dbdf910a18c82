"""Average linkage with constraints."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simpsons_play.analysis.clustering import average_linkage


def vectors_of(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(4, 5))[random.integers(0, 4, count)] + random.normal(size=(count, 5))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def by_definition(
    vectors: np.ndarray, min_similarity: float, apart: set[frozenset[int]]
) -> set[frozenset[int]]:
    """Join the two nearest clusters, found anew each time."""
    products, clusters = vectors.astype(np.float64) @ vectors.T, [[i] for i in range(len(vectors))]
    while True:
        found = [
            (products[np.ix_(a, b)].mean(), a, b)
            for a, b in combinations(clusters, 2)
            if not any(frozenset((i, j)) in apart for i in a for j in b)
        ]
        nearest = max(found, key=lambda pair: pair[0], default=(-2.0, [], []))
        if nearest[0] < min_similarity:
            return {frozenset(cluster) for cluster in clusters}
        clusters = [c for c in clusters if c not in nearest[1:]] + [nearest[1] + nearest[2]]


def sets_of(clusters: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(map(int, np.flatnonzero(clusters == number))) for number in set(clusters.tolist())}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 18),
    st.integers(0, 10**6),
    st.floats(-0.5, 0.9),
    st.sets(st.frozensets(st.integers(0, 17), min_size=2, max_size=2), max_size=8),
)
def test_clusters_are_those_of_the_definition(
    count: int, seed: int, min_similarity: float, apart: set[frozenset[int]]
) -> None:
    vectors = vectors_of(count, seed)
    apart = {pair for pair in apart if max(pair) < count}
    found = average_linkage(
        vectors, min_similarity=min_similarity, apart=[(min(pair), max(pair)) for pair in apart]
    )
    assert sets_of(found) == by_definition(vectors, min_similarity, apart)


def test_what_is_joined_from_the_start_counts_as_so_many_vectors() -> None:
    vectors = np.stack([[1, 0, 0], [0.6, 0.8, 0], [0.6, 0, 0.8]]).astype(np.float32)
    assert average_linkage(vectors, min_similarity=0.5).tolist() == [0, 0, 1], "0.48 on average"
    found = average_linkage(vectors, min_similarity=0.47, together=[[0, 1]])
    assert found.tolist() == [0, 0, 0]


def test_what_belongs_together_is_joined_even_if_it_is_also_kept_apart() -> None:
    vectors = np.eye(4, dtype=np.float32)
    found = average_linkage(vectors, min_similarity=0.5, together=[[0, 1], [1, 3]], apart=[(0, 3)])
    assert found.tolist() == [0, 0, 1, 0]


def test_nothing_has_no_clusters() -> None:
    assert average_linkage(np.zeros((0, 4), np.float32), min_similarity=0.5).tolist() == []
