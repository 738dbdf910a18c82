"""Who is on screen with whom: a matrix, and a drawing of the network. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpsons_play.library.statistics import LibraryStatistics
from simpsons_play.web.catalogue import Person

SIZE = 640
"""Width and height of the drawing, in its own units."""

_NODES, _EDGES_OF_NODE = 24, 4
"""Characters in the drawing, and how many lines each may add: with all of them, nothing can be seen."""

_RADIUS_PX = 232
_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Matrix:
    """Seconds that each two characters are on screen together.

    Attributes:
        labels: the characters, longest on screen first.
        rows: one for each character: seconds with each of the others, and the level of each cell, 0-10.
    """

    labels: Sequence[str]
    rows: Sequence[Sequence[tuple[float, int]]]


@dataclass(frozen=True, slots=True)
class Node:
    """A character in the drawing.

    Attributes:
        person: the character.
        x: centre.
        y: centre.
        radius: grows with the time on screen: the area is proportional.
        text_x: where the name stands.
        text_y: where the name stands.
        anchor: `start`, `middle` or `end`, as SVG knows it.
    """

    person: Person
    x: float
    y: float
    radius: float
    text_x: float
    text_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two characters who are on screen together.

    Attributes:
        x1: one end.
        y1: one end.
        x2: the other end.
        y2: the other end.
        width: grows with the time.
        title: who, and how long.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Network:
    """The drawing.

    Attributes:
        nodes: the characters.
        edges: lines between them, thinnest first.
    """

    nodes: Sequence[Node]
    edges: Sequence[Edge]


def meeting_matrix(found: LibraryStatistics, most: int) -> Matrix | None:
    """The matrix of the characters with the most time on screen; None if nobody meets.

    Args:
        found: statistics of a library.
        most: number of characters.
    """
    meeting = {label for pair in found.pairs for label in pair.labels}
    labels = [total.label for total in found.characters if total.label in meeting][:most]
    seconds = {pair.labels: pair.seconds for pair in found.pairs}
    largest = max(seconds.values(), default=0.0)
    if not largest:
        return None

    def cell(one: str, other: str) -> tuple[float, int]:
        shared_s = seconds.get((min(one, other), max(one, other)), 0.0)
        return shared_s, math.ceil(_LEVELS * shared_s / largest)

    return Matrix(labels, [[cell(one, other) for other in labels] for one in labels])


def meeting_network(found: LibraryStatistics, person: Callable[[str], Person]) -> Network | None:
    """Draw the characters on a circle, those who meet often beside each other; None if nobody meets.

    Args:
        found: statistics of a library.
        person: name and colour of a label.
    """
    matrix = meeting_matrix(found, _NODES)
    if matrix is None:
        return None
    totals = {total.label: total.seconds for total in found.characters}
    largest = max(totals.values()) or 1.0
    order = _around(matrix)
    places = {label: 2 * math.pi * i / len(order) - math.pi / 2 for i, label in enumerate(order)}
    nodes = [_node(person(label), places[label], math.sqrt(totals[label] / largest)) for label in order]
    at = {node.person.label: node for node in nodes}
    return Network(nodes, _edges(found, at))


def _around(matrix: Matrix) -> list[str]:
    """The characters in such an order that each stands beside whom it meets most, as far as possible."""
    left = list(range(len(matrix.labels)))
    chain = [left.pop(0)]
    while left:
        shared = [
            (matrix.rows[end][other][0], position, other)
            for position, end in enumerate((chain[0], chain[-1]))
            for other in left
        ]
        _, position, other = max(shared, key=lambda item: (item[0], -item[2]))
        left.remove(other)
        chain.insert(len(chain) if position else 0, other)
    return [matrix.labels[i] for i in chain]


def _node(person: Person, angle: float, size: float) -> Node:
    middle, radius = SIZE / 2, 6 + 20 * size
    across, down = math.cos(angle), math.sin(angle)
    away = _RADIUS_PX + radius + 8
    anchor = "middle" if abs(across) < 0.2 else "start" if across > 0 else "end"
    text_y = middle + away * down + (5 + 8 * down)
    return Node(
        person,
        middle + _RADIUS_PX * across,
        middle + _RADIUS_PX * down,
        radius,
        middle + away * across,
        text_y,
        anchor,
    )


def _edges(found: LibraryStatistics, at: dict[str, Node]) -> list[Edge]:
    largest = max((pair.seconds for pair in found.pairs), default=0.0) or 1.0
    counts = dict.fromkeys(at, 0)
    edges = []
    for pair in found.pairs:  # longest first
        one, other = pair.labels
        if one not in at or other not in at or min(counts[one], counts[other]) >= _EDGES_OF_NODE:
            continue
        counts[one] += 1
        counts[other] += 1
        a, b = at[one], at[other]
        title = f"{a.person.name} and {b.person.name}: {pair.seconds:,.0f} s"
        edges.append(Edge(a.x, a.y, b.x, b.y, 1 + 9 * pair.seconds / largest, title))
    return edges[::-1]
