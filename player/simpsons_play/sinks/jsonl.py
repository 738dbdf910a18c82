"""Predictions as JSON Lines: a header, one line per frame, a footer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import readable
from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, RunInfo
from simpsons_play.sinks.footer import TIME_DECIMALS, FooterBuilder
from simpsons_play.sinks.line_file import LineFile
from simpsons_play.timelines.region_names import region_names

PROBABILITY_DECIMALS = 4


class PredictionsJsonlWriter:
    """Writes the predictions and captions of every frame as JSON Lines: a `Sink`.

    The file appears under its name on exit, or as `NAME.partial.jsonl` if the run was stopped; its footer has
    `"complete": false` then.

    Args:
        path: file to write; replaced if it exists.
        run: content of the header.
        warnings: warnings of the source; see `FooterBuilder`.
    """

    def __init__(self, path: str | Path, run: RunInfo, *, warnings: Sequence[str] = ()) -> None:
        self._lines = LineFile(Path(path))
        self._run, self._footer = run, FooterBuilder(run, warnings)

    def __enter__(self) -> Self:
        """Create the file and write the header.

        Raises:
            SinkError: it cannot be written.
        """
        self._lines.create(_line(self._run.header()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the footer and rename the file, or remove it if the run was stopped before its first frame.

        Raises:
            SinkError: the footer does not fit on the disk; not raised if another error is propagating.
        """
        if not self._lines.is_open:
            return
        if kind is not None and not self._footer.frames:
            self._lines.discard()
            return
        footer = self._footer.footer(complete=kind is None)
        try:
            self._lines.append(_line(footer))
        except SinkError:
            if kind is None:
                self._lines.discard()
                raise
        self._lines.close(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Append the line of one frame.

        Raises:
            SinkError: the file cannot be written.
        """
        self._footer.add(result)
        self._lines.append(_line(frame_line(result, self._run.source.width, picture=frame.name)))


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"


def frame_line(result: FrameResult, width: int, *, picture: str = "") -> dict[str, Any]:
    """The line of one frame, as a JSON object.

    Times are in seconds to the microsecond, probabilities have four decimals.

    Args:
        result: result of the frame.
        width: frame width in pixels.
        picture: file name, if frames are unrelated pictures.
    """
    names = region_names(result, width)
    return {
        "type": "frame",
        "index": result.index,
        **({"picture": readable(picture)} if picture else {}),
        "time_s": round(result.time_s, TIME_DECIMALS),
        "cut": result.cut,
        "regions": [_region(prediction, names) for prediction in result.predictions],
        "captions": [_caption(caption, names) for caption in result.captions],
    }


def _region(prediction: Prediction, names: dict[str, str]) -> dict[str, Any]:
    return {
        "name": names[prediction.region.name],
        "box": _box(prediction.region.box),
        "label": prediction.label,
        "probability": _probability(prediction.probability),
        "top": [[label, rounded] for label, p in prediction.top if (rounded := _probability(p))],
    }


def _caption(caption: Caption, names: dict[str, str]) -> dict[str, Any]:
    return {
        "region": names[caption.region.name],
        "label": caption.label,
        "probability": _probability(caption.probability),
    }


def _box(box: Box) -> list[int]:
    return [int(box.x_min), int(box.y_min), int(box.x_max), int(box.y_max)]


def _probability(value: float) -> float:
    return round(float(value), PROBABILITY_DECIMALS)
