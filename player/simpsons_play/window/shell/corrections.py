"""Pictures that were named wrongly, with the right name, in a folder that training reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2

from simpsons_play.core.atomic_file import atomic_file
from simpsons_play.core.escaping import csv_row, file_name, masked
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import shortened, slug, unused_path

NOBODY = "nobody_we_know"
"""Who is not to be named."""

_LONGEST_STEM = 200
"""So many bytes leave room for the time, the side and a number."""
_COLUMNS = ("file", "character", "x_min", "y_min", "x_max", "y_max")
_WORD_BREAKS = re.compile(r"[\s_]+")


def matching(text: str, labels: Sequence[str]) -> list[str]:
    """The labels that a part of a name can mean, the likeliest first; `nobody` means `NOBODY`.

    Beginnings of words go before what is inside of them: `bart` is first of all Bart Simpson.

    Args:
        text: as somebody types it, in small or capital letters; empty matches all.
        labels: all that there are.
    """
    wanted = _WORD_BREAKS.sub("_", text.strip().lower())
    found = [label for label in (*labels, NOBODY) if wanted in label]
    return sorted(found, key=lambda label: (f"_{wanted}" not in f"_{label}", label == NOBODY))


class Corrections:
    """A folder of corrected pictures.

    It holds `characters/NAME/` and, for those who are not to be named, `others/nobody_we_know/`, as training
    reads them, and `heads.csv` with the head that was meant in each: `file, character, x_min, y_min, x_max,
    y_max`, in pixels of the file. What the name of a folder cannot hold is a dash there. Of a frame with
    several heads the half is saved where that one is, as the pictures of the first data set were cut.

    Args:
        folder: made when something is saved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self,
        image: Image,
        label: str,
        *,
        head: Box | None,
        others: Sequence[Box],
        source: str,
        time_s: float,
        part: Box | None = None,
    ) -> Path:
        """Save a frame under its right name, never over another file.

        Args:
            image: (H, W, 3) uint8 BGR, nothing drawn on it.
            label: who it is, or `NOBODY`.
            head: where, in pixels of the frame; None where no head is meant.
            others: heads of the same frame that are not meant.
            source: name of the video.
            time_s: of the frame, in seconds.
            part: of the frame that is meant where no head is; None for all of it.

        Returns:
            Of the picture.

        Raises:
            OSError: it cannot be written; nothing half written is left.
        """
        crop = part if part is not None else _crop(image, head, others)
        side = "full" if crop.width == image.shape[1] else "left" if crop.x_min == 0 else "right"
        folder = self.folder / ("others" if label == NOBODY else "characters") / file_name(label)
        folder.mkdir(parents=True, exist_ok=True)
        stem = shortened(slug(Path(masked(source)).stem, fallback="video"), max_bytes=_LONGEST_STEM)
        path = unused_path(folder, f"{stem}-{time_s:09.3f}-{side}", ".png")
        shown = image[crop.y_min : crop.y_max, crop.x_min : crop.x_max]
        with atomic_file(path, temporary=path.with_suffix(".part")) as temporary:
            temporary.write_bytes(cv2.imencode(".png", shown)[1].tobytes())
            if head is not None:
                inside = (head.x_min - crop.x_min, head.y_min, head.x_max - crop.x_min, head.y_max)
                self._mark(path, label, inside)
        return path

    def _mark(self, path: Path, label: str, sides: tuple[int, int, int, int]) -> None:
        table = self.folder / "heads.csv"
        rows: list[tuple[object, ...]] = [(path.relative_to(self.folder).as_posix(), label, *sides)]
        if not table.exists() or not table.stat().st_size:
            rows.insert(0, _COLUMNS)
        with table.open("a", encoding="utf-8", newline="") as file:
            file.write("".join(csv_row(*row, line_end="\r\n") for row in rows))


def _crop(image: Image, head: Box | None, others: Sequence[Box]) -> Box:
    height, width = image.shape[:2]
    if head is None or not others or width < 2:
        return Box(0, 0, width, height)
    half = width // 2
    left = (head.x_min + head.x_max) / 2 < half
    # A head that straddles the middle stays whole.
    return Box(0, 0, max(half, head.x_max), height) if left else Box(min(half, head.x_min), 0, width, height)
