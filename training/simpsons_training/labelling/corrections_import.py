"""Corrections that were made in the player (`x`) become proposals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from simpsons_play.core.errors import DataError
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.sources.endings import PICTURES, is_hidden
from simpsons_training.dataset import read_picture
from simpsons_training.detection.head_table import TABLE_NAME, read_head_table
from simpsons_training.labelling.label_folders import label_of
from simpsons_training.labelling.picture_folder import Crop
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.rejections import identity_of
from simpsons_training.table import OTHERS

_CHARACTERS = "characters"
_NAME = re.compile(r"(?P<episode>.+)-(?P<time>\d{5,9}\.\d{3})-(?P<crop>full|left|right)(-\d+)?")
"""The names that the player gives them, without suffix."""


@dataclass(frozen=True, slots=True)
class _Correction:
    path: Path
    label: str
    episode: str
    time_s: float
    crop: Crop
    head: Box | None


def import_corrections(
    corrections: Path, folder: ProposalFolder, *, warn: Callable[[str], object] = lambda line: None
) -> int:
    """Propose the corrections of a folder that have not been proposed before; the folder stays as it is.

    If a frame was corrected several times, the last correction counts.

    Args:
        corrections: a folder with `characters` or `others`, and perhaps `heads.csv`.
        folder: where to put them.
        warn: called with one line for each picture that cannot be read.

    Returns:
        Number of new proposals.

    Raises:
        DataError: it is not a folder of corrections, or a table cannot be read.
        SinkError: a proposal cannot be written.
    """
    found = sorted(_read(corrections), key=lambda one: -one.path.stat().st_mtime)
    known = {identity_of(row) for row in (*folder.pictures.rows(), *folder.proposed.rows())}
    known |= folder.rejections.read()
    imported = 0
    for one in found:
        identity = one.episode, f"{one.time_s:.3f}", one.crop, one.head
        if identity in known:
            continue
        known.add(identity)
        try:
            image = read_picture(one.path)
        except DataError as error:
            warn(str(error))
            continue
        folder.proposed.save(
            image,
            one.label,
            episode=one.episode,
            time_s=one.time_s,
            crop=one.crop,
            scene=f"{one.episode}-{one.time_s:08.3f}",
            by="hand",
            box=one.head,
        )
        imported += 1
    return imported


def _read(corrections: Path) -> Iterator[_Correction]:
    heads: dict[Path, Box] = {}
    if (corrections / TABLE_NAME).is_file():
        for annotated in read_head_table(corrections / TABLE_NAME):
            head = annotated.heads[-1]
            heads[annotated.path] = Box(
                round(head.x_min), round(head.y_min), round(head.x_max), round(head.y_max)
            )
    roots = [root for root in (corrections / _CHARACTERS, corrections / OTHERS) if root.is_dir()]
    if not roots:
        raise DataError(
            f"{corrections} is not a folder of corrections: it has no {_CHARACTERS} and no {OTHERS}; "
            "the player makes one when you press x"
        )
    for root in roots:
        for place in sorted(path for path in root.iterdir() if path.is_dir()):
            label = NOBODY if root.name == OTHERS else label_of(place.name, ())
            for path in sorted(place.iterdir()):
                if path.suffix.lower() in PICTURES and path.is_file() and not is_hidden(path):
                    yield _parsed(path, label, heads.get(path))


def _parsed(path: Path, label: str, head: Box | None) -> _Correction:
    name = _NAME.fullmatch(path.stem)
    if name is None:  # put there by hand
        return _Correction(path, label, path.stem, 0.0, "full", head)
    return _Correction(path, label, name["episode"], float(name["time"]), cast("Crop", name["crop"]), head)
