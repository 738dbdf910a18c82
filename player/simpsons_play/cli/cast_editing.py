"""The changes that `simpsons cast` makes, each with the lines that tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from simpsons_play.cast.cast import Cast, use_names_of
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.members import label_of
from simpsons_play.cli.cast_names import ALWAYS_KNOWN, known_labels, listed, misspelt, the_label
from simpsons_play.cli.cast_option import undo_hint
from simpsons_play.core.errors import CastError
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.label_search import NOBODY, exact_labels, matching_labels, meant_labels
from simpsons_play.core.names import counted, display_name


def remove(file: CastFile, name: str, numbers: Sequence[int]) -> Iterator[str]:
    """Remove a member, or the examples with these numbers, counted from 1.

    Raises:
        CastError: no member or several have this name, or the member has no such example.
    """

    def change(cast: Cast) -> Cast:
        use_names_of(cast)
        known = matching_labels(name, ALWAYS_KNOWN)
        if len(known) == 1 and not matching_labels(name, cast.labels):
            raise CastError(f"nothing to remove: you have not taught or changed {display_name(known[0])}")
        member = cast[the_label(name, cast.labels)]
        if not numbers:
            return cast.remove(member.label)
        if max(numbers) > len(member.examples):
            examples = counted(len(member.examples), "example")
            raise CastError(f"{member.name} has {examples}; there is no number {max(numbers)}")
        return cast.remove_examples(member.label, [member.examples[i - 1].id for i in numbers])

    return _lines(file, *file.update(change))


def rename(file: CastFile, name: str, new_name: str, *, keep_label: bool) -> Iterator[str]:
    """Rename a character, or join it to the one that has the new name.

    Raises:
        CastError: no character or several have the name, or the new one is not valid.
    """
    similar: list[str] = []

    def change(cast: Cast) -> Cast:
        use_names_of(cast)
        label = _character(name, cast)
        try:
            others = [other for other in known_labels(cast) if other != label]
            same = exact_labels(new_name, others)
            if keep_label or label in ALWAYS_KNOWN:
                if same:
                    raise CastError(f"{display_name(same[0])} is the name of another character")
                return cast.rename(label, new_name)
            near = misspelt(new_name, others)
            if not same:
                similar[:] = meant_labels(new_name, others) or ([] if near is None else [near])
            return cast.rename(label, new_name, new_label=same[0] if same else label_of(new_name))
        except ValueError as error:
            raise CastError(str(error)) from error

    yield from _lines(file, *file.update(change))
    if similar:
        yield f"{new_name} is a new name; to join {listed(similar, 'or')}, give the whole name"


def recolour(file: CastFile, name: str, colour_bgr: tuple[int, int, int]) -> Iterator[str]:
    """Give a character another colour.

    Raises:
        CastError: no character or several have the name.
    """

    def change(cast: Cast) -> Cast:
        use_names_of(cast)
        return cast.recolour(_character(name, cast), colour_bgr)

    return _lines(file, *file.update(change))


def merge(file: CastFile, other: Path) -> Iterator[str]:
    """Add the members and examples of another cast file.

    Raises:
        CastError: one of the files cannot be used, they are the same, or their examples cannot be compared.
    """
    if not other.exists():
        raise CastError(f"{other}: no such file; check the spelling and the folder")
    if file.path.exists() and other.samefile(file.path):
        raise CastError(f"{other} is the cast that would be changed; name another with --cast")
    theirs = CastFile(other, remedy="give another file").load()

    def change(cast: Cast) -> Cast:
        ours, others = _comparable(cast, theirs)
        merged = ours.merge(others, source=other.name)
        return cast if merged is ours else merged

    before, after = file.update(change)
    if after is before:
        yield f"Nothing to add from {other}"
        return
    for member in after.members:
        had = before.get(member.label)
        added = len(member.examples) - (len(had.examples) if had else 0)
        if had is None or added:
            yield f"{member.name}{'' if had else ' (new)'}: {counted(added, 'example')} added"
    yield f"Merged {other} into {file.path}; {undo_hint(file)}"


def _character(name: str, cast: Cast) -> str:
    """The label of the one character, known or taught, that a name or a part of one means.

    Raises:
        CastError: none fits, several do, or it is nobody.
    """
    label = the_label(name, known_labels(cast))
    if label == NOBODY:
        raise CastError(
            "nobody stands for people who get no name; to name one of them, teach it with "
            "`simpsons teach NAME PICTURE`"
        )
    return label


def _comparable(one: Cast, other: Cast) -> tuple[Cast, Cast]:
    """Two casts with embeddings of one network: those of the included embedder, if they differ.

    Raises:
        CastError: a picture in one of them is damaged.
        ModelError: the embedder cannot be loaded, or fails.
    """
    if not (one.embedder and other.embedder) or one.embedder == other.embedder:
        return one, other
    with held_interrupt():
        from simpsons_play.inference.cast_embeddings import comparable
        from simpsons_play.inference.loading import load_embedder

    embedder = load_embedder()
    return comparable(one, embedder), comparable(other, embedder)


def undo(file: CastFile) -> Iterator[str]:
    """Take back the last change.

    Raises:
        CastError: there is none.
    """
    before, after = file.update(Cast.undo)
    yield f"Undone: {before.changes[-1].text}"
    if after.changes:
        yield f"The change before it: {after.changes[-1].text}"


def _lines(file: CastFile, before: Cast, after: Cast) -> Iterator[str]:
    yield "Nothing to change" if after is before else f"{after.changes[-1].text}; {undo_hint(file)}"
