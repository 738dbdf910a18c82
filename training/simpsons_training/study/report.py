"""The page and the files of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from simpsons_play.core.names import display_name
from simpsons_play.render.html import Block, Picture, Section, Table, Text
from simpsons_training.duplicates import NearPairs
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.figures import save
from simpsons_training.files import write_page
from simpsons_training.leaks import leak_of
from simpsons_training.study.figures import distribution_figure, shapes_figure
from simpsons_training.study.files import StudyFolder
from simpsons_training.study.inspection import Inspection
from simpsons_training.study.near_duplicates import across_characters, across_splits
from simpsons_training.study.sheets import Sheets
from simpsons_training.study.statistics import CharacterCount, count_characters, extremes_of, spreads_of
from simpsons_training.study.summary import lead_words, near_words, suspicion_words
from simpsons_training.study.suspects import Suspect
from simpsons_training.study.tables import file_of, write_counts, write_near_duplicates, write_suspects

_LISTED = 50
_EMBEDDED_BYTES = 9_000_000
"""Of sheets of characters in the page: it stays below 15 MB, base64 and all else included."""

_PAIRS_HEADER = ("one", "other", "bits", "difference")


def write_study(
    inspection: Inspection, folder: StudyFolder, *, on_sheet: Callable[[], object] = lambda: None
) -> list[Section]:
    """Write the report, tables, figures and contact sheets of an inspection.

    Args:
        inspection: what was found.
        folder: made where it is missing.
        on_sheet: called after each character's sheet.

    Returns:
        The sections of the page, to be written again with `write_suspicion`.

    Raises:
        DataError: a picture can no longer be read.
        OSError: something cannot be written.
    """
    for part in (folder.path, folder.figures, folder.sheets):
        part.mkdir(parents=True, exist_ok=True)
    counts = count_characters(inspection.pictures)
    write_counts(counts, folder.counts)
    write_near_duplicates(inspection, folder.near_duplicates)
    sheets = Sheets(folder.sheets)
    sections = [
        _counts(counts, folder),
        _shapes(inspection, folder),
        *([_unreadable(inspection)] if inspection.unreadable else []),
        _two_names(inspection, sheets),
        _leak(inspection, sheets),
        _characters(inspection, counts, sheets, on_sheet),
    ]
    _write_page(inspection, sections, folder)
    return sections


def write_suspicion(
    inspection: Inspection,
    sections: Sequence[Section],
    suspects: Sequence[Suspect],
    folder: StudyFolder,
    *,
    judged: Predictions,
) -> None:
    """Write which names are probably wrong, and the page again with them.

    Args:
        inspection: what was found.
        sections: what `write_study` gave.
        suspects: the most suspect first.
        folder: that the study was written to.
        judged: what they were found by.
    """
    write_suspects(suspects, folder.mislabelled, folder=inspection.folder)
    words = (
        f"{suspicion_words(suspects, judged)}. None has learned from the scenes that it judged (confident "
        "learning, Northcutt et al. 2021). Many of these names are right and the pictures hard, or both "
        "people are there. In colour: the name suggested instead."
    )
    blocks: list[Block] = [Text(words)]
    if suspects:
        sheet = Sheets(folder.sheets).of_suspects(suspects)
        blocks.append(Picture(sheet.read_bytes(), "The most suspect, row by row."))
        rows = [
            (
                file_of(s.picture.path, inspection.folder),
                display_name(s.picture.character),
                s.given_probability,
                display_name(s.suggested),
                s.suggested_probability,
            )
            for s in suspects[:_LISTED]
        ]
        header = ("file", "given", "probability", "suggested", "probability")
        blocks.append(Table(header, rows, _first_of(len(suspects), folder.mislabelled.name)))
    section = Section("Names that may be wrong", blocks)
    _write_page(inspection, [*sections[:-1], section, sections[-1]], folder)


def _write_page(inspection: Inspection, sections: Sequence[Section], folder: StudyFolder) -> None:
    write_page(folder.page, "What these pictures hold", lead_words(inspection), sections)


def _counts(counts: Sequence[CharacterCount], folder: StudyFolder) -> Section:
    path = save(distribution_figure(counts), folder.figures / "distribution.png")
    rows = [
        (
            display_name(c.character) + ("" if c.known else " (not to be named)"),
            c.pictures,
            c.train,
            c.val,
            c.val / c.pictures,
            c.scenes,
            c.boxed / c.pictures,
        )
        for c in counts
    ]
    header = ("character", "pictures", "train", "val", "share in val", "scenes", "share with a box")
    caption = "Pictures of each character: to learn from, and to validate on."
    return Section("How many pictures of whom", [Picture(path.read_bytes(), caption), Table(header, rows)])


def _shapes(inspection: Inspection, folder: StudyFolder) -> Section:
    path = save(shapes_figure(inspection.measures), folder.figures / "shapes.png")
    spreads = [(name, s.least, s.median, s.most) for name, s in spreads_of(inspection.measures).items()]
    extremes = [
        (
            e.what,
            file_of(e.picture.path, inspection.folder),
            e.measures.width,
            e.measures.height,
            e.measures.aspect,
            e.measures.brightness,
        )
        for e in extremes_of(inspection)
    ]
    return Section(
        "Shapes and brightness",
        [
            Picture(path.read_bytes(), "Left: the size of every picture. Right: how bright they are."),
            Table(("", "least", "median", "most"), spreads, "Sizes in pixels, brightness from 0 to 255."),
            Table(("", "file", "width", "height", "width / height", "brightness"), extremes, "The odd ones."),
        ],
    )


def _unreadable(inspection: Inspection) -> Section:
    rows = [(file_of(u.path, inspection.folder), u.reason) for u in inspection.unreadable]
    words = f"{len(rows):,} files cannot be read. They are counted nowhere else; a training "
    words += "would stop at them."
    return Section("Files that cannot be read", [Text(words), Table(("file", "why"), rows)])


def _two_names(inspection: Inspection, sheets: Sheets) -> Section:
    pairs = across_characters(inspection.pictures, inspection.near)
    path = sheets.of_pairs("two_names", inspection.pictures, pairs)
    words = (
        f"{len(pairs):,} pairs of near duplicates stand under two names. One of the names may be wrong, or "
        "both people may be on the picture: either way a network is taught to doubt."
    )
    return Section("The same frame under two names", [Text(words), *_pair_blocks(inspection, path, pairs)])


def _leak(inspection: Inspection, sheets: Sheets) -> Section:
    leak = leak_of(inspection.pictures, inspection.near)
    pairs = across_splits(inspection.pictures, inspection.near)
    path = sheets.of_pairs("across_splits", inspection.pictures, pairs)
    doubt = " What is measured on them is better than what new scenes will get." if leak.warning else ""
    blocks: list[Block] = [
        Text(f"Split {inspection.found.how_split}: {leak.words}.{doubt} {near_words(inspection)}")
    ]
    return Section(
        "The same frame on both sides of the split", [*blocks, *_pair_blocks(inspection, path, pairs)]
    )


def _pair_blocks(inspection: Inspection, sheet: Path | None, pairs: NearPairs) -> list[Block]:
    if sheet is None:
        return []
    files = [file_of(p.path, inspection.folder) for p in inspection.pictures]
    rows = [
        (files[pairs.first[k]], files[pairs.second[k]], int(pairs.bits[k]), float(pairs.difference[k]))
        for k in range(min(_LISTED, len(pairs)))
    ]
    return [
        Picture(sheet.read_bytes(), "Pairs from the most to the least alike, evenly chosen of many."),
        Table(_PAIRS_HEADER, rows, _first_of(len(pairs), "near_duplicates.csv")),
    ]


def _characters(
    inspection: Inspection,
    counts: Sequence[CharacterCount],
    sheets: Sheets,
    on_sheet: Callable[[], object],
) -> Section:
    blocks: list[Block] = []
    used = 0
    for count in counts:
        own = [p for p in inspection.pictures if (p.known, p.character) == (count.known, count.character)]
        content = sheets.of_character(own).read_bytes()
        used += len(content)
        if used <= _EMBEDDED_BYTES:
            blocks.append(Picture(content, f"{display_name(count.character)}, evenly over its scenes."))
        on_sheet()
    if left := len(counts) - len(blocks):
        blocks.append(Text(f"{left:,} more sheets lie in {sheets.folder.name}/; here they are too many."))
    return Section("What each character looks like", blocks)


def _first_of(count: int, file: str) -> str:
    return f"The first {_LISTED} of {count:,}; all are in {file}." if count > _LISTED else ""
