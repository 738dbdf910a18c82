"""Saves pictures that were named wrongly, under the right name, in a folder that training reads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2

from simpsons_play.core.atomic_file import atomic_file
from simpsons_play.core.crops import crop_around
from simpsons_play.core.escaping import csv_row, file_name, masked
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import shortened, slug, unused_path

_MAX_STEM_BYTES = 200
"""Leaves room for the time, the crop and a number in file names of up to 255 bytes."""
_COLUMNS = ("file", "character", "x_min", "y_min", "x_max", "y_max")


class Corrections:
    """A folder of corrected pictures.

    It contains `characters/NAME/` and, for characters that are not to be named, `others/nobody_we_know/`, as
    training reads them, and `heads.csv` with the head in each picture: `file, character, x_min, y_min, x_max,
    y_max`, in pixels of the file. Symbols that a folder name cannot contain are replaced by dashes. If a
    frame has several heads, only the half with the corrected one is saved, like the pictures of the first
    data set.

    Args:
        folder: Created by the first `save`.
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
        crop: Box | None = None,
    ) -> Path:
        """Save a frame under its right name, without overwriting any file.

        Args:
            image: (H, W, 3) uint8 BGR, without captions.
            label: The right label, or `NOBODY`.
            head: The head, in pixels of the frame; None if the label is not about a head.
            others: The other heads of the frame.
            source: Name of the video.
            time_s: Time of the frame, in seconds.
            crop: Without a head, the part of the frame that the label is about; None for the whole frame.

        Returns:
            Path of the picture.

        Raises:
            OSError: The picture cannot be written; no incomplete file is left.
        """
        height, width = image.shape[:2]
        if crop is None:
            whole = Box(0, 0, width, height)
            whole = Box(0, 0, width, height)
            crop = whole if head is None else crop_around(width, height, head=head, others=others).box
        side = "full" if crop.width == width else "left" if crop.x_min == 0 else "right"
        folder = self.folder / ("others" if label == NOBODY else "characters") / file_name(label)
        folder.mkdir(parents=True, exist_ok=True)
        stem = shortened(slug(Path(masked(source)).stem, fallback="video"), max_bytes=_MAX_STEM_BYTES)
        path = unused_path(folder, f"{stem}-{time_s:09.3f}-{side}", ".png")
        shown = image[crop.y_min : crop.y_max, crop.x_min : crop.x_max]
        with atomic_file(path, temporary=path.with_suffix(".part")) as temporary:
            temporary.write_bytes(cv2.imencode(".png", shown)[1].tobytes())
            if head is not None:
                inside = (head.x_min - crop.x_min, head.y_min, head.x_max - crop.x_min, head.y_max)
                self._append_head(path, label, inside)
        return path

    def remove(self, path: Path) -> None:
        """Remove a picture that was saved by mistake, and its head.

        Raises:
            OSError: It cannot be removed.
        """
        path.unlink(missing_ok=True)
        table = self.folder / "heads.csv"
        if not table.exists():
            return
        start = csv_row(path.relative_to(self.folder).as_posix(), line_end=",")
        with table.open(encoding="utf-8", newline="") as file:
            lines = file.readlines()
        kept = [line for line in lines if not line.startswith(start)]
        if kept != lines:
            with atomic_file(table, temporary=table.with_suffix(".part")) as temporary:
                temporary.write_text("".join(kept), encoding="utf-8", newline="")

    def _append_head(self, path: Path, label: str, box: tuple[int, int, int, int]) -> None:
        table = self.folder / "heads.csv"
        rows: list[tuple[object, ...]] = [(path.relative_to(self.folder).as_posix(), label, *box)]
        if not table.exists() or not table.stat().st_size:
            rows.insert(0, _COLUMNS)
        unwritten = memoryview("".join(csv_row(*row, line_end="\r\n") for row in rows).encode())
        with table.open("ab", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            try:
                while unwritten:
                    unwritten = unwritten[file.write(unwritten) :]
            except OSError:  # half a row would spoil the next one
                file.truncate(size)
                raise
