"""Predictions as a table, CSV: a row for each frame and caption."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from simpsons_play.core.escaping import csv_row
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks.line_file import LineFile
from simpsons_play.sinks.region_names import region_names

COLUMNS = ("time_s", "region", "label", "probability")


class PredictionsTable:
    """Writes what the player shows on every frame, smoothed, as a table: a `Sink`.

    Times are in seconds to the microsecond, probabilities have four decimals. A frame in which nobody is
    named has no row; pictures have a first column with the name of their file. The file appears under its
    name on leaving, or as `NAME.partial.csv` where the run was stopped.

    Args:
        path: of the file to write; replaced if it exists.
        stills: frames are pictures that have nothing to do with each other.
    """

    def __init__(self, path: Path, *, stills: bool = False) -> None:
        self._lines, self._stills = LineFile(path), stills
        self._begun = False

    def __enter__(self) -> Self:
        """Opens the file and writes the names of its columns.

        Raises:
            SinkError: it cannot be written.
        """
        self._lines.open(csv_row(*(("picture",) if self._stills else ()), *COLUMNS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the file its name; what was stopped before its first frame is removed.

        Raises:
            SinkError: it cannot be renamed; not raised over an error already on its way.
        """
        if kind is not None and not self._begun:
            self._lines.discard()
        else:
            self._lines.close(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Adds a row for each caption.

        Raises:
            SinkError: it cannot be written.
        """
        self._begun = True
        picture = (frame.name,) if self._stills else ()
        names = region_names(result, frame.image.shape[1])
        rows = (
            csv_row(*picture, f"{result.time_s:.6f}", names[c.region.name], c.label, f"{c.probability:.4f}")
            for c in result.captions
        )
        self._lines.add("".join(rows))
