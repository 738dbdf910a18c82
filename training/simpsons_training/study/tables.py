"""The CSV tables of a data set study."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simpsons_training.files import write_csv
from simpsons_training.study.inspection import Inspection
from simpsons_training.study.statistics import CharacterCount
from simpsons_training.study.suspects import Suspect


def file_of(path: Path, folder: Path) -> str:
    """File name of a picture in tables: relative to the folder, with slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def write_counts(counts: Sequence[CharacterCount], path: Path) -> Path:
    """Write `counts.csv`, one row per character, and return `path`.

    Columns: `character`, `kind` (`known` or `others`), `train`, `val`, `scenes` and `boxed` (pictures
    with a box).
    """
    header = ("character", "kind", "train", "val", "scenes", "boxed")
    rows = [
        (c.character, "known" if c.known else "others", c.train, c.val, c.scenes, c.boxed) for c in counts
    ]
    return write_csv(path, header, rows)


def write_near_duplicates(inspection: Inspection, path: Path) -> Path:
    """Write `near_duplicates.csv`, one row per pair across characters or splits, most similar first.

    Columns: `across` (`characters`, `splits` or `both`), for each picture `file`, `character`, `scene`
    and `split`, then `bits` (of 64, of the difference hash) and `difference` (see `duplicates.near_pairs`).
    """
    pictures, near = inspection.pictures, inspection.near
    header = ["across"]
    header += [f"{column}_{n}" for n in (1, 2) for column in ("file", "character", "scene", "split")]
    rows = []
    for k in np.argsort(near.difference, kind="stable"):
        one, other = pictures[near.first[k]], pictures[near.second[k]]
        names, splits = one.character != other.character, one.split != other.split
        if names or splits:
            across = "both" if names and splits else "characters" if names else "splits"
            sides = [
                cell
                for p in (one, other)
                for cell in (file_of(p.path, inspection.folder), p.character, p.scene, p.split)
            ]
            rows.append((across, *sides, int(near.bits[k]), float(near.difference[k])))
    return write_csv(path, (*header, "bits", "difference"), rows)


def write_suspects(suspects: Sequence[Suspect], path: Path, *, folder: Path) -> Path:
    """Write `mislabelled.csv`, one row per picture, most suspect first, and return `path`.

    Columns: `file`, `given`, `suggested`, `given_probability`, `suggested_probability`, `margin`.
    """
    header = ("file", "given", "suggested", "given_probability", "suggested_probability", "margin")
    rows = [
        (
            file_of(s.picture.path, folder),
            s.picture.character,
            s.suggested,
            s.given_probability,
            s.suggested_probability,
            s.margin,
        )
        for s in suspects
    ]
    return write_csv(path, header, rows)
