"""Annotated pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks.partial import PartialFile, make_folder, require_folder
from simpsons_play.sources.opencv_log import quiet

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp")
NAME = "{picture}"
"""Stands for the name of each picture in the name of what is written."""

_QUALITY = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 95),
}


class PicturesWriter:
    """Writes each picture with what is drawn on it: a `Sink`.

    Each appears under its name when it is complete, so that what a run that was stopped leaves is whole.

    Args:
        path: of the file to write, replaced if it exists; of several pictures, `{picture}` in its name stands
            for that of each, and their folder is made.
        info: of the source, whose frames are pictures.
        draw: gives the picture to write.
    """

    def __init__(self, path: Path, info: SourceInfo, *, draw: Callable[[Image, FrameResult], Image]) -> None:
        self._path, self._info, self._draw = path, info, draw

    def __enter__(self) -> Self:
        """Look whether each can have a name of its own.

        Raises:
            SinkError: frames are no pictures, there are several for one name, a folder is called
                `{picture}`, or the folder is missing.
        """
        path = self._path
        if not self._info.stills:
            raise SinkError(f"{path} is a picture, and {self._info.name} is none; end it with .mp4")
        if NAME in str(path.parent):
            raise SinkError(f"{path}: {NAME} stands in the name of the file, not in that of a folder")
        if self._info.frames != 1 and NAME not in path.name:
            raise SinkError(f"{path} would be written {self._info.frames} times; put {NAME} into its name")
        if NAME in path.name:
            make_folder(path.parent)
        else:
            require_folder(path.parent, of=path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """All are written already."""

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draws and writes one.

        Raises:
            SinkError: it cannot be written, or is too large for its format.
        """
        path = self._path.with_name(self._path.name.replace(NAME, Path(frame.name).stem))
        suffix = path.suffix.lower()
        image = self._draw(frame.image, result)
        with quiet():
            done, packed = cv2.imencode(suffix, image, _QUALITY.get(suffix, ()))
        if not done:  # WebP ends at 16,383 pixels a side, JPEG at 65,500
            height, width = image.shape[:2]
            raise SinkError(f"{path}: {suffix} cannot hold a picture of {width}x{height}; end it with .png")
        file = PartialFile(path)
        file.create()
        try:
            file.part.write_bytes(packed.tobytes())
        except OSError as error:
            file.discard()
            raise file.error(error) from error
        file.commit(complete=True)
