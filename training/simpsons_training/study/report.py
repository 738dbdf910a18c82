"""The HTML report and files of a data set study."""

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
from simpsons_training.study.statistics import (
    CharacterCount,
    count_characters,
    find_extremes,
    measure_spreads,
)
from simpsons_training.study.summary import lead_text, near_duplicates_text, suspects_text
from simpsons_training.study.suspects import Suspect
from simpsons_training.study.tables import file_of, write_counts, write_near_duplicates, write_suspects

_LISTED = 50
_EMBEDDED_BYTES = 9_000_000
"""Total size of embedded sheets of characters; keeps the page below 15 MB after base64 encoding."""

_PAIRS_HEADER = ("first", "second", "bits", "difference")


def write_study(
    inspection: Inspection, folder: StudyFolder, *, on_sheet: Callable[[], object] = lambda: None
) -> list[Section]:
    """Write the report, tables, figures and contact sheets of an inspection.

    Args:
        inspection: Result of the inspection.
        folder: Output folder; created if missing.
        on_sheet: Called after the sheet of each character.

    Returns:
        The sections of the page, for `write_mislabelled`.

    Raises:
        DataError: A picture can no longer be read.
        OSError: A file cannot be written.
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


def write_mislabelled(
    inspection: Inspection,
    sections: Sequence[Section],
    suspects: Sequence[Suspect],
    folder: StudyFolder,
    *,
    predictions: Predictions,
) -> None:
    """Write the table of suspects, and the page again with a section about them.

    Args:
        inspection: Result of the inspection.
        sections: Sections from `write_study`.
        suspects: Suspects, most suspect first.
        folder: Output folder.
        predictions: Cross-validated predictions that the suspects were found in.
    """
    write_suspects(suspects, folder.mislabelled, folder=inspection.folder)
    text = (
        f"{suspects_text(suspects, predictions)}. No network was trained on the scenes that it predicted "
        "(confident learning, Northcutt et al. 2021). Many of these labels are correct: the picture is hard, "
        "or shows both people. In colour: the suggested label."
    )
    blocks: list[Block] = [Text(text)]
    if suspects:
        sheet = Sheets(folder.sheets).of_suspects(suspects)
        blocks.append(Picture(sheet.read_bytes(), "Suspects, most suspect first."))
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
    section = Section("Possible label errors", blocks)
    _write_page(inspection, [*sections[:-1], section, sections[-1]], folder)


def _write_page(inspection: Inspection, sections: Sequence[Section], folder: StudyFolder) -> None:
    write_page(folder.page, "Data set", lead_text(inspection), sections)


def _counts(counts: Sequence[CharacterCount], folder: StudyFolder) -> Section:
    path = save(distribution_figure(counts), folder.figures / "distribution.png")
    rows = [
        (
            display_name(c.character) + ("" if c.known else " (unknown)"),
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
    caption = "Training and validation pictures of each character."
    return Section("Pictures per character", [Picture(path.read_bytes(), caption), Table(header, rows)])


def _shapes(inspection: Inspection, folder: StudyFolder) -> Section:
    path = save(shapes_figure(inspection.measures), folder.figures / "shapes.png")
    spreads = [
        (name, s.minimum, s.median, s.maximum) for name, s in measure_spreads(inspection.measures).items()
    ]
    extremes = [
        (
            e.kind,
            file_of(e.picture.path, inspection.folder),
            e.measures.width,
            e.measures.height,
            e.measures.aspect,
            e.measures.brightness,
        )
        for e in find_extremes(inspection)
    ]
    return Section(
        "Sizes and brightness",
        [
            Picture(path.read_bytes(), "Left: size of every picture. Right: brightness."),
            Table(("", "min", "median", "max"), spreads, "Sizes in pixels, brightness from 0 to 255."),
            Table(("", "file", "width", "height", "width / height", "brightness"), extremes, "Extremes."),
        ],
    )


def _unreadable(inspection: Inspection) -> Section:
    rows = [(file_of(u.path, inspection.folder), u.reason) for u in inspection.unreadable]
    text = f"{len(rows):,} files cannot be read. They are not counted elsewhere, and training stops at them."
    return Section("Unreadable files", [Text(text), Table(("file", "reason"), rows)])


def _two_names(inspection: Inspection, sheets: Sheets) -> Section:
    pairs = across_characters(inspection.pictures, inspection.near)
    path = sheets.of_pairs("two_names", inspection.pictures, pairs)
    text = (
        f"{len(pairs):,} pairs of near duplicates have two different labels. Either one of them is wrong, "
        "or the pictures show both people."
    )
    return Section(
        "Near duplicates with different labels", [Text(text), *_pair_blocks(inspection, path, pairs)]
    )


def _leak(inspection: Inspection, sheets: Sheets) -> Section:
    leak = leak_of(inspection.pictures, inspection.near)
    pairs = across_splits(inspection.pictures, inspection.near)
    path = sheets.of_pairs("across_splits", inspection.pictures, pairs)
    warning = " Metrics on them overestimate the accuracy on new scenes." if leak.warning else ""
    blocks: list[Block] = [
        Text(
            f"Split {inspection.found.how_split}: {leak.description}.{warning} "
            f"{near_duplicates_text(inspection)}"
        )
    ]
    return Section("Near duplicates across the split", [*blocks, *_pair_blocks(inspection, path, pairs)])


def _pair_blocks(inspection: Inspection, sheet: Path | None, pairs: NearPairs) -> list[Block]:
    if sheet is None:
        return []
    files = [file_of(p.path, inspection.folder) for p in inspection.pictures]
    rows = [
        (files[pairs.first[k]], files[pairs.second[k]], int(pairs.bits[k]), float(pairs.difference[k]))
        for k in range(min(_LISTED, len(pairs)))
    ]
    return [
        Picture(sheet.read_bytes(), "Evenly spaced pairs, most similar first."),
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
            blocks.append(
                Picture(content, f"{display_name(count.character)}, spread evenly over its scenes.")
            )
        on_sheet()
    if left := len(counts) - len(blocks):
        blocks.append(Text(f"{left:,} more sheets are in {sheets.folder.name}/."))
    return Section("Contact sheets", blocks)


def _first_of(count: int, file: str) -> str:
    return f"The first {_LISTED} of {count:,}; all are in {file}." if count > _LISTED else ""
