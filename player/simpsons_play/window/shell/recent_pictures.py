"""Pictures of recently played sources, in the cache folder of the user."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QSize

from simpsons_play.analysis.cache import default_folder
from simpsons_play.core.atomic_file import atomic_file, remove
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import Frame, Image, Source
from simpsons_play.sources import open_source
from simpsons_play.window.playback.scaling import scaled

WIDTH = 320
"""Width of the pictures, in pixels."""

_JPEG_QUALITY = 85
_MAX_BYTES = 1 << 20
_LEFT_OUT = 0.1
"""Share of a video before the frame that stands for it: it begins with titles or in black."""

_OWN = re.compile(r"[0-9a-f]{40}(\.part\d+)?\.jpg")


class RecentPictures:
    """Small pictures of sources, stored as JPEG files whose names are hashes.

    Addresses may contain passwords, and so no name is readable.

    Args:
        folder: Where to store them, created when needed; None stores nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def store(self, source: str, image: Image) -> None:
        """Store a picture of a source; does nothing if it cannot be written.

        Args:
            source: Path or address.
            image: (H, W, 3) uint8 BGR, see `small_picture`.
        """
        if self._folder is None:
            return
        path = self._path(self._folder, source)
        ok, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if not ok:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_file(path, temporary=path.with_name(f"{path.stem}.part{os.getpid()}.jpg")) as part:
                part.write_bytes(data.tobytes())

    def load(self, source: str) -> Image | None:
        """The stored picture of a source, (H, W, 3) uint8 BGR; None if there is none, or it is damaged."""
        if self._folder is None:
            return None
        try:
            with self._path(self._folder, source).open("rb") as file:
                data = file.read(_MAX_BYTES)
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        except (OSError, cv2.error):
            return None
        return None if image is None else np.asarray(image, dtype=np.uint8)

    def keep(self, sources: Collection[str]) -> None:
        """Remove the pictures of all other sources."""
        if self._folder is None or not self._folder.is_dir():
            return
        kept = {self._path(self._folder, source).name for source in sources}
        for path in self._folder.iterdir():
            if path.name not in kept and _OWN.fullmatch(path.name):
                remove(path)

    @staticmethod
    def _path(folder: Path, source: str) -> Path:
        name = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:40]
        return folder / f"{name}.jpg"


def pictures_folder() -> Path | None:
    """The folder for the pictures of recent sources; None if SIMPSONS_CACHE is set but empty."""
    folder = default_folder()
    return None if folder is None else folder / "recent"


def small_picture(frame: Frame, pixel_aspect: float = 1.0) -> Image:
    """A small picture of a frame: (H, W, 3) uint8 BGR, `WIDTH` pixels wide or less, with square pixels."""
    width, height = frame.size_px
    shown = min(WIDTH, round(width * pixel_aspect))
    size = (shown, max(1, round(height * shown / (width * pixel_aspect))))
    return scaled(frame, QSize(*size))


def picture_of_file(path: str) -> Image | None:
    """A picture of a file or folder, from a tenth of its length: (H, W, 3) uint8 BGR; None if it has none."""
    try:
        with open_source(path) as source:
            info = source.info
            start_s = (info.duration_s or 0.0) * _LEFT_OUT
            if not start_s or info.stills:
                return _first_picture(source, float(info.pixel_aspect))
        with open_source(path, start_s=start_s) as source:
            return _first_picture(source, float(info.pixel_aspect))
    except (SimpsonsError, OSError, ValueError):
        return None


def _first_picture(source: Source, pixel_aspect: float) -> Image | None:
    frame = next(iter(source), None)
    return None if frame is None else small_picture(frame, pixel_aspect)
