"""One picture of each character of a library."""

from __future__ import annotations

from contextlib import closing

from simpsons_play.core.escaping import file_name
from simpsons_play.library import schema
from simpsons_play.library.api import Library
from simpsons_play.library.exports.chapters import MARK
from simpsons_play.library.store import LibraryStore

ACTORS = ".actors"
"""The folder in which Kodi looks for pictures of actors."""


def picture_name(name: str) -> str:
    """Name of the file with the picture of an actor, as Kodi expects it.

    Example:
        >>> picture_name("Krusty the Clown")
        'Krusty_the_Clown.jpg'
    """
    return file_name(name).replace(" ", "_") + ".jpg"


def best_pictures(library: Library) -> dict[str, bytes]:
    """The thumbnail of the most probable appearance of each character, of at least one second if any is.

    Args:
        library: the library.

    Returns:
        Label -> JPEG file, with our mark as a comment.

    Raises:
        LibraryError: the library cannot be read.
    """
    store = LibraryStore(library.location)
    with closing(library.connect()) as connection:
        best = connection.execute(_BEST).fetchall()
    found = {}
    for label, place in best:
        table = store.read(place["id"], schema.THUMBNAILS)
        numbers = table.column("appearance").to_pylist()
        if place["appearance"] in numbers:
            jpeg = table.column("jpeg")[numbers.index(place["appearance"])].as_py()
            found[label] = _marked(jpeg)
    return found


def _marked(jpeg: bytes) -> bytes:
    """A JPEG file with our mark as its first segment, a comment (ITU-T T.81, B.2.4.5)."""
    comment = MARK.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + jpeg[2:]


_BEST = """
SELECT label, arg_max({'id': episode_id, 'appearance': appearance},
                      (end_s - start_s >= 1, mean_probability, episode_id, appearance))
FROM appearances GROUP BY label ORDER BY label
"""
