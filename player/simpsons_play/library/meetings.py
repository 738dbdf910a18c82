"""Who is on screen with whom, as a matrix for spreadsheets and as a graph for network programs."""

from __future__ import annotations

import io
from pathlib import Path

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.escaping import csv_row
from simpsons_play.core.names import display_name
from simpsons_play.library.statistics import LibraryStatistics
from simpsons_play.sinks.partial import write_whole


def write_matrix(found: LibraryStatistics, path: Path) -> None:
    """Write the seconds that each two characters are on screen together, as CSV.

    The diagonal contains the time that each is on screen at all.

    Args:
        found: statistics of a library.
        path: file to write; replaced if it exists.

    Raises:
        SinkError: the file cannot be written.
    """
    labels = [total.label for total in found.characters]
    seconds = {(total.label, total.label): total.seconds for total in found.characters}
    for pair in found.pairs:
        seconds[pair.labels] = seconds[pair.labels[::-1]] = pair.seconds
    rows = [csv_row("label", *labels)]
    rows += [csv_row(one, *(f"{seconds.get((one, other), 0.0):.3f}" for other in labels)) for one in labels]
    write_whole(path, "".join(rows).encode())


def write_network(found: LibraryStatistics, path: Path) -> None:
    """Write a graph in GraphML: a node for each character, an edge for each two who meet.

    Nodes have `name` and `seconds`, edges have `weight`, in seconds, and `episodes`.

    Args:
        found: statistics of a library.
        path: file to write; replaced if it exists.

    Raises:
        SinkError: the file cannot be written.
        DependencyError: networkx is not installed.
    """
    networkx = data_package("networkx", f"{path}: GraphML")
    graph = networkx.Graph()
    for total in found.characters:
        graph.add_node(total.label, name=display_name(total.label), seconds=round(total.seconds, 3))
    for pair in found.pairs:
        graph.add_edge(*pair.labels, weight=round(pair.seconds, 3), episodes=pair.episodes)
    content = io.BytesIO()
    networkx.write_graphml(graph, content)
    write_whole(path, content.getvalue())
