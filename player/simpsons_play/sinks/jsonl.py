"""Predictions as JSON Lines: a header, one line for each frame, a footer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simpsons_play.errors import SinkError
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.types import Analysis, Box, Caption, Frame, Prediction, RunInfo

VERSION = 1
"""Of the format; readers refuse what they do not know."""

TIME_DECIMALS = 6
PROBABILITY_DECIMALS = 4


class PredictionsWriter:
    """Writes what the network and the player say of every frame: a `Sink`.

    The file appears under its name on leaving, complete or not; its footer says which.

    Args:
        path: of the file to write; replaced if it exists.
        run: what the header says.
        warnings: of the source; grows while it is read. Where there is one at the end, not all could be read.
    """

    def __init__(self, path: str | Path, run: RunInfo, *, warnings: Sequence[str] = ()) -> None:
        self._partial = PartialFile(Path(path))
        self._run, self._warnings = run, warnings
        self._file: FileIO | None = None
        self._size = 0
        self._frames = 0
        self._first_s = 0.0
        self._last_s = 0.0

    def __enter__(self) -> Self:
        """Opens the file and writes the header.

        Raises:
            SinkError: it cannot be written.
        """
        self._partial.create()
        try:
            self._file = FileIO(self._partial.part, "w")
        except OSError as error:
            raise self._partial.error(error) from error
        try:
            self._line(header(self._run))
        except SinkError:
            self._close()
            self._partial.discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the footer and gives the file its name.

        Raises:
            SinkError: the footer does not fit on the disk; not raised over an error already on its way.
        """
        if self._file is None:
            return
        length_s = 0.0
        if self._frames:
            length_s = self._last_s - self._first_s + float(1 / self._run.source.rate)
        try:
            self._line(
                {
                    "type": "footer",
                    "frames": self._frames,
                    "seconds": round(length_s, TIME_DECIMALS),
                    "complete": kind is None and not self._warnings,
                    "warnings": list(self._warnings),
                }
            )
        except SinkError:
            self._close()
            if kind is None:
                self._partial.discard()
                raise
        self._close()
        self._partial.commit(quietly=kind is not None)

    def write(self, frame: Frame, analysis: Analysis) -> None:
        """Adds one line.

        Raises:
            SinkError: it cannot be written.
        """
        if not self._frames:
            self._first_s = analysis.time_s
        self._frames += 1
        self._last_s = analysis.time_s
        self._line(frame_line(analysis, picture=frame.name))

    def _line(self, value: dict[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("enter the sink before writing to it")
        # ASCII with escapes holds any name, even one that is not valid in the system's encoding.
        data = (json.dumps(value) + "\n").encode("ascii")
        try:
            done = 0
            while done < len(data):
                done += self._file.write(data[done:])
        except OSError as error:
            with suppress(OSError):  # half a line would spoil the file; a device takes nothing back
                self._file.seek(self._size)
                self._file.truncate()
            raise self._partial.error(error) from error
        self._size += len(data)

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # nothing is held back: each line has been written or reported
                self._file.close()
            self._file = None


def header(run: RunInfo) -> dict[str, Any]:
    """The first line of a file of predictions."""
    return {
        "type": "header",
        "version": VERSION,
        "source": run.source.name,
        "model": run.model,
        "provider": run.provider,
        "labels": list(run.labels),
        "width": run.source.width,
        "height": run.source.height,
        "rate": f"{run.source.rate.numerator}/{run.source.rate.denominator}",
        "threshold": run.threshold,
    }


def frame_line(analysis: Analysis, *, picture: str = "") -> dict[str, Any]:
    """The line of one frame: times in seconds to the microsecond, probabilities to four decimals.

    Args:
        analysis: of the frame.
        picture: the name of its file, where each frame is a picture of its own.
    """
    return {
        "type": "frame",
        "index": analysis.index,
        **({"picture": picture} if picture else {}),
        "time_s": round(analysis.time_s, TIME_DECIMALS),
        "cut": analysis.cut,
        "regions": [_region(prediction) for prediction in analysis.predictions],
        "captions": [_caption(caption) for caption in analysis.captions],
    }


def _region(prediction: Prediction) -> dict[str, Any]:
    return {
        "name": prediction.region.name,
        "box": _box(prediction.region.box),
        "label": prediction.label,
        "probability": _probability(prediction.probability),
        "top": [[label, _probability(probability)] for label, probability in prediction.top],
    }


def _caption(caption: Caption) -> dict[str, Any]:
    return {
        "region": caption.region.name,
        "label": caption.label,
        "probability": _probability(caption.probability),
    }


def _box(box: Box) -> list[int]:
    return [int(box.x_min), int(box.y_min), int(box.x_max), int(box.y_max)]


def _probability(value: float) -> float:
    return round(float(value), PROBABILITY_DECIMALS)
