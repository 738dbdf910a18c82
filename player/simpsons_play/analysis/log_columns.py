"""The detections in consecutive frames, in columns: as they are stored, and passed on by other processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from simpsons_play.core.results import Detections


@dataclass(frozen=True, slots=True, eq=False)
class LogColumns:
    """N frames, and the detections of R runs of the model, M in all.

    Attributes:
        index: (N,) int64: frame index.
        time_s: (N,) float64: frame time in seconds.
        size_px: (N, 2) int32: width and height.
        cut: (N,) bool: whether a new shot begins with the frame.
        repeated: (N,) bool: see `FrameDetections`.
        sampled: (N,) bool: see `FrameDetections`.
        run: (N,) int64: number of the frame's run, 0 to R - 1; -1 for the last run before the first frame.
        counts: (R,) int64: number of detections of each run.
        boxes: (M, 4) float32: see `Detections`.
        scores: (M,) float32.
        probabilities: (M, K) float32: K labels.
        crops: (R, C, K) float32: class probabilities of the crops; (0, ...) without a fallback.
        embedded: (E,) int64: which of the M detections have an embedding, in ascending order.
        embeddings: (E, D) float16: their embeddings.
    """

    index: npt.NDArray[np.int64]
    time_s: npt.NDArray[np.float64]
    size_px: npt.NDArray[np.int32]
    cut: npt.NDArray[np.bool_]
    repeated: npt.NDArray[np.bool_]
    sampled: npt.NDArray[np.bool_]
    run: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    probabilities: npt.NDArray[np.float32]
    crops: npt.NDArray[np.float32]
    embedded: npt.NDArray[np.int64]
    embeddings: npt.NDArray[np.float16]

    def __len__(self) -> int:
        """The number of frames, N."""
        return len(self.index)

    def check(self) -> None:
        """Raise ValueError unless shapes, types and values are those of a whole log."""
        shapes = self.boxes.shape[1:], self.scores.shape[1:], self.probabilities.ndim, self.crops.ndim
        if (*shapes, self.counts.ndim, self.size_px.shape[1:]) != ((4,), (), 2, 3, 1, (2,)):
            raise ValueError("columns with unexpected shapes")
        detections = self.boxes, self.scores, self.probabilities
        if {column.dtype for column in (*detections, self.crops)} != {np.dtype(np.float32)}:
            raise ValueError("columns with unexpected types")
        runs, frames = len(self.counts), {len(getattr(self, field.name)) for field in fields(self)[:7]}
        if (
            len(frames) > 1
            or (self.counts < 0).any()
            or any(len(column) != self.counts.sum() for column in detections)
            or len(self.crops) not in (0, runs)
        ):
            raise ValueError("columns of different lengths")
        places = self.embedded
        if (
            self.embeddings.dtype != np.dtype(np.float16)
            or (places.ndim, self.embeddings.ndim) != (1, 2)
            or len(places) != len(self.embeddings)
            or not (np.diff(places) > 0).all()
            or (len(places) and not 0 <= places[0] <= places[-1] < len(self.scores))
        ):
            raise ValueError("embeddings that do not belong to the detections")
        if (
            min(self.run, default=0) < 0
            or max(self.run, default=-1) >= runs
            or not (np.diff(self.time_s) >= 0).all()
            or not all(
                np.isfinite(column).all()
                for column in (*detections, self.crops, self.time_s, self.embeddings)
            )
        ):
            raise ValueError("columns with invalid values")


class ColumnRuns(Sequence[Detections]):
    """The runs of columns, as slices of their arrays."""

    def __init__(self, columns: LogColumns) -> None:
        self._columns, self._ends = columns, np.cumsum(columns.counts)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> Detections:  # type: ignore[override]  # no slices
        columns = self._columns
        start, end = self._ends[index - 1] if index else 0, self._ends[index]
        return Detections(
            columns.boxes[start:end],
            columns.scores[start:end],
            columns.probabilities[start:end],
            columns.crops[index] if len(columns.crops) else None,
            self._embeddings(int(start), int(end)),
        )

    def _embeddings(self, start: int, end: int) -> npt.NDArray[np.float16] | None:
        """The embeddings of the detections from `start` to `end`; None if there are none."""
        columns = self._columns
        first, last = np.searchsorted(columns.embedded, (start, end))
        if first == last:
            return None
        embeddings = np.zeros((end - start, columns.embeddings.shape[1]), np.float16)
        embeddings[columns.embedded[first:last] - start] = columns.embeddings[first:last]
        return embeddings
