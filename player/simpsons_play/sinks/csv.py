"""Predictions as CSV: one row per frame and caption."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.core.escaping import csv_row
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks.line_file import LineFile
from simpsons_play.timelines.caption_rows import COLUMNS, CaptionRows

_REST = attrgetter(*COLUMNS[4:])


class PredictionsCsvWriter:
    """Writes the captions of every frame as CSV: a `Sink`.

    The columns are those of `CaptionRow`. Times are in seconds to the microsecond, probabilities have four
    decimals. A frame without captions has no row; for pictures, a first column `picture` contains the file
    name. The file appears under its name on exit, or as `NAME.partial.csv` if the run was stopped.

    Args:
        path: file to write; replaced if it exists.
        source: properties of the source.
    """

    def __init__(self, path: Path, source: SourceInfo) -> None:
        self._lines, self._stills = LineFile(path), source.stills
        self._rows = CaptionRows(source.width)
        self._has_frames = False

    def __enter__(self) -> Self:
        """Create the file and write its header row.

        Raises:
            SinkError: it cannot be written.
        """
        self._lines.create(csv_row(*(("picture",) if self._stills else ()), *COLUMNS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Rename the file, or remove it if the run was stopped before its first frame.

        Raises:
            SinkError: it cannot be renamed; not raised if another error is propagating.
        """
        if kind is not None and not self._has_frames:
            self._lines.discard()
        else:
            self._lines.close(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Append one row for each caption.

        Raises:
            SinkError: the file cannot be written.
        """
        self._has_frames = True
        picture = (frame.name,) if self._stills else ()
        rows = (
            csv_row(
                *picture, f"{row.time_s:.6f}", row.region, row.label, f"{row.probability:.4f}", *_REST(row)
            )
            for row in self._rows.add(result)
        )
        self._lines.append("".join(rows))
