"""Annotated pictures."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.render.marks import MarksOf, draw_on_image
from simpsons_play.sinks.partial import PartialFile, make_folder, require_folder
from simpsons_play.sources.opencv_log import quiet

EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp")
NAME = "{picture}"
"""Placeholder for the name of each picture in the output path."""

_QUALITY = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 95),
}


class PicturesWriter:
    """Writes annotated pictures: a `Sink`.

    Each file appears under its name when it is complete, so that a run can be stopped at any time.

    Args:
        path: file to write, replaced if it exists. For several pictures, `{picture}` in its name stands for
            the name of each, and the folder is created.
        info: the source, whose frames are pictures.
        marks: returns what to draw on a picture; see `SinkContext.marks`.
    """

    def __init__(self, path: Path, info: SourceInfo, *, marks: MarksOf) -> None:
        self._path, self._info, self._marks = path, info, marks

    def __enter__(self) -> Self:
        """Check that every picture has a file name of its own.

        Raises:
            SinkError: the frames are not pictures, several would have the same name, `{picture}` is in the
                name of a folder, or the folder is missing.
        """
        path = self._path
        if not self._info.stills:
            raise SinkError(f"{path} is a picture, but {self._info.name} is not; end it with .mp4")
        if NAME in str(path.parent):
            raise SinkError(f"{path}: put {NAME} into the name of the file, not of a folder")
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
        """Do nothing: all files are complete."""

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draw and write one picture.

        Raises:
            SinkError: it cannot be written, or is too large for its format.
        """
        path = self._path.with_name(self._path.name.replace(NAME, Path(frame.name).stem))
        suffix = path.suffix.lower()
        image = frame.image.copy()
        draw_on_image(image, self._marks(frame.size_px, result))
        with quiet():
            encoded, data = cv2.imencode(suffix, image, _QUALITY.get(suffix, ()))
        if not encoded:  # WebP is limited to 16,383 pixels a side, JPEG to 65,500
            height, width = image.shape[:2]
            raise SinkError(f"{path}: {suffix} cannot hold a picture of {width}x{height}; end it with .png")
        file = PartialFile(path)
        file.create()
        try:
            file.part.write_bytes(data.tobytes())
        except OSError as error:
            file.discard()
            raise file.error(error) from error
        file.commit(complete=True)
